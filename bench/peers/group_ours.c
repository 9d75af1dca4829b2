/* This project's core, in the cluster of tests/scenario. */

#include "bench/peers/group.h"

#include "bench/peers/record.h"
#include "proto/invariant.h"
#include "tests/scenario/cluster.h"

#include <stdlib.h>
#include <string.h>

#define PROPOSALS_MAX RECORD_NAMES_MAX
#define PACKETS_MAX   4096
#define ELECTIONS_MAX 5

const char group_engine[] = "imei-ledger";

struct proposal {
    uint32_t at; /* the server it was made at */
    uint64_t index;
    uint64_t term;
    bool is_open;
    char name[GROUP_NAME_SIZE];
};

struct group {
    struct cluster cluster;
    uint32_t count;
    uint64_t seen[GROUP_SERVERS_MAX + 1]; /* up to this index the state machine has applied */
    struct proposal proposals[PROPOSALS_MAX];
    size_t proposal_count;
    uint32_t delay_ms;
    uint64_t due_ms[PACKETS_MAX]; /* of the cluster's packets, by position */
    size_t due_count;
};

static void ignore_step(struct cluster *cluster, const struct node *node, const struct raft *before,
                        const struct raft_ready *ready)
{
    (void)cluster;
    (void)node;
    (void)before;
    (void)ready;
}

static void ignore_packet(struct cluster *cluster, const struct raft_message *message,
                          const char *fate)
{
    (void)cluster;
    (void)message;
    (void)fate;
}

struct group *group_new(uint32_t voters, uint32_t learners)
{
    static const struct raft_timing timing = {
        .heartbeat_ms = 100,
        .election_min_ms = 1000,
        .election_max_ms = 2000,
        .window_bytes = 1000000,
        .window_messages = 64,
        .message_bytes = ENTRY_SIZE, /* one entry a message, as fig8 wants it */
    };
    struct group *group = calloc(1, sizeof *group);
    invariant(group != NULL);
    cluster_init(&group->cluster, &timing, 1);
    group->cluster.listener =
        (struct cluster_listener){.step = ignore_step, .packet = ignore_packet};
    group->count = voters + learners;
    for (uint32_t id = 1; id <= group->count; id++)
        group->cluster.genesis.member[group->cluster.genesis.count++] =
            (struct raft_member){.id = id, .voter = id <= voters};
    for (uint32_t id = 1; id <= group->count; id++)
        cluster_start(&group->cluster, id);
    return group;
}

/* ---- what is to be seen from outside ---- */

static void apply_committed(struct group *group, uint32_t id)
{
    const struct node *node = &group->cluster.nodes[id];
    while (group->seen[id] < raft_commit(node->raft)) {
        const struct entry *entry = &node->log.entries[group->seen[id]++];
        if (entry->kind == RAFT_ENTRY_NORMAL)
            record_apply(id, entry->name);
    }
}

static void answer(const struct group *group, struct proposal *proposal)
{
    const struct node *node = &group->cluster.nodes[proposal->at];
    if (!proposal->is_open || raft_commit(node->raft) < proposal->index)
        return;
    proposal->is_open = false;
    if (node->log.entries[proposal->index - 1].term == proposal->term)
        record_answer(proposal->name);
}

static void observe(struct group *group)
{
    for (uint32_t id = 1; id <= group->count; id++)
        apply_committed(group, id);
    for (size_t i = 0; i < group->proposal_count; i++)
        answer(group, &group->proposals[i]);
}

/* ---- the world ---- */

void group_link(struct group *group, uint32_t a, uint32_t b, bool is_open)
{
    if (a > group->count || b > group->count)
        return;
    cluster_link(&group->cluster, a, b, is_open ? LINK_OPEN : LINK_CUT);
    cluster_link(&group->cluster, b, a, is_open ? LINK_OPEN : LINK_CUT);
}

void group_restart(struct group *group, uint32_t id)
{
    cluster_crash(&group->cluster, id);
    group->seen[id] = 0;
    record_restart(id);
    for (size_t i = 0; i < group->proposal_count; i++)
        group->proposals[i].is_open &= group->proposals[i].at != id;
    cluster_start(&group->cluster, id);
    observe(group);
}

void group_delay(struct group *group, uint32_t one_way_ms)
{
    group->delay_ms = one_way_ms;
}

/* ---- steps ---- */

void group_tick(struct group *group, uint32_t id)
{
    struct cluster *cluster = &group->cluster;
    uint64_t deadline_ms = raft_deadline_ms(cluster->nodes[id].raft);
    if (cluster->now_ms < deadline_ms)
        cluster->now_ms = deadline_ms;
    cluster_tick(cluster, id);
    observe(group);
}

