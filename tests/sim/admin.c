#include "tests/sim/admin.h"

#include <inttypes.h>

#include "tests/sim/bridge.h"
#include "tests/sim/driver.h"
#include "tests/sim/world.h"

/* Voters below which operators do not go; a group of one is a case of its own. */
#define VOTERS_MIN 1

static void admin_schedule(struct world *world)
{
    uint32_t every_us = world->plan.load.admin_every_us;
    if (every_us != 0)
        world_schedule(world, random_between(&world->random, 1, 2 * every_us), EVENT_ADMIN, 0, 0,
                       world->phase);
}

void admin_begin(struct world *world)
{
    admin_schedule(world);
}

static void transfer(struct world *world, struct node *leader)
{
    const struct raft_members *members = raft_members(leader->core);
    uint32_t target = 0;
    /* To any member, so also to one that cannot lead, or to the leader itself. */
    if (members->count > 0 && random_chance(&world->random, RANDOM_ALWAYS / 2))
        target = members->member[random_below(&world->random, members->count)].id;
    enum err err = node_transfer(world, leader, target);
    world_count(world, err == ERR_OK ? COUNTER_TRANSFERS : COUNTER_TRANSFERS_REFUSED);
    driver_settle(world, leader);
}

static void member_insert(struct raft_members *members, struct raft_member member)
{
    uint32_t at = members->count++;
    for (; at > 0 && members->member[at - 1].id > member.id; at--)
        members->member[at] = members->member[at - 1];
    members->member[at] = member;
}

static void member_remove(struct raft_members *members, uint32_t at)
{
    members->count--;
    for (; at < members->count; at++)
        members->member[at] = members->member[at + 1];
}

static uint32_t voter_count(const struct raft_members *members)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < members->count; i++)
        count += members->member[i].voter;
    return count;
}

/* A machine that is no member: one that waits already, else a new one. */
static struct node *candidate_for_membership(struct world *world,
                                             const struct raft_members *members)
{
    for (uint8_t slot = 0; slot < NODES_MAX; slot++) {
        struct node *node = &world->nodes[slot];
        if (node_is_up(node) && !members_have(members, node->id))
            return node;
    }
    return world_new_node(world);
}

/* One change of one member; false when there is none to be made. */
static bool draw_change(struct world *world, struct raft_members *members, enum counter *what)
{
    uint32_t at = random_below(&world->random, members->count);
    bool may_lose_voter = voter_count(members) > VOTERS_MIN;
    struct raft_member *member = &members->member[at];
    if (random_chance(&world->random, RANDOM_ALWAYS / 3)) {
        if (members->count == MEMBERS_MAX)
            return false;
        struct node *node = candidate_for_membership(world, members);
        if (node == NULL)
            return false;
        member_insert(members, (struct raft_member){.id = node->id, .voter = false});
        *what = COUNTER_LEARNERS;
    } else if (!member->voter && random_chance(&world->random, RANDOM_ALWAYS * 3 / 4)) {
        member->voter = true;
        *what = COUNTER_PROMOTIONS;
    } else if (member->voter && !may_lose_voter) {
        return false;
    } else if (member->voter && random_chance(&world->random, RANDOM_ALWAYS / 4)) {
        member->voter = false;
        *what = COUNTER_DEMOTIONS;
    } else {
        member_remove(members, at);
        *what = COUNTER_REMOVALS;
    }
    return true;
}

static void change_members(struct world *world, struct node *leader)
{
    struct raft_members members = *raft_members(leader->core);
    enum counter what;
    uint32_t number;
    if (world_is_full(world) || !draw_change(world, &members, &what))
        return;
    if (world->ledgers != NULL && !bridge_may_change(world, leader, &members))
        return;
    struct block block = {.kind = RAFT_ENTRY_MEMBERS, .size = 300, .op = HISTORY_NONE};
    enum err err = node_propose(world, leader, &block, &members, &number);
    world_count(world, err == ERR_OK ? what : COUNTER_MEMBERS_REFUSED);
    driver_settle(world, leader);
}

/* Members that cannot be: none, none that votes, out of order, twice the same, two voters more, or
 * the voters of an even group exchanged. */
static void draw_nonsense(struct world *world, struct raft_members *members)
{
    uint32_t last = members->count - 1;
    switch (random_below(&world->random, 5)) {
    case 0: members->count = 0; break;
    case 1:
        for (uint32_t i = 0; i <= last; i++)
            members->member[i].voter = false;
        break;
    case 2: members->member[0].id = members->member[last].id + 1; break;
    case 3: members->member[0].id = members->member[last].id; break;
    default:
        members->member[0] = (struct raft_member){.id = world->next_id + 10, .voter = true};
        members->member[1] = (struct raft_member){.id = world->next_id + 11, .voter = true};
        members->count = 2;
        break;
    }
}

static void ask_for_nonsense(struct world *world, struct node *leader)
{
    struct raft_members members = *raft_members(leader->core);
    uint32_t number;
    if (members.count < 3)
        return; /* too few for each of them to be nonsense */
    draw_nonsense(world, &members);
    struct block block = {.kind = RAFT_ENTRY_MEMBERS, .size = 300, .op = HISTORY_NONE};
    enum err err = node_propose(world, leader, &block, &members, &number);
    if (err == ERR_OUT_OF_RANGE)
        world_count(world, COUNTER_NONSENSE_REFUSED);
    else if (err == ERR_OK)
        world_violate(world, "one change at a time", "n%u takes members that cannot be",
                      leader->id);
    driver_settle(world, leader);
}

void admin_act(struct world *world)
{
    struct node *leader = world_any_leader(world);
    if (leader != NULL && raft_members(leader->core)->count > 0) {
        if (random_chance(&world->random, world->plan.load.transfers))
            transfer(world, leader);
        else if (random_chance(&world->random, RANDOM_ALWAYS / 10))
            ask_for_nonsense(world, leader);
        else
            change_members(world, leader);
    }
    admin_schedule(world);
}

void admin_retire(struct world *world)
{
    const struct node *leader = world_leader(world);
    const struct raft_members *members = checks_members(world, leader);
    for (uint8_t slot = 0; slot < NODES_MAX; slot++) {
        struct node *node = &world->nodes[slot];
        if (node->state == NODE_ABSENT || members_have(members, node->id) ||
            random_chance(&world->random, RANDOM_ALWAYS / 3))
            continue;
        TRACE(world, "n%u is wiped", node->id);
        world_count(world, COUNTER_RENEWALS);
        if (node_is_up(node))
            node_crash(world, node);
        node->state = NODE_ABSENT;
        node->id = 0;
    }
}
