/*
 * storm.c: random weather over a small group: whatever a network, disks and clocks can do, in
 * random order, and after it calm, in which the group must find together again.
 *
 *   storm [SEEDS [FIRST]]
 *
 * It runs the scenarios' cluster, whose rules hold throughout. A quick look beside tests/sim, which
 * simulates time, and knows no line of this.
 */
#include "tests/scenario/trace.h"

#include "proto/invariant.h"

#include <inttypes.h>
#include <stdlib.h>

#define NODES       5
#define STEPS       10000
#define READS_MAX   1000
#define CALM_MS     30000
#define EXTRA_NODES 1

struct storm {
    struct cluster cluster;
    uint64_t random;
    uint32_t weights[16];
    uint32_t names;
    uint32_t reads;
    uint64_t read_floor[READS_MAX]; /* what was committed when the read came */
};

static uint64_t dice(struct storm *storm, uint64_t sides)
{
    uint64_t mixed = storm->random += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return (mixed ^ mixed >> 31) % sides;
}

/* A read sees all that was committed anywhere when it was asked. */
static void on_step(struct cluster *cluster, const struct node *node, const struct raft *before,
                    const struct raft_ready *ready)
{
    const struct storm *storm = cluster->listener.context;
    (void)node;
    (void)before;
    for (size_t i = 0; i < ready->read_count; i++) {
        const struct raft_read *read = &ready->reads[i];
        invariant(read->index == 0 || read->index >= storm->read_floor[read->read]);
    }
    if (getenv("STORM_TRACE") != NULL)
        trace_step(stdout, node, before, ready);
}

static void on_packet(struct cluster *cluster, const struct raft_message *message, const char *fate)
{
    (void)cluster;
    if (getenv("STORM_TRACE") != NULL)
        trace_message(stdout, message, fate);
}

static struct node *any_node(struct storm *storm)
{
    return &storm->cluster.nodes[1 + dice(storm, NODES + EXTRA_NODES)];
}

/* ---- what can happen ---- */

static void some_packet(struct storm *storm)
{
    struct cluster *cluster = &storm->cluster;
    if (cluster->packet_count == 0)
        return;
    /* Mostly in order. */
    size_t position = dice(storm, 4) > 0 ? 0 : dice(storm, cluster->packet_count);
    uint64_t fate = dice(storm, 40);
    if (fate == 0)
        cluster_packet_drop(cluster, position);
    else if (fate == 1)
        cluster_packet_repeat(cluster, position);
    else
        cluster_packet_deliver(cluster, position);
}

static void some_time(struct storm *storm)
{
    storm->cluster.now_ms += dice(storm, 120);
    for (uint32_t id = 1; id <= NODES + EXTRA_NODES; id++) {
        if (storm->cluster.nodes[id].is_up && dice(storm, 3) > 0)
            cluster_tick(&storm->cluster, id);
    }
}

static void some_proposal(struct storm *storm)
{
    const struct node *node = any_node(storm);
    struct entry entry = {.size = 1 + (uint32_t)dice(storm, 50), .kind = RAFT_ENTRY_NORMAL};
    if (!node->is_up)
        return;
    snprintf(entry.name, sizeof entry.name, "e%u", storm->names++);
    (void)cluster_propose(&storm->cluster, node->id, &entry);
}

static void some_change(struct storm *storm)
{
    const struct node *node = any_node(storm);
    if (!node->is_up)
        return;
    struct entry entry = {.size = 9, .kind = RAFT_ENTRY_MEMBERS};
    const struct raft_members *members = raft_members(node->raft);
    uint32_t chosen = 1 + (uint32_t)dice(storm, NODES + EXTRA_NODES);
    uint64_t what = dice(storm, 3); /* out, learner, voter */
    bool seen = false;
    for (uint32_t i = 0; i <= members->count; i++) {
        bool is_here = i == members->count || members->member[i].id >= chosen;
        if (is_here && !seen) {
            seen = true;
            if (what > 0)
                entry.members.member[entry.members.count++] =
                    (struct raft_member){.id = chosen, .voter = what == 2};
        }
        if (i < members->count && members->member[i].id != chosen)
            entry.members.member[entry.members.count++] = members->member[i];
    }
    snprintf(entry.name, sizeof entry.name, "m%u", storm->names++);
    (void)cluster_propose(&storm->cluster, node->id, &entry);
}

static void some_read(struct storm *storm)
{
    const struct node *node = any_node(storm);
    if (!node->is_up || storm->reads == READS_MAX)
        return;
    storm->read_floor[storm->reads] = storm->cluster.committed.count;
    (void)cluster_read(&storm->cluster, node->id, storm->reads++);
}

static void some_transfer(struct storm *storm)
{
    const struct node *node = any_node(storm);
    if (node->is_up)
        (void)cluster_transfer(&storm->cluster, node->id, (uint32_t)dice(storm, NODES + 1));
}

static void some_disk(struct storm *storm)
{
    struct node *node = any_node(storm);
    if (!node->is_up)
        return;
    node->is_slow = dice(storm, 2) > 0;
    cluster_sync(&storm->cluster, node->id, dice(storm, 4));
}

