/*
 * cluster.h: a consensus group in memory: Raft cores, their disks and the network between them, all
 * of which do only what they are told. It is a driver as consensus/raft.h asks for one: it queues
 * writes, holds back what must wait for them, and hands back what a node says to itself.
 *
 * Whatever happens is told to `tell`. What no group may do ends the process: two leaders of one
 * term, two entries committed at one place. A node that finds that its log was set back stops.
 */
#ifndef TESTS_SCENARIO_CLUSTER_H
#define TESTS_SCENARIO_CLUSTER_H

#include "consensus/raft.h"

#include <stdio.h>

#define CLUSTER_NODES_MAX 9
#define NAME_MAX_SIZE     16

/* What the group orders: a name stands for its bytes. */
struct entry {
    uint64_t term;
    uint32_t size;
    enum raft_entry_kind kind;
    struct raft_members members;
    char name[NAME_MAX_SIZE];
};

struct log {
    struct entry *entries; /* of the indexes 1 … count */
    size_t count;
    size_t capacity;
};

struct write_order {
    uint64_t term;
    uint32_t vote;
    uint64_t commit;
    bool cut;
    uint64_t keep;
    struct log appended;
};

struct held {
    uint64_t write; /* waits until so many writes are durable */
    struct raft_outgoing outgoing;
};

/* What survives a crash. */
struct disk {
    uint64_t term;
    uint32_t vote;
    uint64_t commit;
    struct log log;
};

struct node {
    uint32_t id; /* 0: there is no such node */
    bool is_up;
    bool is_slow; /* its writes wait for cluster_sync() */
    struct raft *raft;
    struct log log;
    struct disk disk;
    uint64_t applied; /* durable, as the state of a node is */
    uint64_t writes_queued;
    uint64_t writes_durable;
    struct write_order *writes; /* those between */
    struct held *held;
    size_t held_count;
};

struct packet {
    struct raft_message message;
    struct entry *entries;
};

enum link { LINK_OPEN, LINK_HELD, LINK_CUT };

struct cluster;

/* What a node did in one step, or what became of a message. */
struct cluster_listener {
    void (*step)(struct cluster *cluster, const struct node *node, const struct raft *before,
                 const struct raft_ready *ready);
    void (*packet)(struct cluster *cluster, const struct raft_message *message, const char *fate);
    void *context;
};

struct cluster {
    struct raft_timing timing;
    struct raft_members genesis;
    uint64_t seed;
    uint64_t now_ms;
    struct cluster_listener listener;
    struct node nodes[CLUSTER_NODES_MAX + 1]; /* by id */
    enum link links[CLUSTER_NODES_MAX + 1][CLUSTER_NODES_MAX + 1];
    struct packet *packets; /* oldest first */
    size_t packet_count;
    size_t packet_capacity;
    struct log committed;    /* by any node */
    uint32_t leaders[1024];  /* by term */
    struct raft_ready ready; /* of the step under way */
    struct raft *before;     /* the core before it */
};

void cluster_init(struct cluster *cluster, const struct raft_timing *timing, uint64_t seed);
void cluster_free(struct cluster *cluster);

/* Starts a node, for the first time or after a crash. */
void cluster_start(struct cluster *cluster, uint32_t id);
/* All that is not on the disk is lost, what is on its way to others is not. */
void cluster_crash(struct cluster *cluster, uint32_t id);

/* An older copy of a crashed node's disk is put back: of when its log had so many entries. */
void cluster_set_back(struct cluster *cluster, uint32_t id, size_t count);

void cluster_tick(struct cluster *cluster, uint32_t id);
enum err cluster_propose(struct cluster *cluster, uint32_t id, const struct entry *entry);
enum err cluster_read(struct cluster *cluster, uint32_t id, uint64_t read);
enum err cluster_transfer(struct cluster *cluster, uint32_t id, uint32_t target);

/* So many of the queued writes become durable, and what waited for them goes on. */
void cluster_sync(struct cluster *cluster, uint32_t id, uint64_t writes);

/* Position of the oldest packet from that many on that can be delivered; packet_count: none. */
size_t cluster_packet_find(const struct cluster *cluster, size_t from);
void cluster_packet_deliver(struct cluster *cluster, size_t position);
void cluster_packet_drop(struct cluster *cluster, size_t position);
void cluster_packet_repeat(struct cluster *cluster, size_t position);
/* Until nothing moves any more. */
void cluster_settle(struct cluster *cluster);
/* Time passes; everybody ticks when it is time, and all messages arrive at once. */
void cluster_advance(struct cluster *cluster, uint64_t ms);
void cluster_link(struct cluster *cluster, uint32_t from, uint32_t to, enum link link);

#endif
