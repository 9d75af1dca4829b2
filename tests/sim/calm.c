#include "tests/sim/calm.h"

#include <inttypes.h>

#include "tests/sim/bridge.h"
#include "tests/sim/driver.h"
#include "tests/sim/world.h"

/* Longest election time-outs in which a healthy cluster has recovered, and round trips to a
 * follower that has to be sent every block on its own. */
#define CALM_ELECTIONS   30
#define CALM_TRIP_MAX_US 4000

/* A write every so often, faster than a round trip and a sync; the first has to be committed while
 * they keep coming. */
#define CALM_WRITE_EVERY_US 250
#define CALM_WRITES_US      20000

static void calm_schedule(struct world *world)
{
    uint64_t delay_us = world->plan.timing.heartbeat_ms * 1000;
    if (world->calm.stage == CALM_LOAD)
        delay_us = CALM_WRITE_EVERY_US;
    world_schedule(world, delay_us, EVENT_PROBE, 0, 0, world->phase);
}

/* Whether a quorum of these members stays when the `absent` ones are away. */
static bool quorum_stays(struct world *world, const struct raft_members *members, uint32_t absent)
{
    uint32_t voters = 0;
    for (uint32_t i = 0; i < members->count; i++) {
        const struct node *node = world_node(world, members->member[i].id);
        voters += members->member[i].voter && node != NULL && (absent >> node->slot & 1) == 0;
    }
    return voters >= members_quorum(members);
}

/* Whatever members come to be in force: the last that are committed, or any of those that were
 * proposed after them. */
static bool group_survives(struct world *world, uint32_t absent)
{
    const struct checks *checks = &world->checks;
    const struct blocks *blocks = &world->blocks;
    uint32_t head = checks->committed[checks->committed_last];
    bool survives = quorum_stays(world, blocks_members(blocks, head), absent);
    for (uint32_t i = 1; i < blocks->count && survives; i++)
        if (blocks->block[i].kind == RAFT_ENTRY_MEMBERS &&
            blocks->block[i].index > checks->committed_last)
            survives = quorum_stays(world, blocks_members(blocks, i), absent);
    return survives;
}

static uint32_t draw_absent(struct world *world)
{
    uint32_t absent = 0;
    if (random_chance(&world->random, RANDOM_ALWAYS / 3))
        return 0;
    for (uint32_t tries = 0; tries < 2 * NODES_MAX; tries++) {
        uint32_t slot = random_below(&world->random, NODES_MAX);
        uint32_t more = absent | UINT32_C(1) << slot;
        if (world->nodes[slot].state != NODE_ABSENT && group_survives(world, more))
            absent = more;
    }
    return absent;
}

static void calm_extend(struct world *world)
{
    world->calm.until_us = world->now_us +
                           UINT64_C(1000) * CALM_ELECTIONS * world->plan.timing.election_max_ms +
                           world->checks.committed_last * CALM_TRIP_MAX_US;
}

void calm_begin(struct world *world)
{
    world->calm = (struct calm){.is_on = true};
    world->calm.absent = draw_absent(world);
    TRACE(world, "calm, slots %x stay down", world->calm.absent);
    calm_extend(world);
    faults_end(world, world->calm.absent);
    calm_schedule(world);
}

static void calm_return(struct world *world)
{
    struct calm *calm = &world->calm;
    TRACE(world, "slots %x come back", calm->absent);
    world_count(world, COUNTER_MINORITIES);
    for (uint8_t slot = 0; slot < NODES_MAX; slot++)
        if ((calm->absent >> slot & 1) != 0)
            world_schedule(world, 0, EVENT_RESTART, slot, 0, world->nodes[slot].life);
    calm->absent = 0;
    calm->block = 0;
    calm_extend(world);
}

