/*
 * merkle.h: the hash tree of RFC 6962 section 2.1 (leaf prefix 0x00, node prefix 0x01).
 *
 * A frontier is the right edge of a growing tree: the roots of its full subtrees, largest first. It
 * takes one more leaf in amortised constant time, gives the root of all leaves so far, and is all
 * that a node must keep to go on.
 */
#ifndef PROTO_MERKLE_H
#define PROTO_MERKLE_H

#include "proto/hash.h"

#define MERKLE_LEVELS_MAX 40 /* 2^40 transactions: the index of a transaction has five bytes */

struct merkle_frontier {
    uint64_t size;                        /* leaves so far */
    struct hash peaks[MERKLE_LEVELS_MAX]; /* one for each set bit of size, largest subtree first */
};

struct hash merkle_leaf(struct bytes entry);
struct hash merkle_node(const struct hash *left, const struct hash *right);

void merkle_frontier_add(struct merkle_frontier *frontier, const struct hash *leaf);

/* The root; of an empty tree the hash of no bytes (RFC 6962 2.1). */
struct hash merkle_frontier_root(const struct merkle_frontier *frontier);

/* The number of peaks: the set bits of size. */
size_t merkle_frontier_peaks(const struct merkle_frontier *frontier);

#endif
