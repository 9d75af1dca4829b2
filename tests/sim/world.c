#include "tests/sim/world.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "proto/invariant.h"
#include "tests/sim/bridge.h"
#include "tests/sim/ledgers.h"

/* Machines beyond those of the beginning, learners and replacements. */
#define MACHINES_EXTRA 3

/* Kept free for what a calm and the no-ops of new leaders still need. */
#define RESERVE 512

struct world *world_open(const char *directory)
{
    struct world *world = calloc(1, sizeof *world);
    if (world == NULL)
        return NULL;
    bool complete = (world->twin = calloc(1, raft_size())) != NULL;
    for (uint8_t slot = 0; slot < NODES_MAX; slot++) {
        world->nodes[slot].slot = slot;
        complete &= (world->nodes[slot].core = calloc(1, raft_size())) != NULL;
    }
    if (directory != NULL) {
        world->ledgers = ledgers_open(directory, NODES_MAX, &world->counters);
        complete &= world->ledgers != NULL;
    }
    if (complete)
        return world;
    world_close(world);
    return NULL;
}

void world_close(struct world *world)
{
    if (world == NULL)
        return;
    for (uint8_t slot = 0; slot < NODES_MAX; slot++)
        free(world->nodes[slot].core);
    free(world->twin);
    ledgers_close(world->ledgers);
    free(world);
}

void world_violate(struct world *world, const char *property, const char *format, ...)
{
    if (world->violated)
        return;
    world->violated = true;
    int head = snprintf(world->violation, VIOLATION_SIZE, "%s: ", property);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(world->violation + head, VIOLATION_SIZE - (size_t)head, format, arguments);
    va_end(arguments);
    TRACE(world, "VIOLATED %s", world->violation);
}

void world_schedule(struct world *world, uint64_t delay_us, enum event_kind kind, uint8_t slot,
                    uint32_t argument, uint32_t generation)
{
    events_put(&world->events, (struct event){.at_us = world->now_us + delay_us,
                                              .kind = kind,
                                              .slot = slot,
                                              .argument = argument,
                                              .generation = generation});
}

struct node *world_node(struct world *world, uint32_t id)
{
    for (uint8_t slot = 0; slot < NODES_MAX; slot++)
        if (world->nodes[slot].id == id && world->nodes[slot].state != NODE_ABSENT)
            return &world->nodes[slot];
    return NULL;
}

/* Any node that is awake, of those that lead or of all. */
static struct node *choose_node(struct world *world, bool leads)
{
    struct node *found[NODES_MAX];
    uint32_t count = 0;
    for (uint8_t slot = 0; slot < NODES_MAX; slot++) {
        struct node *node = &world->nodes[slot];
        if (node_is_up(node) && node->paused_until_us <= world->now_us &&
            (!leads || node_leads(node)))
            found[count++] = node;
    }
    return count == 0 ? NULL : found[random_below(&world->random, count)];
}

struct node *world_any_node(struct world *world)
{
    return choose_node(world, false);
}

struct node *world_any_leader(struct world *world)
{
    return choose_node(world, true);
}

struct node *world_leader(struct world *world)
{
    struct node *leader = NULL;
    for (uint8_t slot = 0; slot < NODES_MAX; slot++) {
        struct node *node = &world->nodes[slot];
        if (node_leads(node) && node->paused_until_us <= world->now_us &&
            (leader == NULL || raft_term(node->core) > raft_term(leader->core)))
            leader = node;
    }
    return leader;
}

static struct node *world_make_node(struct world *world)
{
    for (uint8_t slot = 0; slot < NODES_MAX; slot++) {
        struct node *node = &world->nodes[slot];
        if (node->state != NODE_ABSENT)
            continue;
        node_make(world, node, world->next_id);
        /* The order of ids says nothing; neither do gaps. */
        world->next_id += random_between(&world->random, 1, 3);
        return node;
    }
    return NULL;
}

