/*
 * world.h: a whole cluster and all that happens to it, made from one seed.
 *
 * A run is some rounds of faults, each followed by a calm in which the cluster has to recover.
 * Everything is in this one piece of memory, and nothing is allocated while it runs; but for the
 * ledgers, when there are any.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "tests/sim/admin.h"
#include "tests/sim/blocks.h"
#include "tests/sim/calm.h"
#include "tests/sim/checks.h"
#include "tests/sim/clients.h"
#include "tests/sim/counters.h"
#include "tests/sim/events.h"
#include "tests/sim/faults.h"
#include "tests/sim/history.h"
#include "tests/sim/net.h"
#include "tests/sim/node.h"
#include "tests/sim/plan.h"
#include "tests/sim/random.h"
#include "tests/sim/trace.h"

#define VIOLATION_SIZE 256

struct ledgers;

struct world_options {
    uint32_t nodes; /* 0: as the seed wants */
    uint64_t steps; /* events after which no more rounds of faults begin; 0: as the seed wants */
};

struct world {
    uint64_t now_us;
    uint64_t digest; /* of all that happened */
    struct random random;
    struct plan plan;
    uint32_t rounds_left;
    uint64_t steps_left;
    uint32_t phase; /* counts rounds and calms: what was scheduled for an earlier one is void */
    uint32_t next_id;
    bool over;
    bool violated;
    char violation[VIOLATION_SIZE];

    struct trace trace;
    struct counters counters;
    struct events events;
    struct blocks blocks;
    struct net net;
    struct clients clients;
    struct history history;
    struct checks checks;
    struct faults faults;
    struct calm calm;
    struct node nodes[NODES_MAX];
    struct ledgers *ledgers; /* NULL: entries are numbers, and nothing is behind them */

    /* of the step under way */
    struct raft_ready ready;
    struct raft_entry entries[LOG_MAX];
    struct raft_ready twin_ready;
    struct raft *twin;
};

/* With real ledgers in that directory, unless it is NULL. NULL when there is no memory. */
struct world *world_open(const char *directory);
void world_close(struct world *world);

/* Runs one seed from beginning to end; false when a property was violated: world->violation. */
bool world_run(struct world *world, uint64_t seed, const struct world_options *options);

/* Notes the first property that does not hold, and ends the run. */
void world_violate(struct world *world, const char *property, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void world_schedule(struct world *world, uint64_t delay_us, enum event_kind kind, uint8_t slot,
                    uint32_t argument, uint32_t generation);

/* A running total of everything that must be equal in a replay. */
static inline void world_digest(struct world *world, uint64_t value)
{
    world->digest = random_mix(world->digest ^ value) + UINT64_C(0x9e3779b97f4a7c15);
}

static inline void world_count(struct world *world, enum counter counter)
{
    counters_count(&world->counters, counter);
}

static inline const struct plan_net *world_net(const struct world *world)
{
    return world->calm.is_on ? &plan_calm_net : &world->plan.net;
}

static inline const struct plan_disk *world_disk(const struct world *world)
{
    return world->calm.is_on ? &plan_calm_disk : &world->plan.disk;
}

/* The present node with that id, or NULL. */
struct node *world_node(struct world *world, uint32_t id);
/* Any node that is up and not paused, any such that says it leads, the one of the highest term that
 * does; NULL when there is none. */
struct node *world_any_node(struct world *world);
struct node *world_any_leader(struct world *world);
struct node *world_leader(struct world *world);
/* A node in an empty slot, under an id that was never used; NULL when there are enough. */
struct node *world_new_node(struct world *world);
/* Whether the world is near the end of its memory: then nothing more is asked of it. */
bool world_is_full(const struct world *world);

#define TRACE(world, ...)                                                                          \
    (trace_is_on(&(world)->trace) ? trace_say(&(world)->trace, (world)->now_us, __VA_ARGS__)       \
                                  : (void)0)

#endif
