/*
 * core.h: the form of a core in which what does not count is always the same.
 *
 * Of time nothing counts: clocks run at any rate, so whenever that is asked a leader may not have
 * been heard for long, and a message in flight may be lost. Where a leader was heard just now a
 * vote is refused, which does no more than losing the request.
 */
#ifndef TESTS_EXPLORE_CORE_H
#define TESTS_EXPLORE_CORE_H

#include "consensus/raft_state.h"

/* The clock of every core, whenever an event comes that is no time-out. */
#define CORE_NOW_MS 1000000

extern const struct raft_timing core_timing;

void core_normalise(struct raft *raft);
uint64_t core_hash(const struct raft *raft);

/* A running hash of bytes. */
uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size);

#endif