struct node *world_new_node(struct world *world)
{
    uint32_t present = 0;
    for (uint8_t slot = 0; slot < NODES_MAX; slot++)
        present += world->nodes[slot].state != NODE_ABSENT;
    if (present >= world->plan.nodes + MACHINES_EXTRA)
        return NULL;
    struct node *node = world_make_node(world);
    if (node != NULL)
        node_start(world, node);
    return node;
}

bool world_is_full(const struct world *world)
{
    if (world->calm.is_on)
        return false;
    bool full = world->blocks.count > BLOCKS_MAX - RESERVE ||
                world->blocks.members_count > MEMBERS_SETS_MAX - RESERVE / 4 ||
                world->history.count > HISTORY_MAX - RESERVE ||
                world->checks.term_max > TERMS_MAX - RESERVE ||
                (world->ledgers != NULL && ledgers_are_full(world->ledgers));
    for (uint8_t slot = 0; slot < NODES_MAX; slot++)
        full |= world->nodes[slot].last > LOG_MAX - RESERVE - RAFT_TAIL_MAX;
    return full;
}

/* The first nodes, all voters of the genesis, with empty disks. */
static void world_found(struct world *world, uint64_t seed, uint32_t count)
{
    struct raft_members genesis = {.count = 0};
    world->next_id = random_between(&world->random, 1, 9);
    for (uint32_t i = 0; i < count; i++) {
        const struct node *node = world_make_node(world);
        genesis.member[genesis.count++] = (struct raft_member){.id = node->id, .voter = true};
    }
    blocks_reset(&world->blocks, &genesis);
    if (world->ledgers != NULL && !ledgers_reset(world->ledgers, seed, &genesis))
        world_violate(world, "bridge", "%s", ledgers_problem(world->ledgers));
    for (uint8_t slot = 0; slot < NODES_MAX; slot++)
        if (world->nodes[slot].state != NODE_ABSENT)
            node_start(world, &world->nodes[slot]);
}

static void world_begin_round(struct world *world)
{
    world->rounds_left--;
    clients_begin(world);
    admin_begin(world);
    faults_begin(world);
    world_schedule(world, world->plan.round_us, EVENT_PHASE, 0, 0, world->phase);
}

/* Faults, calm, faults, …, calm. */
static void world_next_phase(struct world *world)
{
    world->phase++;
    if (!world->calm.is_on) {
        calm_begin(world);
        return;
    }
    world_count(world, COUNTER_CALMS);
    if (world->rounds_left == 0 || world->steps_left == 0) {
        world->over = true;
        return;
    }
    admin_retire(world);
    world->calm.is_on = false;
    world_begin_round(world);
}

static void world_reset(struct world *world, uint64_t seed, const struct world_options *options)
{
    world->now_us = 0;
    world->digest = seed;
    world->random.state = random_mix(seed);
    world->phase = 0;
    world->over = false;
    world->violated = false;
    memset(&world->counters, 0, sizeof world->counters);
    memset(&world->calm, 0, sizeof world->calm);
    memset(&world->clients.client, 0, sizeof world->clients.client);
    events_clear(&world->events);
    history_reset(&world->history);
    checks_reset(&world->checks);
    for (uint8_t slot = 0; slot < NODES_MAX; slot++) {
        struct node *node = &world->nodes[slot];
        node->state = NODE_ABSENT;
        node->id = 0;
        node->last = 0;
        node->life = 0;
        node_forget(node);
    }
    plan_draw(&world->plan, &world->random, options->nodes);
    net_reset(&world->net, &world->random, world->plan.net.far_max);
    world->rounds_left = world->plan.rounds;
    world->steps_left = options->steps != 0 ? options->steps : UINT64_MAX;
    world_found(world, seed, world->plan.nodes);
}

static void world_restart(struct world *world, const struct event *event)
{
    struct node *node = &world->nodes[event->slot];
    if (node->state != NODE_DOWN || node->life != event->generation)
        return;
    world_count(world, COUNTER_RESTARTS);
    node_start(world, node);
}

