/*
 * metrics.h: what the desks of a node have answered, counted without a lock.
 *
 * Each desk has a shard of its own, in cache lines of its own, that only its thread writes. Whoever
 * wants to know sums them up; what closed desks have counted stays in the sums, so that these never
 * go back. A sum taken meanwhile may miss the last questions, and no more.
 */
#ifndef EIR_METRICS_H
#define EIR_METRICS_H

#include "eir/decision.h"
#include "eir/question.h"

/* X(name, word): why a question has got no verdict, as its front end says. What RULE_FAILED means
 * is counted with the rules. */
#define REFUSAL_TABLE(X)                                                                           \
    X(OVERLOAD, "overload")   /* too many at once */                                               \
    X(MALFORMED, "malformed") /* not as the interface has it */                                    \
    X(DENIED, "denied")       /* who asks may not */

enum refusal {
#define X(name, word) REFUSAL_##name,
    REFUSAL_TABLE(X)
#undef X
        REFUSAL_COUNT
};

const char *refusal_word(enum refusal refusal);

/* X(bound in ns, the same in seconds as OpenMetrics has it): each answer counts under the first
 * bound that it does not pass, or under none of them. */
#define LATENCY_TABLE(X)                                                                           \
    X(100, "1e-07")                                                                                \
    X(250, "2.5e-07")                                                                              \
    X(500, "5e-07")                                                                                \
    X(1000, "1e-06")                                                                               \
    X(2500, "2.5e-06")                                                                             \
    X(5000, "5e-06")                                                                               \
    X(10000, "1e-05")                                                                              \
    X(25000, "2.5e-05")                                                                            \
    X(50000, "5e-05")                                                                              \
    X(100000, "0.0001")                                                                            \
    X(250000, "0.00025")                                                                           \
    X(1000000, "0.001")                                                                            \
    X(10000000, "0.01")                                                                            \
    X(100000000, "0.1")                                                                            \
    X(1000000000, "1.0")

enum latency_bound {
#define X(ns, seconds) LATENCY_##ns##_NS,
    LATENCY_TABLE(X)
#undef X
        LATENCY_BOUNDS,
    LATENCY_BUCKETS, /* one more, for what passes every bound */
};

extern const char *const latency_bounds[LATENCY_BOUNDS]; /* in seconds */

/* One question in so many is timed, the first one of a desk included: two readings of the clock
 * take a third of what an answer takes. A power of two. */
#define LATENCY_EVERY 16

/* Of one interface. */
struct metrics_sum {
    uint64_t desks; /* open now */
    uint64_t connections;
    uint64_t verdicts[VERDICT_UNKNOWN + 1]; /* by enum verdict */
    uint64_t rules[RULE_COUNT];
    uint64_t refusals[REFUSAL_COUNT];
    uint64_t latency[LATENCY_BUCKETS];
    uint64_t latency_ns; /* of all that were timed */
};

struct metrics;
struct metrics_shard;

enum err metrics_open(struct metrics **out) must_check;
/* All shards are closed before. NULL is allowed. */
void metrics_close(struct metrics *metrics);

enum err metrics_shard_open(struct metrics *metrics, enum face face,
                            struct metrics_shard **out) must_check;
void metrics_shard_close(struct metrics_shard *shard); /* NULL is allowed */

/* ---- on the thread of the shard's desk ---- */

/* Whether the next answer is to be timed. */
bool metrics_is_due(const struct metrics_shard *shard);
void metrics_answered(struct metrics_shard *shard, const struct decision *decision);
void metrics_timed(struct metrics_shard *shard, uint64_t elapsed_ns);
void metrics_refused(struct metrics_shard *shard, enum refusal refusal);
void metrics_refused_many(struct metrics_shard *shard, enum refusal refusal, uint64_t count);
/* How many connections the desk's front end has now. */
void metrics_connections(struct metrics_shard *shard, uint64_t count);

/* ---- any thread ---- */

void metrics_sum(struct metrics *metrics, struct metrics_sum out[FACE_COUNT]);

#endif
