/*
 * trail.h: what the log says of checkpoints: where the last two are, and where the ledger last
 * changed.
 */
#ifndef NODE_TRAIL_H
#define NODE_TRAIL_H

#include "node/chain.h"

/* Moves it on by a block that is appended. */
void trail_add(struct trail *trail, const struct chain_link *link);

/* The trail up to that height. Reads backwards until it has found all three. Errors of
 * chain_link(). */
enum err trail_find(const struct chain *chain, uint64_t height, struct trail *out) must_check;

#endif
