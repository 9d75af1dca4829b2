#include "tests/sim/faults.h"

#include "tests/sim/driver.h"
#include "tests/sim/world.h"

static uint32_t election_us(const struct world *world)
{
    return world->plan.timing.election_max_ms * 1000;
}

/* Mostly short against an election, now and then long. */
static uint32_t draw_duration_us(struct world *world)
{
    uint32_t longest = PLAN_FAULT_ELECTIONS_MAX * election_us(world);
    return random_between(&world->random, 0, random_between(&world->random, 100, longest));
}

static enum link_state draw_cut(struct world *world)
{
    return random_chance(&world->random, RANDOM_ALWAYS / 2) ? LINK_CLOSED : LINK_CUT;
}

static void crash(struct world *world, struct node *node)
{
    node_crash(world, node);
    world_schedule(world, draw_duration_us(world), EVENT_RESTART, node->slot, 0, node->life);
}

static void pause_node(struct world *world, struct node *node)
{
    world_count(world, COUNTER_PAUSES);
    node->paused_until_us = world->now_us + draw_duration_us(world);
    node->awake_since_us = node->paused_until_us;
    TRACE(world, "n%u pauses", node->id);
}

/* In, out, or both; sometimes one other node is still reached, or still heard. */
static void isolate(struct world *world, const struct node *node)
{
    uint32_t how = random_below(&world->random, 6);
    bool in = how != 0;
    bool out = how != 1;
    world_count(world, COUNTER_ISOLATIONS);
    TRACE(world, "n%u is isolated:%s%s", node->id, in ? " in" : "", out ? " out" : "");
    net_isolate(world, node->slot, in, out, draw_cut(world));
    if (!random_chance(&world->random, RANDOM_ALWAYS / 3))
        return;
    const struct node *other = world_any_node(world);
    if (other == NULL || other == node)
        return;
    net_set(world, node->slot, other->slot, LINK_OPEN);
    if (random_chance(&world->random, RANDOM_ALWAYS / 2))
        net_set(world, other->slot, node->slot, LINK_OPEN);
}

static void split(struct world *world, uint32_t side)
{
    enum link_state state = draw_cut(world);
    world_count(world, COUNTER_SPLITS);
    TRACE(world, "split: side %x", side);
    world->faults.side = side;
    for (uint8_t from = 0; from < NODES_MAX; from++)
        for (uint8_t to = 0; to < NODES_MAX; to++)
            net_set(world, from, to, (side >> from & 1) != (side >> to & 1) ? state : LINK_OPEN);
}

static void split_anyhow(struct world *world)
{
    uint32_t side = (uint32_t)random_next(&world->random) & 0xffff;
    const struct node *leader = world_leader(world);
    /* The leader's side is the small one. */
    if (leader != NULL && random_chance(&world->random, RANDOM_ALWAYS / 2))
        side = (side & (uint32_t)random_next(&world->random)) | UINT32_C(1) << leader->slot;
    split(world, side);
}

/* The partition turns: the leader of now goes over to where the leader before was. */
static void turn(struct world *world)
{
    const struct node *leader = world_leader(world);
    uint32_t moved = UINT32_C(1) << random_below(&world->random, NODES_MAX);
    if (leader != NULL)
        moved |= UINT32_C(1) << leader->slot;
    split(world, world->faults.side ^ moved);
}

static void cut_one_way(struct world *world)
{
    const struct node *from = world_any_node(world);
    const struct node *to = world_any_node(world);
    if (from == NULL || from == to)
        return;
    world_count(world, COUNTER_CUTS);
    TRACE(world, "n%u does not reach n%u any more", from->id, to->id);
    net_set(world, from->slot, to->slot, draw_cut(world));
}

static void flap(struct world *world)
{
    const struct node *from = world_any_node(world);
    const struct node *to = world_any_node(world);
    if (from == NULL || from == to)
        return;
    world_count(world, COUNTER_FLAPS);
    net_set(world, from->slot, to->slot, draw_cut(world));
    world->net.link[from->slot][to->slot].flaps = true;
    world_schedule(world, random_below(&world->random, election_us(world)), EVENT_FLAP, from->slot,
                   to->slot, world->phase);
}

