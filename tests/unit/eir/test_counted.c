/*
 * What a desk is asked is counted and timed, by the clock that the eir was given; and who asks for
 * whom is seen.
 */
#include "eir/eir.h"

#include "tests/unit/ledger/scene.h"

static uint64_t time_ns;

/* Goes on by 300 ns whenever it is read. */
static uint64_t step_clock(void)
{
    time_ns += 300;
    return time_ns;
}

static void ask(struct eir_desk *desk, uint32_t serial, enum verdict expected)
{
    struct decision decision;
    struct question question = {.imei = imei_of(35000000, serial), .svn = IMEI_SVN_NONE};
    ck_assert(eir_ask(desk, &question, &decision));
    ck_assert_int_eq(decision.verdict, expected);
}

/* Blocks device 1 of TAC 35000000, which nobody has allocated. */
static void open_scene(struct scene *scene, uint64_t (*now_ns)(void), struct eir **eir)
{
    scene_open(scene, 1);
    struct item item = device_item(35000000, 1);
    assert_ok(scene_apply(scene, chain_speak(&scene->chain, 0, OP_BLOCK, &item, 1)).err);
    assert_ok(eir_open(&(struct eir_options){.ledger = scene->ledger, .now_ns = now_ns}, eir));
}

START_TEST(every_answer_is_counted_and_some_are_timed)
{
    struct scene scene;
    struct eir *eir;
    struct eir_desk *desk;
    struct metrics_sum sums[FACE_COUNT];
    open_scene(&scene, step_clock, &eir);
    assert_ok(eir_desk_open(eir, FACE_S13, &desk));
    for (int i = 0; i < LATENCY_EVERY; i++)
        ask(desk, 1, VERDICT_BLACK);
    ask(desk, 2, VERDICT_UNKNOWN);
    metrics_refused(eir_desk_metrics(desk), REFUSAL_OVERLOAD);
    eir_sum(eir, sums);
    ck_assert_uint_eq(sums[FACE_S13].verdicts[VERDICT_BLACK], LATENCY_EVERY);
    ck_assert_uint_eq(sums[FACE_S13].verdicts[VERDICT_UNKNOWN], 1);
    ck_assert_uint_eq(sums[FACE_S13].rules[RULE_TAC_UNKNOWN], 1);
    ck_assert_uint_eq(sums[FACE_S13].refusals[REFUSAL_OVERLOAD], 1);
    ck_assert_uint_eq(sums[FACE_S13].latency[LATENCY_500_NS], 2); /* of 300 ns each */
    ck_assert_uint_eq(sums[FACE_S13].latency_ns, 600);
    eir_desk_close(desk);
    eir_close(eir);
    scene_close(&scene);
}
END_TEST

START_TEST(without_a_clock_nothing_is_timed)
{
    struct scene scene;
    struct eir *eir;
    struct eir_desk *desk;
    struct metrics_sum sums[FACE_COUNT];
    open_scene(&scene, NULL, &eir);
    assert_ok(eir_desk_open(eir, FACE_API, &desk));
    ask(desk, 1, VERDICT_BLACK);
    eir_sum(eir, sums);
    ck_assert_uint_eq(sums[FACE_API].verdicts[VERDICT_BLACK], 1);
    for (size_t i = 0; i < LATENCY_BUCKETS; i++)
        ck_assert_uint_eq(sums[FACE_API].latency[i], 0);
    eir_desk_close(desk);
    eir_close(eir);
    scene_close(&scene);
}
END_TEST

/* ---- sightings ---- */

static void keep(void *context, const struct sighting *sighting)
{
    struct sighting *last = context;
    *last = *sighting;
}

START_TEST(a_subscriber_that_is_named_is_seen_and_a_question_without_one_is_not)
{
    static const struct siphash_key key = {{1}};
    struct scene scene;
    struct trays *trays;
    struct eir *eir;
    struct eir_desk *desk;
    struct eir_desk *person;
    struct decision decision;
    struct sighting last;
    struct question question = {.imei = imei_of(35000000, 1), .svn = IMEI_SVN_NONE};
    scene_open(&scene, 1);
    assert_ok(trays_open(&key, &trays));
    assert_ok(eir_open(&(struct eir_options){.ledger = scene.ledger, .trays = trays}, &eir));
    assert_ok(eir_desk_open(eir, FACE_N5G, &desk));
    ck_assert(eir_ask(desk, &question, &decision));
    ck_assert_uint_eq(trays_fetch(trays, keep, &last), 0);
    question.imsi = (struct imsi){"242010000000001"};
    ck_assert(eir_ask(desk, &question, &decision));
    ck_assert_uint_eq(trays_fetch(trays, keep, &last), 1);
    ck_assert_uint_eq(last.imei.value, question.imei.value);
    ck_assert_uint_eq(last.subscriber, sighting_of(&key, question.imei, &question.imsi).subscriber);
    assert_ok(eir_desk_open(eir, FACE_API, &person));
    ck_assert(eir_ask(person, &question, &decision)); /* nobody uses the device there */
    ck_assert_uint_eq(trays_fetch(trays, keep, &last), 0);
    eir_desk_close(person);
    eir_desk_close(desk);
    eir_close(eir);
    trays_close(trays);
    scene_close(&scene);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("counted");
    TCase *tcase = tcase_create("counted");
    tcase_add_test(tcase, every_answer_is_counted_and_some_are_timed);
    tcase_add_test(tcase, without_a_clock_nothing_is_timed);
    tcase_add_test(tcase, a_subscriber_that_is_named_is_seen_and_a_question_without_one_is_not);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
