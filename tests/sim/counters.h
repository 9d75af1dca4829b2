/*
 * counters.h: what a run has exercised, so that a batch cannot pass without having tested anything.
 */
#ifndef TESTS_SIM_COUNTERS_H
#define TESTS_SIM_COUNTERS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* X(name, words): of the cluster */
#define COUNTER_CLUSTER_TABLE(X)                                                                   \
    X(EVENTS, "events")                                                                            \
    X(STEPS, "steps of a core")                                                                    \
    X(TWINS, "steps repeated on a copy of the core")                                               \
    X(MESSAGES, "messages sent")                                                                   \
    X(LOST, "messages lost")                                                                       \
    X(DUPLICATED, "messages duplicated")                                                           \
    X(OVERTAKEN, "messages overtaken by a later one")                                              \
    X(STRANGE, "messages without sense")                                                           \
    X(SET_BACK, "heartbeats that an older copy of a disk stops at")                                \
    X(NOT_SET_BACK, "heartbeats that an older copy of a disk has all of")                          \
    X(ELECTIONS, "elections won")                                                                  \
    X(ELECTIONS_NO_VOTER, "elections of a node that is no voter by its own log")                   \
    X(PRE_VOTES_REFUSED, "pre-votes refused")                                                      \
    X(VOTES_REFUSED, "votes refused")                                                              \
    X(RESIGNATIONS, "leaders that resigned for want of a quorum")                                  \
    X(RIVALS, "elections while another node still led")                                            \
    X(BLOCKS, "blocks proposed")                                                                   \
    X(COMMITTED, "blocks committed")                                                               \
    X(ACKNOWLEDGED, "writes acknowledged to a client")                                             \
    X(BUSY, "proposals refused: busy")                                                             \
    X(BUSY_FULL, "proposals refused: too many above the commit index")                             \
    X(LOG_CUTS, "logs cut")                                                                        \
    X(APPENDS_REFUSED, "appends refused")                                                          \
    X(FROM_DISK, "appends filled from the disk")                                                   \
    X(RING_ROUNDS, "logs longer than the ring")                                                    \
    X(WINDOWS_FULL, "windows filled in bytes or messages")                                         \
    X(READS, "reads answered")                                                                     \
    X(READS_REFUSED, "reads refused at once")                                                      \
    X(READS_DENIED, "reads taken and then denied")                                                 \
    X(CRASHES, "crashes")                                                                          \
    X(TORN, "steps torn by a crash or a cut")                                                      \
    X(WRITES_LOST, "crashes that lost queued writes")                                              \
    X(WRITES_KEPT, "crashes that kept queued writes")                                              \
    X(WRITES_SPLIT, "crashes that kept some queued writes and lost others")                        \
    X(RESTARTS, "restarts")                                                                        \
    X(POWER_LOSSES, "losses of power, all nodes at once")                                          \
    X(PAUSES, "pauses")                                                                            \
    X(CUTS, "links cut one way")                                                                   \
    X(ISOLATIONS, "nodes isolated")                                                                \
    X(SPLITS, "splits in two")                                                                     \
    X(FLAPS, "flapping links")                                                                     \
    X(SLOW_DISKS, "slow disks")                                                                    \
    X(SKEWS, "clocks that changed their rate")                                                     \
    X(STRIKES, "strikes at a chosen moment")                                                       \
    X(LEARNERS, "learners added")                                                                  \
    X(PROMOTIONS, "learners promoted")                                                             \
    X(DEMOTIONS, "voters demoted")                                                                 \
    X(REMOVALS, "members removed")                                                                 \
    X(RENEWALS, "machines wiped and come back under a fresh id")                                   \
    X(MEMBERS_REFUSED, "changes of members refused: one at a time")                                \
    X(NONSENSE_REFUSED, "changes of members refused: they make no sense")                          \
    X(EARLY_REFUSED, "proposals refused: before the no-op")                                        \
    X(MEMBERS_UNDONE, "changes of members overwritten before they were committed")                 \
    X(TRANSFERS, "transfers begun")                                                                \
    X(TRANSFERS_REFUSED, "transfers refused")                                                      \
    X(TRANSFERS_DONE, "campaigns because the leader asked")                                        \
    X(MINORITIES, "recoveries without a minority")                                                 \
    X(CALMS, "calm phases that converged")

/* X(name, words): of blocks that are large, which a ledger's are not: in worlds without */
#define COUNTER_LARGE_TABLE(X)                                                                     \
    X(BIG_BLOCKS, "blocks of half the largest size or more")                                       \
    X(BUSY_BYTES, "proposals refused: too many bytes above the commit index")

/* X(name, words): of the ledgers, in worlds that have them */
#define COUNTER_LEDGER_TABLE(X)                                                                    \
    X(BATCHES, "batches of blocks committed to a ledger")                                          \
    X(BATCHES_LARGE, "batches of several blocks")                                                  \
    X(BATCHES_LOST, "batches that a crash gave up")                                                \
    X(COMMITS_UNDONE, "commits of a ledger that a crash undid")                                    \
    X(REPLAYED, "starts with a ledger behind the log's commit index")                              \
    X(TX_OK, "transactions applied")                                                               \
    X(TX_REFUSED, "transactions refused by other rules than the next")                             \
    X(TX_DUPLICATE, "transactions refused: duplicate")                                             \
    X(TX_NUMBER_TAKEN, "transactions refused: number taken")                                       \
    X(TX_EXPIRED, "transactions refused: expired")                                                 \
    X(TX_NOT_YET, "transactions refused: not yet")                                                 \
    X(TX_FORGED, "transactions refused: bad signature")                                            \
    X(TX_TRUNCATED, "transactions refused: truncated")                                             \
    X(TX_UNKNOWN_KEY, "transactions refused: unknown key")                                         \
    X(TX_REVOKED_KEY, "transactions refused: revoked key")                                         \
    X(TX_TOLD, "statements whose place a submitter was told")                                      \
    X(WANTS, "statements about nodes that an operator needed")                                     \
    X(AUDITS, "audits")                                                                            \
    X(COMPARED, "ledgers compared with the auditor's, row by row")

#define COUNTER_TABLE(X)                                                                           \
    COUNTER_CLUSTER_TABLE(X)                                                                       \
    COUNTER_LARGE_TABLE(X)                                                                         \
    COUNTER_LEDGER_TABLE(X)

enum counter {
#define X(name, words) COUNTER_##name,
    COUNTER_TABLE(X)
#undef X
        COUNTER_COUNT
};

struct counters {
    uint64_t value[COUNTER_COUNT];
};

static inline void counters_count(struct counters *counters, enum counter counter)
{
    counters->value[counter]++;
}

void counters_add(struct counters *sum, const struct counters *other);
/* What can happen in worlds with ledgers, or without. */
void counters_print(const struct counters *counters, bool with_ledgers, FILE *out);

/* Names what never happened; false when there was any such thing. */
bool counters_all_happened(const struct counters *counters, bool with_ledgers, FILE *out);

#endif
