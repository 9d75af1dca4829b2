/*
 * plan.h: what kind of world a seed makes: its size, its timing, how bad its links, disks and
 * clocks are, what its clients want and which faults strike.
 *
 * Every kind of fault is switched off in about half of all plans, so that some plans are full of
 * one kind: what finds a bug is often what is missing (Groce et al., "Swarm Testing", 2012).
 */
#ifndef TESTS_SIM_PLAN_H
#define TESTS_SIM_PLAN_H

#include "consensus/raft.h"
#include "tests/sim/random.h"

#define PLAN_WINDOW_MESSAGES_MAX 64

/* The longest crash, pause or the like, in longest election time-outs. */
#define PLAN_FAULT_ELECTIONS_MAX 10

/* Faults that come by themselves: X(name, weight) */
#define FAULT_TABLE(X)                                                                             \
    X(CRASH, 6)                                                                                    \
    X(CRASH_LEADER, 4)                                                                             \
    X(POWER_LOSS, 1)                                                                               \
    X(PAUSE, 3)                                                                                    \
    X(PAUSE_LEADER, 3)                                                                             \
    X(CUT, 4)                                                                                      \
    X(ISOLATE, 4)                                                                                  \
    X(ISOLATE_LEADER, 6)                                                                           \
    X(SPLIT, 5)                                                                                    \
    X(TURN, 4)                                                                                     \
    X(FLAP, 3)                                                                                     \
    X(SLOW_DISK, 3)                                                                                \
    X(SKEW, 3)                                                                                     \
    X(HEAL, 8)

enum fault_kind {
#define X(name, weight) FAULT_##name,
    FAULT_TABLE(X)
#undef X
        FAULT_COUNT
};

/* Moments at which a fault strikes on purpose: X(name, word) */
#define MOMENT_TABLE(X)                                                                            \
    X(ELECTED, "just elected")                                                                     \
    X(APPENDED, "appends sent")                                                                    \
    X(MEMBERS, "a change of members sent")                                                         \
    X(VOTED, "vote given")                                                                         \
    X(ACCEPTED, "append accepted")                                                                 \
    X(COMMITTED, "commit index moved")                                                             \
    X(TRANSFER, "transfer begun")

enum moment {
#define X(name, word) MOMENT_##name,
    MOMENT_TABLE(X)
#undef X
        MOMENT_COUNT
};

/* Links. Chances are out of RANDOM_ALWAYS. */
struct plan_net {
    uint32_t delay_min_us;
    uint32_t delay_max_us;
    uint32_t far_max; /* a direction of a link can take up to so many times that */
    uint32_t drop;
    uint32_t duplicate;
    uint32_t straggle; /* to be delayed several times as long */
    uint32_t strange;  /* to be followed by one without sense */
    uint32_t bytes_per_us;
    bool in_order;
};

struct plan_disk {
    uint32_t sync_min_us;
    uint32_t sync_max_us;
    uint32_t bytes_per_us;
};

struct plan_load {
    uint32_t clients;
    uint32_t think_us;
    uint32_t timeout_us;
    uint32_t reads; /* chance of an operation to be one */
    uint32_t size_max;
    uint32_t large;          /* chance of a block to be of about that size */
    uint32_t burst_max;      /* proposals at once */
    uint32_t burst_every_us; /* 0: never; so are the others */
    uint32_t admin_every_us;
    uint32_t transfers;  /* chance of an administrator's act to be one */
    bool waits_for_noop; /* a leader is given nothing before its no-op is applied */
};

struct plan {
    uint32_t nodes;
    uint32_t rounds; /* of faults, then calm */
    uint32_t round_us;
    struct raft_timing timing;
    struct plan_net net;
    struct plan_disk disk;
    struct plan_load load;
    uint32_t skew; /* the clocks' rate is off by at most so many parts of RANDOM_ALWAYS */
    uint32_t clock_steps_back; /* chance of an event to be a little older than the last */
    uint32_t fault_every_us;
    uint32_t weight[FAULT_COUNT];
    uint32_t strike[MOMENT_COUNT]; /* chance at each such moment */
};

/* `nodes` 0: as the seed wants. */
void plan_draw(struct plan *plan, struct random *random, uint32_t nodes);

/* How links and disks behave in the calm. */
extern const struct plan_net plan_calm_net;
extern const struct plan_disk plan_calm_disk;

#endif
