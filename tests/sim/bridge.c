#include "tests/sim/bridge.h"

#include <inttypes.h>
#include <string.h>

#include "proto/invariant.h"
#include "tests/sim/driver.h"
#include "tests/sim/ledgers.h"
#include "tests/sim/parties.h"
#include "tests/sim/world.h"

/* How far the clocks on the wall of two machines are apart. */
#define WALL_APART_MS 200

/* Until a batch that is under way is committed. */
#define BATCH_US_MAX 20000

/* Of a property's name. */
#define PROPERTY_SIZE 32

/* "property: what" */
static void violate(struct world *world, const struct node *node)
{
    const char *problem = ledgers_problem(world->ledgers);
    const char *colon = strchr(problem, ':');
    invariant(colon != NULL && (size_t)(colon - problem) < PROPERTY_SIZE);
    char property[PROPERTY_SIZE];
    memcpy(property, problem, (size_t)(colon - problem));
    property[colon - problem] = '\0';
    world_violate(world, property, "n%u%s", node->id, colon);
}

void bridge_found(struct world *world, const struct node *node)
{
    if (!ledgers_found(world->ledgers, node->slot))
        violate(world, node);
}

uint64_t bridge_start(struct world *world, const struct node *node)
{
    if (!ledgers_start(world->ledgers, node->slot)) {
        violate(world, node);
        return 0;
    }
    uint64_t height = ledgers_committed(world->ledgers, node->slot);
    if (height > node->disk.last)
        world_violate(world, "bridge", "n%u: its ledger is ahead of its log", node->id);
    if (height < node->disk.commit)
        world_count(world, COUNTER_REPLAYED);
    return height;
}

void bridge_crash(struct world *world, const struct node *node)
{
    ledgers_crash(world->ledgers, node->slot);
}

/* Of each machine a little off, by its id. */
static uint64_t wall_clock_ms(const struct world *world, const struct node *node)
{
    return PARTIES_TIME_MS + world->now_us / 1000 + random_mix(node->id) % WALL_APART_MS;
}

uint32_t bridge_build(struct world *world, const struct node *node, const struct block *draft,
                      const struct raft_members *members)
{
    struct content_draft content = {
        .kind = draft->kind,
        .parent = node->log[node->last],
        .parent_index = node->last,
        .term = draft->term,
        .time_ms = wall_clock_ms(world, node),
        .leader = node->id,
        .members = members,
    };
    if (draft->kind == RAFT_ENTRY_NORMAL)
        ledgers_fill(world->ledgers, &content, draft->size);
    return ledgers_build(world->ledgers, &content);
}

/* ---- batches ---- */

/* The chance of a batch to end with a block: machines differ in how far they fall behind. */
static uint32_t batch_ends(const struct node *node)
{
    static const uint32_t chance[] = {RANDOM_ALWAYS, RANDOM_ALWAYS / 2, RANDOM_ALWAYS / 4,
                                      RANDOM_ALWAYS / 32};
    return chance[random_mix(node->id) % (sizeof chance / sizeof chance[0])];
}

static void commit_batch(struct world *world, const struct node *node)
{
    if (!ledgers_commit(world->ledgers, node->slot)) {
        violate(world, node);
        return;
    }
    uint64_t head = ledgers_head(world->ledgers, node->slot);
    world_digest(world, head);
    TRACE(world, "n%u's ledger stands at %" PRIu64 " (%016" PRIx64 ")", node->id,
          ledgers_committed(world->ledgers, node->slot), head);
}

uint64_t bridge_apply(struct world *world, struct node *node, uint64_t until)
{
    struct ledgers *ledgers = world->ledgers;
    struct random *random = ledgers_random(ledgers);
    bool began = false;
    while (ledgers_height(ledgers, node->slot) < until && !world->violated) {
        uint32_t number = node->log[ledgers_height(ledgers, node->slot) + 1];
        const struct block *block = &world->blocks.block[number];
        bool is_told = block->origin == node->slot && block->life == node->life;
        began |= ledgers_batch(ledgers, node->slot) == 0;
        if (!ledgers_apply(ledgers, node->slot, number, is_told))
            violate(world, node);
        else if (ledgers_batch_is_full(ledgers, node->slot) ||
                 random_chance(random, batch_ends(node)))
            commit_batch(world, node);
    }
    if (began && ledgers_batch(ledgers, node->slot) > 0)
        world_schedule(world, random_below(random, BATCH_US_MAX), EVENT_APPLY, node->slot, 0,
                       node->life);
    return world->violated ? node->applied : ledgers_committed(ledgers, node->slot);
}

void bridge_applied(struct world *world, struct node *node)
{
    if (ledgers_batch(world->ledgers, node->slot) > 0)
        commit_batch(world, node);
    driver_apply(world, node);
}

/* ---- operators ---- */

bool bridge_may_change(struct world *world, struct node *leader, const struct raft_members *members)
{
    bool is_asked;
    bool may = ledgers_want(world->ledgers, leader->slot, members, &is_asked);
    if (!is_asked)
        return may;
    uint32_t number;
    if (clients_write(world, leader, &number) != HISTORY_NONE)
        world_count(world, COUNTER_WANTS);
    return false;
}

/* ---- the calm ---- */

void bridge_calm(struct world *world)
{
    const struct node *leader = world_leader(world);
    struct ledgers *ledgers = world->ledgers;
    const uint32_t *committed = world->checks.committed;
    bool holds = ledgers_audit(ledgers, committed, leader->applied);
    for (uint8_t slot = 0; slot < NODES_MAX && holds; slot++)
        holds = !node_is_up(&world->nodes[slot]) || ledgers_compare(ledgers, slot);
    if (holds)
        holds = ledgers_hold(ledgers, blocks_members(&world->blocks, committed[leader->applied]));
    if (!holds)
        violate(world, leader);
}
