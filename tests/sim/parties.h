/*
 * parties.h: who is who in the ledgers of a simulated world: organisations, the numbers of their
 * keys, and the genesis.
 *
 * A key is made of its number alone. Keys 1 to PARTIES_FOUNDED are those of the genesis, in its
 * order; the others up to PARTY_KEYS come later, or never.
 */
#ifndef TESTS_SIM_PARTIES_H
#define TESTS_SIM_PARTIES_H

#include "proto/genesis.h"
#include "proto/raft_members.h"

#define PARTIES_TIME_MS UINT64_C(1700000000000) /* of the genesis */

enum { PARTIES_FOUNDED = 6, PARTIES = 8, PARTY_KEYS = 32 };

struct party {
    const char *name;
    const char *country;
    unsigned roles;
};

/* Those of the genesis, in its order, then those that come by vote. */
extern const struct party parties[PARTIES];

/* Whose the key is, or is to be. */
static inline uint32_t party_of_key(uint32_t key)
{
    return key > PARTY_KEYS - (PARTIES - PARTIES_FOUNDED) ? key - PARTY_KEYS + PARTIES - 1
                                                          : (key - 1) % PARTIES_FOUNDED;
}

struct secret_key party_secret(uint32_t key);
struct public_key party_public(uint32_t key);

/* The name of the node with that id, where it is called, and the number of its key. */
struct name party_node_name(uint32_t id);
void party_node_address(uint32_t id, char address[ADDRESS_SIZE_MAX + 1]);
uint32_t party_node_key(uint32_t id);

struct name party_name(const char *text);
struct country party_country(const char *code);

/* The network's id: the same in all worlds, so that statements signed once serve in many. */
struct hash parties_network(void);

/* The genesis with these nodes, all of them the first organisation's. */
void parties_found(struct genesis *out, const struct raft_members *nodes);

#endif