void faults_flap(struct world *world, const struct event *event)
{
    struct link *link = &world->net.link[event->slot][event->argument];
    if (!link->flaps)
        return;
    link->state = link->state == LINK_OPEN ? draw_cut(world) : LINK_OPEN;
    world_schedule(world, random_below(&world->random, election_us(world)), EVENT_FLAP, event->slot,
                   event->argument, world->phase);
}

static void skew(struct world *world, struct node *node)
{
    uint32_t most = world->plan.skew;
    world_count(world, COUNTER_SKEWS);
    uint32_t rate = RANDOM_ALWAYS - most + random_below(&world->random, 2 * most + 1);
    node_clock_set_rate(node, world->now_us, rate);
    driver_settle(world, node); /* its timer is another one now */
}

static void lose_power(struct world *world)
{
    world_count(world, COUNTER_POWER_LOSSES);
    for (uint8_t slot = 0; slot < NODES_MAX; slot++)
        if (node_is_up(&world->nodes[slot]))
            crash(world, &world->nodes[slot]);
}

static void heal(struct world *world)
{
    if (random_chance(&world->random, RANDOM_ALWAYS / 3)) {
        uint8_t slot = (uint8_t)random_below(&world->random, NODES_MAX);
        net_isolate(world, slot, true, true, LINK_OPEN);
    } else {
        TRACE(world, "all links heal%s", "");
        net_heal(world);
    }
}

static void fault(struct world *world, enum fault_kind kind)
{
    struct node *node = world_any_node(world);
    struct node *leader = world_leader(world);
    if (node == NULL)
        return;
    leader = leader == NULL ? node : leader;
    switch (kind) {
    case FAULT_CRASH: crash(world, node); break;
    case FAULT_CRASH_LEADER: crash(world, leader); break;
    case FAULT_POWER_LOSS: lose_power(world); break;
    case FAULT_PAUSE: pause_node(world, node); break;
    case FAULT_PAUSE_LEADER: pause_node(world, leader); break;
    case FAULT_CUT: cut_one_way(world); break;
    case FAULT_ISOLATE: isolate(world, node); break;
    case FAULT_ISOLATE_LEADER: isolate(world, leader); break;
    case FAULT_SPLIT: split_anyhow(world); break;
    case FAULT_TURN: turn(world); break;
    case FAULT_FLAP: flap(world); break;
    case FAULT_SLOW_DISK:
        world_count(world, COUNTER_SLOW_DISKS);
        node->sync_factor = random_between(&world->random, 1, 50);
        break;
    case FAULT_SKEW: skew(world, node); break;
    case FAULT_HEAL: heal(world); break;
    case FAULT_COUNT: break;
    }
}

static void faults_schedule(struct world *world)
{
    world_schedule(world, random_between(&world->random, 1, 2 * world->plan.fault_every_us),
                   EVENT_FAULT, 0, 0, world->phase);
}

void faults_begin(struct world *world)
{
    world->faults.side = 0;
    faults_schedule(world);
}

void faults_act(struct world *world)
{
    uint32_t total = 0;
    for (uint32_t i = 0; i < FAULT_COUNT; i++)
        total += world->plan.weight[i];
    uint32_t drawn = random_below(&world->random, total);
    uint32_t kind = 0;
    while (drawn >= world->plan.weight[kind])
        drawn -= world->plan.weight[kind++];
    fault(world, (enum fault_kind)kind);
    faults_schedule(world);
}

