/*
 * What desks count adds up, whoever looks meanwhile and whichever desks are gone.
 */
#include "eir/metrics.h"

#include "tests/unit/ledger/scene.h"

#include <pthread.h>
#include <stdatomic.h>

#define DESKS 6

static const enum verdict verdicts[] = {VERDICT_WHITE, VERDICT_GREY, VERDICT_BLACK,
                                        VERDICT_UNKNOWN};

/* ---- against a model ---- */

struct desk {
    struct metrics_shard *shard; /* NULL: closed */
    enum face face;
    uint64_t connections;
};

/* As the table of bounds reads. */
static size_t bucket_of(uint64_t ns)
{
    static const uint64_t bounds[] = {
#define X(ns, seconds) (ns),
        LATENCY_TABLE(X)
#undef X
    };
    for (size_t i = 0; i < LATENCY_BOUNDS; i++) {
        if (ns <= bounds[i])
            return i;
    }
    return LATENCY_BOUNDS;
}

static void answer_once(struct desk *desk, struct metrics_sum *model, uint64_t *seed)
{
    struct decision decision = {.verdict = verdicts[chance_below(seed, 4)],
                                .rule = (enum rule)chance_below(seed, RULE_COUNT)};
    metrics_answered(desk->shard, &decision);
    model->rules[decision.rule]++;
    if (decision.rule != RULE_FAILED)
        model->verdicts[decision.verdict]++;
}

static void time_once(struct desk *desk, struct metrics_sum *model, uint64_t *seed)
{
    uint64_t ns = chance(seed) >> (30 + chance_below(seed, 30));
    metrics_timed(desk->shard, ns);
    model->latency[bucket_of(ns)]++;
    model->latency_ns += ns;
}

static void open_or_close(struct metrics *metrics, struct desk *desk, struct metrics_sum *model,
                          uint64_t *seed)
{
    if (desk->shard == NULL) {
        desk->face = (enum face)chance_below(seed, FACE_COUNT);
        assert_ok(metrics_shard_open(metrics, desk->face, &desk->shard));
        desk->connections = 0;
        model[desk->face].desks++;
        return;
    }
    metrics_shard_close(desk->shard);
    desk->shard = NULL;
    model[desk->face].desks--;
    model[desk->face].connections -= desk->connections;
}

static void step(struct metrics *metrics, struct desk *desk, struct metrics_sum *model,
                 uint64_t *seed)
{
    struct metrics_sum *own = &model[desk->face];
    uint64_t what = chance_below(seed, 20);
    if (desk->shard == NULL || what == 0) {
        open_or_close(metrics, desk, model, seed);
    } else if (what < 10) {
        answer_once(desk, own, seed);
    } else if (what < 14) {
        time_once(desk, own, seed);
    } else if (what < 17) {
        enum refusal refusal = (enum refusal)chance_below(seed, REFUSAL_COUNT);
        metrics_refused(desk->shard, refusal);
        own->refusals[refusal]++;
    } else {
        own->connections -= desk->connections;
        desk->connections = chance_below(seed, 1000);
        own->connections += desk->connections;
        metrics_connections(desk->shard, desk->connections);
    }
}

START_TEST(sums_are_those_of_a_model_whatever_opens_and_closes)
{
    uint64_t seed = 1;
    struct metrics *metrics;
    struct metrics_sum sums[FACE_COUNT];
    struct metrics_sum model[FACE_COUNT];
    struct desk desks[DESKS];
    memset(model, 0, sizeof model);
    memset(desks, 0, sizeof desks);
    assert_ok(metrics_open(&metrics));
    for (int i = 0; i < 20000; i++) {
        step(metrics, &desks[chance_below(&seed, DESKS)], model, &seed);
        if (i % 50 != 0)
            continue;
        metrics_sum(metrics, sums);
        ck_assert_mem_eq(sums, model, sizeof sums);
    }
    for (size_t i = 0; i < DESKS; i++)
        metrics_shard_close(desks[i].shard);
    metrics_close(metrics);
}
END_TEST

/* ---- one by one ---- */

START_TEST(a_state_that_cannot_be_read_is_no_verdict)
{
    struct metrics *metrics;
    struct metrics_shard *shard;
    struct metrics_sum sums[FACE_COUNT];
    struct decision failed = {.verdict = VERDICT_UNKNOWN, .rule = RULE_FAILED};
    assert_ok(metrics_open(&metrics));
    assert_ok(metrics_shard_open(metrics, FACE_GSUP, &shard));
    metrics_answered(shard, &failed);
    metrics_sum(metrics, sums);
    ck_assert_uint_eq(sums[FACE_GSUP].rules[RULE_FAILED], 1);
    ck_assert_uint_eq(sums[FACE_GSUP].verdicts[VERDICT_UNKNOWN], 0);
    metrics_shard_close(shard);
    metrics_close(metrics);
}
END_TEST

START_TEST(the_first_answer_is_timed_and_then_one_in_sixteen)
{
    struct metrics *metrics;
    struct metrics_shard *shard;
    struct decision white = {.verdict = VERDICT_WHITE, .rule = RULE_DEFAULT};
    int due = 0;
    assert_ok(metrics_open(&metrics));
    assert_ok(metrics_shard_open(metrics, FACE_N5G, &shard));
    ck_assert(metrics_is_due(shard));
    for (int i = 0; i < 160; i++) {
        due += metrics_is_due(shard) ? 1 : 0;
        metrics_answered(shard, &white);
    }
    ck_assert_int_eq(due, 160 / LATENCY_EVERY);
    metrics_shard_close(shard);
    metrics_close(metrics);
}
END_TEST

/* ---- threads ---- */

#define THREADS 3
#define ANSWERS 20000

static void *ask_much(void *context)
{
    struct metrics *metrics = context;
    struct metrics_shard *shard;
    struct decision white = {.verdict = VERDICT_WHITE, .rule = RULE_DEFAULT};
    for (int round = 0; round < 4; round++) {
        assert_ok(metrics_shard_open(metrics, FACE_S13, &shard));
        for (int i = 0; i < ANSWERS / 4; i++)
            metrics_answered(shard, &white);
        metrics_shard_close(shard);
    }
    return NULL;
}

START_TEST(nothing_is_lost_and_nothing_goes_back_while_others_count)
{
    pthread_t threads[THREADS];
    struct metrics *metrics;
    struct metrics_sum sums[FACE_COUNT];
    uint64_t last = 0;
    assert_ok(metrics_open(&metrics));
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_much, metrics), 0);
    for (int i = 0; i < 1000; i++) {
        metrics_sum(metrics, sums);
        ck_assert_uint_ge(sums[FACE_S13].verdicts[VERDICT_WHITE], last);
        last = sums[FACE_S13].verdicts[VERDICT_WHITE];
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    metrics_sum(metrics, sums);
    ck_assert_uint_eq(sums[FACE_S13].verdicts[VERDICT_WHITE], THREADS * ANSWERS);
    ck_assert_uint_eq(sums[FACE_S13].desks, 0);
    metrics_close(metrics);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("metrics");
    TCase *tcase = tcase_create("metrics");
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, sums_are_those_of_a_model_whatever_opens_and_closes);
    tcase_add_test(tcase, a_state_that_cannot_be_read_is_no_verdict);
    tcase_add_test(tcase, the_first_answer_is_timed_and_then_one_in_sixteen);
    tcase_add_test(tcase, nothing_is_lost_and_nothing_goes_back_while_others_count);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
