#include "eir/metrics.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Two lines: processors fetch lines in pairs. */
#define LINES_SIZE 128

struct metrics_shard {
    _Alignas(LINES_SIZE) struct metrics *metrics;
    struct metrics_shard *next;
    enum face face;
    _Atomic uint64_t asked; /* this and what follows: written by the desk's thread alone */
    _Atomic uint64_t connections;
    _Atomic uint64_t answers[RULE_COUNT][VERDICT_UNKNOWN + 1];
    _Atomic uint64_t refusals[REFUSAL_COUNT];
    _Atomic uint64_t latency[LATENCY_BUCKETS];
    _Atomic uint64_t latency_ns;
};

struct metrics {
    pthread_mutex_t mutex; /* of the list and of what is closed */
    struct metrics_shard *first;
    struct metrics_sum closed[FACE_COUNT];
};

static const uint64_t bounds_ns[LATENCY_BOUNDS] = {
#define X(ns, seconds) (ns),
    LATENCY_TABLE(X)
#undef X
};

const char *const latency_bounds[LATENCY_BOUNDS] = {
#define X(ns, seconds) (seconds),
    LATENCY_TABLE(X)
#undef X
};

const char *refusal_word(enum refusal refusal)
{
    static const char *const words[REFUSAL_COUNT] = {
#define X(name, word) [REFUSAL_##name] = (word),
        REFUSAL_TABLE(X)
#undef X
    };
    return words[refusal];
}

/* With one writer no locked instruction is needed. */
static void add(_Atomic uint64_t *to, uint64_t value)
{
    uint64_t before = atomic_load_explicit(to, memory_order_relaxed);
    atomic_store_explicit(to, before + value, memory_order_relaxed);
}

static uint64_t read_counter(const _Atomic uint64_t *from)
{
    return atomic_load_explicit(from, memory_order_relaxed);
}

bool metrics_is_due(const struct metrics_shard *shard)
{
    return read_counter(&shard->asked) % LATENCY_EVERY == 0;
}

void metrics_answered(struct metrics_shard *shard, const struct decision *decision)
{
    add(&shard->asked, 1);
    add(&shard->answers[decision->rule][decision->verdict], 1);
}

void metrics_timed(struct metrics_shard *shard, uint64_t elapsed_ns)
{
    size_t bucket = 0;
    while (bucket < LATENCY_BOUNDS && elapsed_ns > bounds_ns[bucket])
        bucket++;
    add(&shard->latency[bucket], 1);
    add(&shard->latency_ns, elapsed_ns);
}

void metrics_refused_many(struct metrics_shard *shard, enum refusal refusal, uint64_t count)
{
    add(&shard->refusals[refusal], count);
}

void metrics_refused(struct metrics_shard *shard, enum refusal refusal)
{
    metrics_refused_many(shard, refusal, 1);
}

void metrics_connections(struct metrics_shard *shard, uint64_t count)
{
    atomic_store_explicit(&shard->connections, count, memory_order_relaxed);
}

/* ---- sums ---- */

static void sum_answers(const struct metrics_shard *shard, struct metrics_sum *sum)
{
    for (size_t rule = 0; rule < RULE_COUNT; rule++) {
        for (size_t verdict = 0; verdict <= VERDICT_UNKNOWN; verdict++) {
            uint64_t count = read_counter(&shard->answers[rule][verdict]);
            sum->rules[rule] += count;
            if (rule != RULE_FAILED) /* that is no verdict */
                sum->verdicts[verdict] += count;
        }
    }
}

/* What only ever grows. */
static void sum_counters(const struct metrics_shard *shard, struct metrics_sum *sum)
{
    sum_answers(shard, sum);
    for (size_t i = 0; i < REFUSAL_COUNT; i++)
        sum->refusals[i] += read_counter(&shard->refusals[i]);
    for (size_t i = 0; i < LATENCY_BUCKETS; i++)
        sum->latency[i] += read_counter(&shard->latency[i]);
    sum->latency_ns += read_counter(&shard->latency_ns);
}

void metrics_sum(struct metrics *metrics, struct metrics_sum out[FACE_COUNT])
{
    pthread_mutex_lock(&metrics->mutex);
    memcpy(out, metrics->closed, sizeof metrics->closed);
    for (const struct metrics_shard *at = metrics->first; at != NULL; at = at->next) {
        sum_counters(at, &out[at->face]);
        out[at->face].desks++;
        out[at->face].connections += read_counter(&at->connections);
    }
    pthread_mutex_unlock(&metrics->mutex);
}

/* ---- life ---- */

enum err metrics_open(struct metrics **out)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);
    *out = metrics;
    if (metrics == NULL)
        return ERR_MEMORY;
    pthread_mutex_init(&metrics->mutex, NULL);
    return ERR_OK;
}

void metrics_close(struct metrics *metrics)
{
    if (metrics == NULL)
        return;
    pthread_mutex_destroy(&metrics->mutex);
    free(metrics);
}

enum err metrics_shard_open(struct metrics *metrics, enum face face, struct metrics_shard **out)
{
    struct metrics_shard *shard = aligned_alloc(LINES_SIZE, sizeof *shard);
    *out = shard;
    if (shard == NULL)
        return ERR_MEMORY;
    memset(shard, 0, sizeof *shard);
    shard->metrics = metrics;
    shard->face = face;
    pthread_mutex_lock(&metrics->mutex);
    shard->next = metrics->first;
    metrics->first = shard;
    pthread_mutex_unlock(&metrics->mutex);
    return ERR_OK;
}

void metrics_shard_close(struct metrics_shard *shard)
{
    if (shard == NULL)
        return;
    struct metrics *metrics = shard->metrics;
    pthread_mutex_lock(&metrics->mutex);
    struct metrics_shard **at = &metrics->first;
    while (*at != shard)
        at = &(*at)->next;
    *at = shard->next;
    sum_counters(shard, &metrics->closed[shard->face]);
    pthread_mutex_unlock(&metrics->mutex);
    free(shard);
}