static bool leads(const struct group *group, uint32_t id)
{
    return raft_role(group->cluster.nodes[id].raft) == RAFT_LEADER;
}

bool group_elect(struct group *group, uint32_t id)
{
    struct cluster *cluster = &group->cluster;
    for (int tries = 0; tries < ELECTIONS_MAX && !leads(group, id); tries++) {
        group_tick(group, id);
        size_t position;
        while (!leads(group, id) &&
               (position = cluster_packet_find(cluster, 0)) < cluster->packet_count)
            cluster_packet_deliver(cluster, position);
        observe(group);
    }
    return leads(group, id);
}

void group_deliver(struct group *group, uint32_t from, uint32_t to)
{
    struct cluster *cluster = &group->cluster;
    size_t there = cluster->packet_count;
    for (size_t position = 0; there > 0; there--) {
        const struct raft_message *message = &cluster->packets[position].message;
        if (message->from == from && message->to == to)
            cluster_packet_deliver(cluster, position);
        else
            position++;
    }
    observe(group);
}

void group_settle(struct group *group)
{
    cluster_settle(&group->cluster);
    observe(group);
}

/* Packets are appended at the end; those that came since are due after the delay. */
static void note_packets(struct group *group)
{
    while (group->due_count < group->cluster.packet_count) {
        invariant(group->due_count < PACKETS_MAX);
        group->due_ms[group->due_count++] = group->cluster.now_ms + group->delay_ms;
    }
}

static void deliver_due(struct group *group)
{
    struct cluster *cluster = &group->cluster;
    for (size_t position = 0; position < cluster->packet_count;) {
        if (group->due_ms[position] > cluster->now_ms) {
            position++;
            continue;
        }
        group->due_count--;
        memmove(group->due_ms + position, group->due_ms + position + 1,
                (group->due_count - position) * sizeof group->due_ms[0]);
        cluster_packet_deliver(cluster, position);
        note_packets(group);
    }
}

void group_rest(struct group *group, uint32_t ms)
{
    struct cluster *cluster = &group->cluster;
    if (group->delay_ms == 0) {
        cluster_advance(cluster, ms);
        observe(group);
        return;
    }
    note_packets(group);
    for (; ms > 0; ms--) {
        cluster->now_ms++;
        for (uint32_t id = 1; id <= group->count; id++) {
            if (raft_deadline_ms(cluster->nodes[id].raft) <= cluster->now_ms)
                cluster_tick(cluster, id);
            note_packets(group);
        }
        deliver_due(group);
        observe(group);
    }
}

/* ---- clients and operators ---- */

bool group_propose(struct group *group, uint32_t id, const char *name)
{
    struct raft *raft = group->cluster.nodes[id].raft;
    struct entry entry = {.size = ENTRY_SIZE, .kind = RAFT_ENTRY_NORMAL};
    snprintf(entry.name, sizeof entry.name, "%s", name);
    uint64_t index = raft_last_index(raft) + 1;
    if (cluster_propose(&group->cluster, id, &entry) != ERR_OK)
        return false;
    invariant(group->proposal_count < PROPOSALS_MAX);
    struct proposal *proposal = &group->proposals[group->proposal_count++];
    *proposal =
        (struct proposal){.at = id, .index = index, .term = raft_term(raft), .is_open = true};
    snprintf(proposal->name, sizeof proposal->name, "%s", name);
    observe(group);
    return true;
}

static bool change(struct group *group, uint32_t id, const struct raft_members *members)
{
    struct entry entry = {
        .size = 1, .kind = RAFT_ENTRY_MEMBERS, .name = "members", .members = *members};
    return cluster_propose(&group->cluster, id, &entry) == ERR_OK;
}

bool group_promote(struct group *group, uint32_t id, uint32_t learner)
{
    struct raft_members members = *raft_members(group->cluster.nodes[id].raft);
    for (uint32_t i = 0; i < members.count; i++)
        members.member[i].voter |= members.member[i].id == learner;
    return change(group, id, &members);
}

bool group_remove(struct group *group, uint32_t id, uint32_t member)
{
    const struct raft_members *old = raft_members(group->cluster.nodes[id].raft);
    struct raft_members members = {0};
    for (uint32_t i = 0; i < old->count; i++) {
        if (old->member[i].id != member)
            members.member[members.count++] = old->member[i];
    }
    return change(group, id, &members);
}
