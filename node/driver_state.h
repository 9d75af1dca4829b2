/*
 * driver_state.h: the driver's memory, and what its parts offer each other. Inside driver*.c only.
 *
 *   driver.c          what the core wants done, and the events from the other threads
 *   driver_propose.c  blocks that this node makes as the leader
 *   driver_receive.c  frames of the other nodes, and what they say of time and freshness
 *   driver_open.c     from the disk into the core's memory
 */
#ifndef NODE_DRIVER_STATE_H
#define NODE_DRIVER_STATE_H

#include "consensus/ration.h"
#include "node/dispute.h"
#include "node/driver.h"
#include "node/held.h"
#include "node/inspect.h"
#include "node/sender.h"
#include "node/withheld.h"

struct driver {
    struct driver_options options;
    struct raft *raft;
    struct chain chain;
    struct raft_ready ready; /* of the step under way */
    struct inspected incoming;
    uint8_t proposal[BLOCK_SIZE_MAX];
    struct sender sender;
    struct withheld withheld;
    struct held held;
    uint64_t write;         /* writes queued so far */
    uint64_t write_durable; /* of these, durable */
    uint64_t durable;       /* highest durable block */
    uint64_t cut_write; /* the last queued write that cuts the log, and the lowest height that */
    uint64_t cut_keep;  /* such writes keep: above it, what is on disk until then has gone */
    uint64_t handed;    /* highest block given to the apply thread */
    bool apply_is_full; /* until it has applied some */
    uint64_t applied;
    uint64_t noop;         /* height of this leader's no-op; 0: none */
    uint64_t known_commit; /* what the leader of `known_term` has said */
    uint64_t known_term;
    uint64_t fresh_at_ms;
    uint64_t warned_at_ms;
    struct ration roles;       /* lines about them */
    uint64_t pushed;           /* APPENDs of leaders that have reached this log */
    uint32_t confirmed_leader; /* driver_confirmed() */
    uint64_t confirmed_term;   /* one in which it led, that or later; 0: none yet */
    struct withheld unheard; /* peers whose blocks were refused, and until when they do not lead */
    struct dispute dispute;
    bool has_failed;
};
/* What cannot be gone on from: told once, and nothing is done any more. */
void driver_fail(struct driver *driver, enum err err, const char *what);

/* One event, and all that the core wants done about it. `blocks` are those of event->entries. */
enum err driver_step(struct driver *driver, struct raft_event *event,
                     struct block_ref *const *blocks);

/* Sends what has become durable. A message to this node itself is an event of its own, and may
 * release more. */
void driver_release(struct driver *driver);

/* A step from outside, with all that follows from it. */
enum err driver_run(struct driver *driver, struct raft_event *event,
                    struct block_ref *const *blocks);

/* Blocks that are committed, and durable here, go to the apply thread. */
void driver_hand_to_apply(struct driver *driver);

/* A new leader's first block. */
void driver_propose_noop(struct driver *driver);

/* A leader's applied height was all there is when it sent the heartbeats that a quorum answered. */
void driver_note_fresh(struct driver *driver);

#endif