/* What concerns a node waits while it is paused, and is void when it is not up. */
static bool world_postpones(struct world *world, const struct event *event)
{
    const struct node *node = &world->nodes[event->slot];
    if (node->paused_until_us <= world->now_us)
        return false;
    struct event later = *event;
    later.at_us = node->paused_until_us;
    events_put(&world->events, later);
    return true;
}

static void world_node_event(struct world *world, const struct event *event)
{
    struct node *node = &world->nodes[event->slot];
    struct packet packet;
    switch (event->kind) {
    case EVENT_DELIVER:
        if (node_is_up(node) && world_postpones(world, event))
            return;
        if (net_arrive(world, event->argument, &packet) && node_is_up(node))
            node_receive(world, node, &packet);
        break;
    case EVENT_TICK:
        if (node_is_up(node) && !world_postpones(world, event))
            node_tick(world, node, event->generation);
        break;
    case EVENT_DISK:
        if (node_is_up(node) && node->life == event->generation && !world_postpones(world, event))
            node_disk_done(world, node);
        break;
    case EVENT_APPLY:
        if (node_is_up(node) && node->life == event->generation && !world_postpones(world, event))
            bridge_applied(world, node);
        break;
    case EVENT_RESTART: world_restart(world, event); break;
    case EVENT_STRIKE:
        if (event->generation == world->phase)
            faults_strike_late(world, event);
        break;
    case EVENT_CLIENT:
    case EVENT_BURST:
    case EVENT_ADMIN:
    case EVENT_FAULT:
    case EVENT_FLAP:
    case EVENT_PHASE:
    case EVENT_PROBE: invariant(false); break;
    }
}

static void world_event(struct world *world, const struct event *event)
{
    switch (event->kind) {
    case EVENT_DELIVER:
    case EVENT_TICK:
    case EVENT_DISK:
    case EVENT_APPLY:
    case EVENT_RESTART:
    case EVENT_STRIKE: world_node_event(world, event); return;
    case EVENT_CLIENT: clients_act(world, event); return;
    case EVENT_BURST:
    case EVENT_ADMIN:
    case EVENT_FAULT:
    case EVENT_FLAP:
    case EVENT_PHASE:
    case EVENT_PROBE: break;
    }
    if (event->generation != world->phase)
        return;
    if (event->kind == EVENT_BURST)
        clients_burst(world);
    else if (event->kind == EVENT_ADMIN)
        admin_act(world);
    else if (event->kind == EVENT_FAULT)
        faults_act(world);
    else if (event->kind == EVENT_FLAP)
        faults_flap(world, event);
    else if (event->kind == EVENT_PHASE)
        world_next_phase(world);
    else
        calm_probe(world);
}

static void digest_cores(struct world *world)
{
    for (uint8_t slot = 0; slot < NODES_MAX; slot++) {
        const struct node *node = &world->nodes[slot];
        if (!node_is_up(node))
            continue;
        const unsigned char *bytes = (const unsigned char *)node->core;
        for (size_t i = 0; i + 8 <= raft_size(); i += 8) {
            uint64_t word;
            memcpy(&word, bytes + i, sizeof word);
            world_digest(world, word);
        }
    }
}

bool world_run(struct world *world, uint64_t seed, const struct world_options *options)
{
    world_reset(world, seed, options);
    world_begin_round(world);
    struct event event;
    while (!world->over && !world->violated && events_take(&world->events, &event)) {
        world->now_us = event.at_us;
        world_count(world, COUNTER_EVENTS);
        world_digest(world, event.at_us ^ ((uint64_t)event.kind << 56));
        world_event(world, &event);
        if (world->steps_left > 0 && --world->steps_left == 0 && !world->calm.is_on)
            world_next_phase(world);
    }
    if (world->violated)
        return false;
    digest_cores(world);
    char problem[VIOLATION_SIZE / 2];
    if (!history_is_linearizable(&world->history, problem, sizeof problem))
        world_violate(world, "linearizability", "%s", problem);
    return !world->violated;
}
