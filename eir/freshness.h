/*
 * freshness.h: how new the node's state is, told by the node's loop, read by who answers.
 *
 * One thread sets, any reads, without a lock: the parts may be of two moments that follow each
 * other, which is as good as either.
 */
#ifndef EIR_FRESHNESS_H
#define EIR_FRESHNESS_H

#include "proto/bytes.h"

#include <stdatomic.h>

/* What the node knows. */
struct freshness {
    uint64_t height;      /* applied */
    uint64_t time_ms;     /* of that block, Unix time */
    uint64_t fresh_at_ms; /* when that was last known to be all there is, monotonic; 0: never */
    bool is_unable;       /* there is no state to answer from yet */
};

struct freshness_cell {
    _Atomic uint64_t height;
    _Atomic uint64_t time_ms;
    _Atomic uint64_t fresh_at_ms;
    _Atomic bool is_unable;
};

void freshness_set(struct freshness_cell *cell, const struct freshness *freshness);
struct freshness freshness_get(const struct freshness_cell *cell);

/* How long ago the state was known to be all there is. Before the first contact with a leader the
 * last block's own time is the best there is; AGE_UNKNOWN when this node's clock is behind that. */
uint64_t freshness_age_ms(const struct freshness *freshness, uint64_t monotonic_ms,
                          uint64_t wall_ms);

#endif
