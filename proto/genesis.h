/*
 * genesis.h: the file that a network begins with; its SHA-256 is the network id.
 *
 * CBOR in deterministic encoding, read by the same strict decoder as everything else:
 *
 *   0 version 1
 *   1 name of the network
 *   2 time, Unix milliseconds
 *   3 ballots: regulators' votes that a proposal needs
 *   4 skew_max_ms: how far a block's time may lie ahead of a follower's clock
 *   5 organisations: [[name, country, roles, [public keys], ca certificate in DER], …], ascending
 *     by name
 *   6 nodes: [[id, name, organisation's name, address, public key], …], ascending by id, from 1
 *
 * An organisation's number is its place in the list, from 1; it is what claims are stored under.
 * All nodes named here are voters. docs/internals/blocks.md has the range of each field.
 */
#ifndef PROTO_GENESIS_H
#define PROTO_GENESIS_H

#include "proto/limits.h"
#include "proto/statement.h"

#define GENESIS_VERSION   1
#define GENESIS_KEYS_EACH 4

struct genesis_organisation {
    struct name name;
    struct country country;
    unsigned roles;   /* at least one */
    size_t key_count; /* at least 1 */
    struct public_key keys[GENESIS_KEYS_EACH];
    struct bytes ca; /* DER; may be empty when the organisation runs no node. A view */
};

struct genesis_node {
    uint32_t id;
    struct name name;
    size_t organisation; /* place in organisations[], from 0 */
    char address[ADDRESS_SIZE_MAX + 1];
    struct public_key key;
};

struct genesis {
    struct hash network; /* SHA-256 of the file's bytes */
    struct name name;
    uint64_t time_ms;
    uint32_t ballots;
    uint64_t skew_max_ms;
    size_t organisation_count;
    struct genesis_organisation organisations[GENESIS_ORGANISATIONS_MAX];
    size_t node_count;
    struct genesis_node nodes[GENESIS_NODES_MAX];
};

/*
 * Parses and checks the file. Beside the errors of reader.h, cbor.h and record.h:
 *   ERR_NOT_CANONICAL         organisations or nodes out of order, a name or an id twice
 *   ERR_KEY_STANDS            a public key twice, whosever it is
 *   ERR_UNKNOWN_ORGANISATION  a node of an organisation that is not listed
 *   ERR_MISSING_FIELD         also: a node of an organisation without a CA certificate
 *   ERR_OUT_OF_RANGE          also: not 1 <= ballots <= regulators, so that there is a regulator
 * Views live as long as `file`. After an error `out` is of no use. The struct is large: keep it on
 * the heap.
 */
enum err genesis_parse(struct bytes file, struct genesis *out) must_check;

/* Writes the file; `network` is not read. A field out of its range is refused as in reading it (the
 * error sticks in the writer); what the fields say of each other is not checked here. */
void genesis_write(struct writer *writer, const struct genesis *genesis);

/* The node with that name or id; NULL when there is none. */
const struct genesis_node *genesis_node_named(const struct genesis *genesis, const char *name);
const struct genesis_node *genesis_node(const struct genesis *genesis, uint32_t id);

#endif
