/*
 * forge.h: blocks that no honest leader makes. Belongs to the loop's thread.
 */
#ifndef TESTS_HOSTILE_FORGE_H
#define TESTS_HOSTILE_FORGE_H

#include "node/chain.h"

/* The block with another previous hash, and with another payload when it has transactions: well
 * formed in itself. A view that is valid until the next call. */
struct bytes forge_block(const struct block *block, const struct hash *previous);

/* A branch of its own for one follower. What follows from here on begins where the two part. */
void fork_begin(void);
/* The APPEND's blocks as they are on that branch; `writer` has room for a frame. */
void fork_write(struct writer *writer, struct bytes blocks);

#endif
