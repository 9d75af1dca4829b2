/*
 * group.h: three servers, each a real Raft core with its disk, and the messages between them: the
 * smallest group in which everything can go wrong, small enough to try every order of events.
 *
 * Time is left out: clocks run at any rate, so a time-out may come whenever it can matter. After
 * each step what the core knows of time is brought to one of a few forms (core.h); so states that
 * differ in nothing that counts are one state.
 *
 * A disk takes its writes one by one, each when the explorer says so; a crash loses those that are
 * left. What the core marks `after_durable` waits for the writes before it, as consensus/raft.h
 * wants it.
 */
#ifndef TESTS_EXPLORE_GROUP_H
#define TESTS_EXPLORE_GROUP_H

#include "consensus/raft_state.h"

#define SERVERS     3
#define LOG_MAX     9
#define WRITES_MAX  3
#define HELD_MAX    8
#define PACKETS_MAX 10 /* until those that are too many are lost */

/* An entry; no two that differ are alike, as a leader of a term makes one of each index. */
struct entry {
    uint8_t term;
    uint8_t author;
    uint8_t kind;
    uint8_t roles; /* of a MEMBERS entry: two bits a server: absent, learner or voter */
};

struct log {
    uint8_t last;
    struct entry at[LOG_MAX + 1]; /* by index; the rest is zero */
};

/* What a disk holds, or will hold after a write. */
struct image {
    uint8_t term;
    uint8_t vote;
    uint8_t commit;
    struct log log;
};

/* A message without padding, and the entries it carries. */
struct packet {
    uint8_t kind; /* 0: none */
    uint8_t from;
    uint8_t to;
    uint8_t term;
    uint8_t index;
    uint8_t log_term;
    uint8_t commit;
    uint8_t context;
    uint8_t count;
    uint8_t granted;
    uint8_t transfer;
    uint8_t writes; /* of a held one: so many queued writes must be done first */
    struct entry entries[LOG_MAX];
};

struct server {
    uint64_t hash; /* of all that follows; see server_hash() */
    struct raft core;
    struct log log; /* as the core knows it: written, or queued */
    struct image disk;
    uint8_t write_count;
    uint8_t held_count;
    struct image writes[WRITES_MAX];
    struct packet held[HELD_MAX];
};

/* How often things may still happen. */
struct budget {
    uint8_t proposals;
    uint8_t changes;
    uint8_t heartbeats;
    uint8_t crashes;
    uint8_t transfers;
    uint8_t duplicates;
};

/* What is not a server's. Hashed whole. */
struct common {
    struct budget budget;
    uint8_t leader[LOG_MAX + 1]; /* by term, since the beginning */
    struct log committed;        /* by anybody */
    uint8_t committed_in[LOG_MAX + 1];
    uint8_t packet_count;
    struct packet packets[PACKETS_MAX + 1]; /* a set, ascending by memcmp(); the rest is zero */
};

/* Bounds of an exploration. */
struct bounds {
    const char *name;
    const char *what;
    uint8_t roles; /* at the beginning */
    bool led;      /* begins when server 1 leads term 1 and all have its no-op */
    bool syncs;    /* disks write when they please, not at once */
    uint8_t term_max;
    uint8_t
        packets_max; /* when more are on their way, some are lost before anything else happens */
    struct budget budget;
};

struct group {
    struct server servers[SERVERS];
    struct common common;
    const struct bounds *bounds;
    const char *violated; /* the first property that does not hold */
    bool beyond;          /* a bound is passed: this state is not looked at */
};

void group_begin(struct group *group, const struct bounds *bounds);

/* The steps of a server, by its position. Each leaves `hash` as it should be. */
void group_tick(struct group *group, uint32_t position, uint64_t now_ms);
void group_propose(struct group *group, uint32_t position, enum raft_entry_kind kind,
                   uint8_t roles);
void group_transfer(struct group *group, uint32_t position, uint32_t target);
/* Delivers a packet; `stays`: and once more, later. */
void group_deliver(struct group *group, uint32_t packet, bool stays);
void group_lose(struct group *group, uint32_t packet);
/* One write of its disk is done. */
void group_sync(struct group *group, uint32_t position);
/* It loses what is not on its disk, and starts again. */
void group_crash(struct group *group, uint32_t position);
uint64_t group_hash(const struct group *group);

uint8_t roles_of(const struct raft_members *members);
struct raft_members roles_members(uint8_t roles);

#endif
