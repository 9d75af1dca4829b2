/*
 * checkpointer.h: while this node leads, proposes a checkpoint block now and then
 * (docs/decisions/0012-checkpoints.md).
 *
 * One is due `blocks` after the last, or `wait_ms` after there was something to say: a change that
 * no checkpoint confirms yet. What a checkpoint says is confirmed by the next one, so the last
 * change is followed by two, and then an idle network is quiet.
 *
 * Belongs to the loop's thread.
 */
#ifndef NODE_CHECKPOINTER_H
#define NODE_CHECKPOINTER_H

#include "ledger/ledger.h"
#include "node/driver.h"

struct checkpointer {
    const struct ledger *ledger;
    uint64_t blocks;
    uint64_t wait_ms;
    /* Since when, on the monotonic clock, there is something to say after the checkpoint at `after`
     * in the term in which this node leads; 0: there is not. */
    uint64_t since_ms;
    uint64_t after;
    uint64_t term;
};

/* Whether one is due at that time; goes on waiting when not. */
bool checkpointer_due(struct checkpointer *checkpointer, const struct driver_status *status,
                      uint64_t now_ms);

/* After every batch of events: proposes one when it is due, and this node knows what it is to say.
 * A leader has an event every heartbeat, so nothing else need wake it. */
void checkpointer_tend(struct checkpointer *checkpointer, struct driver *driver);

#endif
