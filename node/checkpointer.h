/*
 * checkpointer.h: while this node leads, proposes a checkpoint block now and then
 * (docs/decisions/0012-checkpoints.md).
 *
 * One is due `blocks` after the last, or `wait_ms` after there was something to say: a change that
 * no checkpoint confirms yet. What a checkpoint says is confirmed by the next one, so the last
 * change is followed by two, and then an idle network is quiet.
 *
 * When a peer wants a state (node/states.h), two are due soon, whatever there is to say: one at
 * which nodes can take a snapshot, and one that says what it is. Wishes are heard again after a
 * rest, so nobody can fill the ledger with them.
 *
 * Belongs to the loop's thread.
 */
#ifndef NODE_CHECKPOINTER_H
#define NODE_CHECKPOINTER_H

#include "ledger/ledger.h"
#include "node/driver.h"

/* Before each of the two that are wished for: the wish reaches all nodes first. */
#define CHECKPOINTER_HEED_MS 500

/* From one wish that is heard to the next. */
#define CHECKPOINTER_REST_MS 60000

struct checkpointer {
    const struct ledger *ledger;
    uint64_t blocks;
    uint64_t wait_ms;
    /* Since when, on the monotonic clock, there is something to say after the checkpoint at `after`
     * in the term in which this node leads; 0: there is not. */
    uint64_t since_ms;
    uint64_t after;
    uint64_t term;
    unsigned wished;   /* checkpoints that are still wished for */
    uint64_t wish_ms;  /* when the last wish was heard; 0: none in this term */
    uint64_t paced_ms; /* then, or when the last checkpoint came since */
};

/* A peer wants a state. Of no effect while this node does not lead. */
void checkpointer_want(struct checkpointer *checkpointer, uint64_t now_ms);

/* Whether one is due at that time; goes on waiting when not. */
bool checkpointer_due(struct checkpointer *checkpointer, const struct driver_status *status,
                      uint64_t now_ms);

/* After every batch of events: proposes one when it is due, and this node knows what it is to say.
 * A leader has an event every heartbeat, so nothing else need wake it. */
void checkpointer_tend(struct checkpointer *checkpointer, struct driver *driver);

#endif