/* Which moments a step is, as bits. */
static uint32_t moments_of(const struct world *world, const struct node *node,
                           const struct step *step)
{
    const struct raft_ready *ready = step->ready;
    bool leads = raft_role(node->core) == RAFT_LEADER;
    uint32_t moments = 0;
    if (leads && step->role != RAFT_LEADER)
        moments |= 1U << MOMENT_ELECTED;
    if (node->commit > step->commit)
        moments |= 1U << MOMENT_COMMITTED;
    if (step->event->kind == RAFT_EVENT_TRANSFER && step->err == ERR_OK)
        moments |= 1U << MOMENT_TRANSFER;
    if (step->event->kind == RAFT_EVENT_PROPOSE && step->err == ERR_OK)
        moments |= world->blocks.block[step->head].kind == RAFT_ENTRY_MEMBERS
                       ? 1U << MOMENT_MEMBERS
                       : 1U << MOMENT_APPENDED;
    for (size_t i = 0; i < ready->message_count; i++) {
        const struct raft_message *message = &ready->messages[i].message;
        if (!message->granted || message->to == node->id)
            continue;
        if (message->kind == RAFT_VOTE_REPLY)
            moments |= 1U << MOMENT_VOTED;
        if (message->kind == RAFT_APPEND_REPLY)
            moments |= 1U << MOMENT_ACCEPTED;
    }
    return moments;
}

struct strike faults_tear(struct world *world, const struct node *node, const struct step *step)
{
    struct strike none = {.kind = STRIKE_NONE};
    if (world->calm.is_on)
        return none;
    uint32_t moments = moments_of(world, node, step);
    if (moments == 0)
        return none;
    for (uint32_t i = 0; i < MOMENT_COUNT; i++) {
        if ((moments >> i & 1) == 0 || !random_chance(&world->random, world->plan.strike[i]))
            continue;
        world_count(world, COUNTER_STRIKES);
        uint32_t messages = (uint32_t)step->ready->message_count;
        uint32_t kind = random_between(&world->random, STRIKE_CRASH, STRIKE_PAUSE);
        uint32_t after = random_below(&world->random, messages + 1);
        return (struct strike){.kind = (enum strike_kind)kind, .after = after};
    }
    return none;
}

void faults_strike(struct world *world, struct node *node, enum strike_kind kind)
{
    uint32_t soon_us =
        random_below(&world->random, world->plan.disk.sync_max_us + world->plan.net.delay_max_us);
    switch (kind) {
    case STRIKE_NONE: break;
    case STRIKE_CRASH:
        world_count(world, COUNTER_TORN);
        crash(world, node);
        break;
    case STRIKE_ISOLATE:
        world_count(world, COUNTER_TORN);
        isolate(world, node);
        break;
    case STRIKE_PAUSE: pause_node(world, node); break;
    case STRIKE_CRASH_SOON:
    case STRIKE_ISOLATE_SOON:
        world_schedule(world, soon_us, EVENT_STRIKE, node->slot,
                       kind == STRIKE_CRASH_SOON ? STRIKE_CRASH : STRIKE_ISOLATE, world->phase);
        break;
    }
}

void faults_strike_late(struct world *world, const struct event *event)
{
    struct node *node = &world->nodes[event->slot];
    if (!node_is_up(node))
        return;
    if (event->argument == STRIKE_CRASH)
        crash(world, node);
    else
        isolate(world, node);
}

static void wake(struct world *world, struct node *node)
{
    if (node->paused_until_us > world->now_us) {
        node->paused_until_us = world->now_us;
        node->awake_since_us = world->now_us;
    }
    node_set_timer(world, node);
    if (node->disk.syncing != 0) /* a sync that began on a slow disk ends now */
        world_schedule(world, plan_calm_disk.sync_max_us, EVENT_DISK, node->slot, 0, node->life);
}

static void stay_away(struct world *world, struct node *node)
{
    if (node_is_up(node))
        node_crash(world, node);
    else
        node->life++; /* a restart that was scheduled is void */
}

void faults_end(struct world *world, uint32_t absent)
{
    net_heal(world);
    net_overtake(world);
    for (uint8_t slot = 0; slot < NODES_MAX; slot++) {
        struct node *node = &world->nodes[slot];
        if (node->state == NODE_ABSENT)
            continue;
        node_clock_set_rate(node, world->now_us, RANDOM_ALWAYS);
        node->sync_factor = 1;
        if ((absent >> slot & 1) != 0)
            stay_away(world, node);
        else if (node_is_up(node))
            wake(world, node);
        else
            world_schedule(world, random_below(&world->random, election_us(world)), EVENT_RESTART,
                           slot, 0, node->life);
    }
}