static void some_crash(struct storm *storm)
{
    const struct node *node = any_node(storm);
    if (!node->is_up)
        cluster_start(&storm->cluster, node->id);
    else if (dice(storm, 3) == 0)
        cluster_crash(&storm->cluster, node->id);
}

static void some_partition(struct storm *storm)
{
    uint32_t sides = (uint32_t)dice(storm, 1u << (NODES + EXTRA_NODES + 1));
    bool heals = dice(storm, 3) == 0;
    bool one_way = dice(storm, 4) == 0;
    for (uint32_t from = 1; from <= NODES + EXTRA_NODES; from++) {
        for (uint32_t to = 1; to <= NODES + EXTRA_NODES; to++) {
            bool apart = (sides >> from & 1) != (sides >> to & 1);
            bool is_cut = !heals && apart && (!one_way || (sides >> from & 1));
            cluster_link(&storm->cluster, from, to, is_cut ? LINK_CUT : LINK_OPEN);
        }
    }
}

static const struct {
    void (*happens)(struct storm *storm);
    uint32_t weight;
} weather[] = {
    {some_packet, 760}, {some_time, 40},    {some_proposal, 60},
    {some_read, 20},    {some_change, 12},  {some_disk, 80},
    {some_crash, 8},    {some_transfer, 4}, {some_partition, 4},
};

#define KINDS (sizeof weather / sizeof weather[0])

/* Each storm has a weather of its own: more of one thing and less of another. */
static void forecast(struct storm *storm)
{
    for (size_t i = 0; i < KINDS; i++)
        storm->weights[i] = weather[i].weight << 2 >> dice(storm, 5);
}

static void one_thing(struct storm *storm)
{
    uint64_t all = 0;
    for (size_t i = 0; i < KINDS; i++)
        all += storm->weights[i];
    uint64_t left = dice(storm, all);
    size_t what = 0;
    for (; left >= storm->weights[what]; what++)
        left -= storm->weights[what];
    weather[what].happens(storm);
}

/* ---- calm ---- */

/* With all nodes up, all disks fast and no message lost, a new entry is committed everywhere. */
static bool calm(struct storm *storm)
{
    struct cluster *cluster = &storm->cluster;
    for (uint32_t id = 1; id <= NODES + EXTRA_NODES; id++) {
        struct node *node = &cluster->nodes[id];
        for (uint32_t to = 1; to <= NODES + EXTRA_NODES; to++)
            cluster_link(cluster, id, to, LINK_OPEN);
        if (!node->is_up)
            cluster_start(cluster, id);
        node->is_slow = false;
        cluster_sync(cluster, id, UINT64_MAX);
    }
    cluster_advance(cluster, CALM_MS);
    struct entry last = {.size = 1, .kind = RAFT_ENTRY_NORMAL, .name = "last"};
    uint32_t leader = 0;
    for (uint32_t id = 1; id <= NODES + EXTRA_NODES; id++) {
        if (cluster_propose(cluster, id, &last) == ERR_OK)
            leader = id;
    }
    if (leader == 0)
        return false;
    cluster_advance(cluster, 1000);
    const struct raft_members *members = raft_members(cluster->nodes[leader].raft);
    uint64_t committed = cluster->committed.count;
    bool is_last = strcmp(cluster->committed.entries[committed - 1].name, "last") == 0;
    for (uint32_t i = 0; i < members->count; i++)
        is_last = is_last && cluster->nodes[members->member[i].id].applied == committed;
    return is_last;
}

static void start(struct storm *storm, uint64_t seed)
{
    struct raft_timing timing = {
        .heartbeat_ms = 100,
        .election_min_ms = 1000,
        .election_max_ms = 2000,
        .window_bytes = 300,
        .window_messages = 4,
        .message_bytes = 100,
    };
    *storm = (struct storm){.random = seed};
    cluster_init(&storm->cluster, &timing, seed);
    storm->cluster.listener =
        (struct cluster_listener){.step = on_step, .packet = on_packet, .context = storm};
    uint32_t voters = 1 + (uint32_t)dice(storm, NODES);
    storm->cluster.genesis.count = voters;
    for (uint32_t i = 0; i < voters; i++)
        storm->cluster.genesis.member[i] = (struct raft_member){.id = i + 1, .voter = true};
    for (uint32_t id = 1; id <= NODES + EXTRA_NODES; id++)
        cluster_start(&storm->cluster, id);
}

int main(int argc, char **argv)
{
    static struct storm storm;
    uint64_t seeds = argc > 1 ? strtoull(argv[1], NULL, 10) : 100;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    uint64_t committed = 0;
    int failed = 0;
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        start(&storm, seed);
        forecast(&storm);
        fprintf(stderr, "\rseed %" PRIu64, seed);
        for (uint32_t i = 0; i < STEPS; i++)
            one_thing(&storm);
        if (!calm(&storm)) {
            fprintf(stderr, ": no calm after the storm\n");
            for (uint32_t id = 1; id <= NODES + EXTRA_NODES; id++)
                trace_node(stderr, &storm.cluster.nodes[id]);
            failed = 1;
        }
        committed += storm.cluster.committed.count;
        cluster_free(&storm.cluster);
    }
    fprintf(stderr, "\r%" PRIu64 " seeds, %" PRIu64 " entries committed\n", seeds, committed);
    return failed;
}
