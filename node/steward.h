/*
 * steward.h: while this node leads, brings the members to what the ledger wants, one step a block
 * (docs/decisions/0011-membership.md). Which step is members_next()'s to say.
 *
 * Belongs to the loop's thread.
 */
#ifndef NODE_STEWARD_H
#define NODE_STEWARD_H

#include "ledger/view.h"
#include "node/driver.h"
#include "node/learner.h"

struct steward_options {
    struct ledger *ledger;
    uint32_t node;
    uint64_t heartbeat_ms;
    uint64_t election_ms; /* the longest */
    void (*fail)(void *context, enum err err, const char *what);
    void *context;
};

struct steward {
    struct steward_options options;
    uint64_t term;    /* in which it has looked; 0: this node does not lead */
    uint64_t applied; /* height of `wanted` */
    uint64_t due_ms;  /* monotonic: looks again by then, whatever happens */
    struct raft_members wanted;
    struct learner learners[MEMBERS_MAX];
};

void steward_init(struct steward *steward, const struct steward_options *options);

/* After every batch of events: looks at what has changed, and proposes the next step. A leader has
 * an event every heartbeat, so nothing else need wake it. */
void steward_tend(struct steward *steward, struct driver *driver);

#endif
