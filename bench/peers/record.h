/*
 * record.h: what clients were told and what state machines did in one schedule, and what is wrong
 * with it. It lies in shared memory: an engine that ends the process leaves it behind.
 */
#ifndef BENCH_PEERS_RECORD_H
#define BENCH_PEERS_RECORD_H

#include "bench/peers/group.h"

#include <stddef.h>

#define RECORD_NAMES_MAX 1200

struct names {
    char name[RECORD_NAMES_MAX][GROUP_NAME_SIZE];
    size_t count;
};

struct record {
    struct names answered;                       /* `committed`, to whoever proposed it */
    struct names applied[GROUP_SERVERS_MAX + 1]; /* since the server's last start */
    struct names first; /* at each place, what any server applied there first */
    uint32_t first_by[RECORD_NAMES_MAX];
    char difference[128]; /* the first place at which two state machines differ; or empty */
    char note[128];       /* the schedule's own */
    uint32_t judge;       /* the server whose state machine is asked in the end */
    bool is_finished;
};

extern struct record *record; /* of the schedule under way */

void record_answer(const char *name);
/* The next entry of that server's state machine. */
void record_apply(uint32_t id, const char *name);
/* Its state machine begins anew. */
void record_restart(uint32_t id);
bool record_is_answered(const char *name);

/* Prints one JSON object. `signal`: what ended the process, or 0. */
void record_print(const char *schedule, int signal);

#endif