/* Every member that is there holds the block, applied, and knows of the same commit index. */
static bool is_everywhere(struct world *world, const struct node *leader, uint32_t block)
{
    const struct raft_members *members = checks_members(world, leader);
    uint64_t index = world->blocks.block[block].index;
    for (uint32_t i = 0; i < members->count; i++) {
        const struct node *node = world_node(world, members->member[i].id);
        if (node != NULL && (world->calm.absent >> node->slot & 1) != 0)
            continue;
        if (node == NULL || !node_is_up(node) || node->applied < index ||
            node->log[index] != block || node->commit != leader->commit ||
            node->last != leader->last || node->applied != leader->commit)
            return false;
    }
    return true;
}

static void calm_commit(struct world *world, struct node *leader)
{
    struct calm *calm = &world->calm;
    uint32_t number = calm->block;
    bool holds = number != 0 && world->blocks.block[number].index <= leader->last &&
                 leader->log[world->blocks.block[number].index] == number;
    if (!holds) {
        calm->block = 0;
        if (clients_write(world, leader, &number) != HISTORY_NONE)
            calm->block = number;
    } else if (is_everywhere(world, leader, number) && calm->absent != 0) {
        calm_return(world);
    } else if (is_everywhere(world, leader, number)) {
        checks_calm(world);
        if (world->ledgers != NULL)
            bridge_calm(world);
        calm->stage = CALM_READ;
        calm->op = HISTORY_NONE;
    }
}

static void calm_read(struct world *world, struct node *leader)
{
    struct calm *calm = &world->calm;
    if (calm->op == HISTORY_NONE || world->history.ops[calm->op].state == OP_FAILED) {
        calm->op = clients_ask_read(world, leader);
    } else if (world->history.ops[calm->op].state == OP_DONE) {
        calm->leader = 0;
        calm->stage = CALM_LOAD;
    }
}

static void calm_load(struct world *world, struct node *leader)
{
    struct calm *calm = &world->calm;
    uint32_t number;
    if (calm->leader != leader->id) {
        calm->leader = leader->id;
        calm->block = 0;
        calm->load_until_us = world->now_us + CALM_WRITES_US;
    }
    if (calm->block != 0 && leader->commit >= world->blocks.block[calm->block].index)
        calm->stage = CALM_TRANSFER;
    else if (world->now_us > calm->load_until_us)
        world_violate(world, "progress", "n%u commits nothing while writes keep coming",
                      leader->id);
    else if (clients_write(world, leader, &number) != HISTORY_NONE && calm->block == 0)
        calm->block = number;
}

/* To whoever the leader likes best, until another one leads. */
static void calm_transfer(struct world *world, struct node *leader)
{
    const struct raft_members *members = checks_members(world, leader);
    bool other_voter = false;
    for (uint32_t i = 0; i < members->count; i++)
        other_voter |= members->member[i].voter && members->member[i].id != leader->id;
    if (!other_voter || (leader->id != world->calm.leader && node_noop_is_applied(world, leader))) {
        world->calm.stage = CALM_DONE;
        return;
    }
    if (leader->id != world->calm.leader)
        return;
    enum err err = node_transfer(world, leader, 0);
    world_count(world, err == ERR_OK ? COUNTER_TRANSFERS : COUNTER_TRANSFERS_REFUSED);
    driver_settle(world, leader);
}

void calm_probe(struct world *world)
{
    struct calm *calm = &world->calm;
    struct node *leader = world_leader(world);
    if (world->now_us > calm->until_us) {
        static const char *const missing[] = {"no new block is committed on every member",
                                              "no read is answered", "no leader stays",
                                              "leadership does not move"};
        world_violate(world, "recovery", "after the calm %s; leader n%u", missing[calm->stage],
                      leader == NULL ? 0 : leader->id);
        return;
    }
    if (leader != NULL) {
        switch (calm->stage) {
        case CALM_COMMIT: calm_commit(world, leader); break;
        case CALM_READ: calm_read(world, leader); break;
        case CALM_LOAD: calm_load(world, leader); break;
        case CALM_TRANSFER: calm_transfer(world, leader); break;
        case CALM_DONE: break;
        }
    }
    if (calm->stage == CALM_DONE)
        world_schedule(world, 0, EVENT_PHASE, 0, 0, world->phase);
    else
        calm_schedule(world);
}
