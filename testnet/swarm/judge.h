/*
 * judge.h: a history held against the ledgers, and against itself.
 *
 * What each check means is in docs/testnet.md; what none of them can see, too.
 */
#ifndef TESTNET_SWARM_JUDGE_H
#define TESTNET_SWARM_JUDGE_H

#include "testnet/swarm/findings.h"
#include "testnet/swarm/history.h"
#include "testnet/swarm/replay.h"

struct judge {
    const struct history *history;
    struct replay *replay;    /* of no node: the history is held against itself alone */
    const char *const *names; /* of the replay's nodes */
    uint64_t slack_ms;        /* by how much an age may be too small */
    struct findings *findings;
    /* by judge_run() */
    uint32_t *numbers; /* of each record's transaction in the replay's ids; IDS_NONE: it has none */
};

/* All checks but CHECK_LEDGERS, which is replay_run()'s. ERR_MEMORY. */
enum err judge_run(struct judge *judge) must_check;

/* The parts of it. */
void judge_writes(struct judge *judge);
enum err judge_order(struct judge *judge) must_check;
enum err judge_local(struct judge *judge) must_check;
enum err judge_age(struct judge *judge) must_check;
enum err judge_session(struct judge *judge) must_check;

/* Whether the judge has ledgers to look at. */
static inline bool judge_has_ledgers(const struct judge *judge)
{
    return judge->replay->node_count > 0;
}

/* The line of a record, for a finding. */
static inline unsigned long judge_line(const struct judge *judge, const struct record *record)
{
    return history_line(judge->history, record);
}

/* What became of the record's transaction; NULL: it is in no ledger. */
static inline const struct placed *judge_placed(const struct judge *judge,
                                                const struct record *record)
{
    uint32_t number = judge->numbers[record - judge->history->records];
    return number < judge->replay->placed_count ? &judge->replay->placed[number] : NULL;
}

/* Records by number, in an order of the caller's; the caller frees it. NULL: no memory. */
size_t *judge_sorted(struct judge *judge,
                     int (*compare)(const void *a, const void *b, void *judge));

#endif
