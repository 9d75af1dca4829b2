/*
 * ids.h: transactions by number: the first one that is named is 0, each new one the next.
 */
#ifndef TESTNET_SWARM_IDS_H
#define TESTNET_SWARM_IDS_H

#include "proto/err.h"
#include "proto/hash.h"

#define IDS_NONE UINT32_MAX

struct ids {
    size_t count;
    size_t capacity; /* of the places: a power of two */
    struct hash *hashes;
    uint32_t *places; /* numbers; IDS_NONE: free */
};

/* The number of that transaction, a new one when it has none. ERR_MEMORY. */
enum err ids_number(struct ids *ids, const struct hash *id, uint32_t *out) must_check;

/* IDS_NONE when it has none. */
uint32_t ids_find(const struct ids *ids, const struct hash *id);

void ids_free(struct ids *ids);

#endif
