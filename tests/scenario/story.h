/*
 * story.h: a scenario: commands, one a line, and under each what it makes a group do.
 */
/* clang-format off */
/*
 *   # a comment
 *   nodes 1 2 3             the group, all started; `+4` is a learner; `out 5` is no member yet
 *   timing WORD NUMBER …    before `nodes`: heartbeat, election-min, election-max, window, messages,
 *                           message
 *   elect 1                 S1's election time-out passes; then all messages arrive until it is quiet
 *   lead 1                  the same for a story that begins after it: only who leads is told
 *   tick 1 …                S1's next time-out passes, and nothing else
 *   advance MS              time passes for all, with no delay on the way
 *   deliver                 all messages arrive until it is quiet
 *   deliver A B [N]         what is on its way from A to B now (the first N), and no answers
 *   drop A B [N]            is lost
 *   repeat A B [N]          is on its way twice
 *   last A B                the youngest message overtakes the others from A to B
 *   hold A B …              messages from A to B wait until
 *   release A B …           that
 *   cut A B …               messages from A to B are lost, until `release`
 *   split 1 2 | 3           messages between the sides are lost, until
 *   heal                    that: every link is open
 *   slow 1 … / fast 1 …     writes of S1's disk wait for `sync` / are durable at once
 *   sync 1 [N]              what S1's disk has queued (the first N writes) becomes durable
 *   crash 1 … / restart 1 …
 *   set-back 1 COUNT        S1, which is down, gets the disk back that it had with COUNT entries
 *   propose 1 NAME … [size BYTES]     an entry for each name
 *   fill 1 COUNT [size BYTES]         COUNT entries, or as many as are taken
 *   members 1 1 2 +3        S1 proposes these members
 *   read 1 NUMBER
 *   transfer 1 [TO]
 *   messages on|all|off     tell of each message that arrives or is lost; without `all` not of
 *                           heartbeats
 *   quiet on|off            tell nothing
 *   show [1 …]              role, term and log of all nodes, or of these
 */
/* clang-format on */
#ifndef TESTS_SCENARIO_STORY_H
#define TESTS_SCENARIO_STORY_H

#include "tests/scenario/cluster.h"

#define STORY_WORDS_MAX 32

struct story {
    struct cluster cluster;
    FILE *out;
    bool tells_messages;
    bool tells_heartbeats;
    bool is_quiet;
    uint32_t filled; /* names given by `fill` */
};

void story_begin(struct story *story, FILE *out);
void story_end(struct story *story);

/* Runs one command line. False when it is not understood; `*why` says why. */
bool story_run(struct story *story, const char *line, const char **why);

#endif
