/*
 * group.h: a consensus group in memory, of whatever engine, that does only what it is told: nothing
 * arrives and no time passes by itself, so a schedule has the same outcome each time.
 *
 * Servers are numbered from 1. An engine tells record.h what it answers and what it applies.
 * group_ours.c is this project's core, group_libraft.c that of Debian's libraft.
 */
#ifndef BENCH_PEERS_GROUP_H
#define BENCH_PEERS_GROUP_H

#include <stdbool.h>
#include <stdint.h>

#define GROUP_SERVERS_MAX 5
#define GROUP_NAME_SIZE   8 /* of an entry's name, with its zero */
#define ENTRY_SIZE        100

struct group;

extern const char group_engine[];

/* Voters, then learners, started and without a leader. It lives as long as the process. */
struct group *group_new(uint32_t voters, uint32_t learners);

/* ---- the world ---- */

/* What is on its way between two that are cut off is lost. */
void group_link(struct group *group, uint32_t a, uint32_t b, bool is_open);
/* A server ends, and starts from its disk. */
void group_restart(struct group *group, uint32_t id);
/* From now on messages take so long; 0 at first. Only group_rest() heeds it. */
void group_delay(struct group *group, uint32_t one_way_ms);

/* ---- steps ---- */

/* The server's next time-out passes: a leader's heartbeat, another one's election. */
void group_tick(struct group *group, uint32_t id);
/* Its election time-outs pass, and messages arrive, until it leads; what it sends as a leader has
 * not arrived then. False when it is not elected. */
bool group_elect(struct group *group, uint32_t id);
/* What is on its way between the two arrives, and no answer to it. */
void group_deliver(struct group *group, uint32_t from, uint32_t to);
/* All arrives, answers too, until it is quiet. No time passes. */
void group_settle(struct group *group);
/* Time passes for all. */
void group_rest(struct group *group, uint32_t ms);

/* ---- clients and operators: false when it is refused ---- */

bool group_propose(struct group *group, uint32_t id, const char *name);
bool group_promote(struct group *group, uint32_t id, uint32_t learner);
bool group_remove(struct group *group, uint32_t id, uint32_t member);

#endif
