/*
 * What is asked at a desk is answered from the ledger, under the policy that was set last.
 */
#include "eir/eir.h"

#include "tests/unit/ledger/scene.h"

#include <pthread.h>
#include <stdatomic.h>

#define TAC    35000000u
#define DAY_MS UINT64_C(86400000)

static uint64_t wall_ms = 100 * DAY_MS;
static uint64_t monotonic_ms = 50000;

static uint64_t wall_clock(void)
{
    return wall_ms;
}

static uint64_t monotonic_clock(void)
{
    return monotonic_ms * 1000000;
}

struct place {
    struct scene scene;
    struct eir *eir;
    struct eir_desk *desk;
};

/* Device 1 is blocked by alfa-one, device 2 watched by bravo-one; devices 10 to 19 are blocked as a
 * range by alfa-regulator. Nobody allocated the TAC. */
static void place_open(struct place *place)
{
    struct chain *chain = &place->scene.chain;
    struct item one = device_item(TAC, 1);
    struct item two = device_item(TAC, 2);
    struct item range = range_item(TAC, 10, 19);
    scene_open(&place->scene, 1);
    assert_ok(scene_apply(&place->scene, chain_speak(chain, ALFA_ONE, OP_BLOCK, &one, 1)).err);
    assert_ok(scene_apply(&place->scene, chain_speak(chain, BRAVO_ONE, OP_WATCH, &two, 1)).err);
    assert_ok(
        scene_apply(&place->scene, chain_speak(chain, ALFA_REGULATOR, OP_BLOCK, &range, 1)).err);
    struct eir_options options = {
        .ledger = place->scene.ledger, .now_ns = monotonic_clock, .wall_ms = wall_clock};
    assert_ok(eir_open(&options, &place->eir));
    assert_ok(eir_desk_open(place->eir, FACE_API, &place->desk));
}

static void place_close(struct place *place)
{
    eir_desk_close(place->desk);
    eir_close(place->eir);
    scene_close(&place->scene);
}

static struct policy *policy_of(const char *text)
{
    struct policy *policy;
    struct complaint complaint;
    ck_assert_msg(policy_parse(bytes_of(text, strlen(text)), "/", &policy, &complaint) == ERR_OK,
                  "%s", complaint.text);
    return policy;
}

static struct question about(uint32_t serial, const char *imsi)
{
    struct question question = {.imei = imei_of(TAC, serial), .svn = IMEI_SVN_NONE};
    snprintf(question.imsi.digits, sizeof question.imsi.digits, "%s", imsi);
    return question;
}

/* By both ways to ask. */
static void answers(struct place *place, uint32_t serial, enum verdict verdict, enum rule rule)
{
    struct question question = about(serial, "262011234567890");
    struct decision decision;
    static struct grounds grounds;
    ck_assert(eir_ask(place->desk, &question, &decision));
    ck_assert_msg(decision.verdict == verdict && decision.rule == rule, "%u: %s by %s", serial,
                  verdict_word(decision.verdict), rule_word(decision.rule));
    assert_ok(view_refresh(place->scene.view));
    ck_assert(eir_ask_at(place->desk, place->scene.view, &question, &decision, &grounds));
    ck_assert_int_eq(decision.verdict, verdict);
    ck_assert_int_eq(grounds.rule, rule);
}

START_TEST(claims_of_the_ledger_decide)
{
    struct place place;
    place_open(&place);
    answers(&place, 1, VERDICT_BLACK, RULE_DEVICE);
    answers(&place, 2, VERDICT_GREY, RULE_DEVICE);
    answers(&place, 3, VERDICT_UNKNOWN, RULE_TAC_UNKNOWN);
    answers(&place, 9, VERDICT_UNKNOWN, RULE_TAC_UNKNOWN);
    answers(&place, 10, VERDICT_BLACK, RULE_RANGE);
    answers(&place, 19, VERDICT_BLACK, RULE_RANGE);
    answers(&place, 20, VERDICT_UNKNOWN, RULE_TAC_UNKNOWN);
    place_close(&place);
}
END_TEST

START_TEST(the_policy_set_last_decides)
{
    struct place place;
    place_open(&place);
    eir_set_policy(place.eir, policy_of("claims:\n- {organisation: alfa-one, means: grey}\n"
                                        "- {role: participant, means: black}\n"
                                        "- {country: AA, on: range, means: ignore}\n"
                                        "tac_unallocated: white\n"));
    answers(&place, 1, VERDICT_GREY, RULE_DEVICE);
    answers(&place, 2, VERDICT_BLACK, RULE_DEVICE);
    answers(&place, 10, VERDICT_WHITE, RULE_DEFAULT);
    eir_set_policy(place.eir, policy_of("watch: ignore\n"));
    answers(&place, 1, VERDICT_BLACK, RULE_DEVICE);
    answers(&place, 2, VERDICT_UNKNOWN, RULE_TAC_UNKNOWN);
    place_close(&place);
}
END_TEST

/* However many claims are passed over before it, the one that counts is found by both ways. */
START_TEST(a_claim_among_many_decides)
{
    enum { MANY = 300 };
    struct place place;
    struct item item = device_item(TAC, 30);
    place_open(&place);
    struct scene *scene = &place.scene;
    for (uint32_t i = 0; i < MANY; i++) {
        assert_ok(scene_apply(scene, chain_newcomer(&scene->chain, i)).err);
        struct bytes said = chain_newcomer_speaks(&scene->chain, i, OP_BLOCK, &item, 1);
        assert_ok(scene_apply(scene, said).err);
    }
    eir_set_policy(place.eir, policy_of("claims:\n- {organisation: bravo-one, means: black}\n"
                                        "- {organisation: newcomer-299, means: grey}\n"
                                        "- {country: AA, means: ignore}\n"
                                        "tac_unallocated: white\n"));
    answers(&place, 30, VERDICT_GREY, RULE_DEVICE);
    assert_ok(scene_apply(scene, chain_speak(&scene->chain, BRAVO_ONE, OP_BLOCK, &item, 1)).err);
    answers(&place, 30, VERDICT_BLACK, RULE_DEVICE);
    place_close(&place);
}
END_TEST

START_TEST(a_pair_opens_a_device_to_its_subscriber_alone)
{
    static const char text[] = "imei,imsi\n35000000000001,262011234567890\n";
    static const struct pairs_key key = {{7}};
    struct place place;
    struct complaint complaint;
    struct decision decision;
    place_open(&place);
    struct policy *policy = policy_of("block: black\n");
    assert_ok(pairs_import(bytes_of(text, sizeof text - 1), &key, &policy->pairs, &complaint));
    eir_set_policy(place.eir, policy);
    answers(&place, 1, VERDICT_WHITE, RULE_PAIR);
    answers(&place, 10, VERDICT_BLACK, RULE_RANGE);
    struct question question = about(1, "262011234567891");
    ck_assert(eir_ask(place.desk, &question, &decision));
    ck_assert_int_eq(decision.verdict, VERDICT_BLACK);
    question = about(1, "");
    ck_assert(eir_ask(place.desk, &question, &decision));
    ck_assert_int_eq(decision.verdict, VERDICT_BLACK);
    place_close(&place);
}
END_TEST

START_TEST(a_new_tac_has_its_days)
{
    struct place place;
    place_open(&place);
    eir_set_policy(place.eir, policy_of("tac_delay_days: {\"35\": 2}\n"));
    wall_ms = 100 * DAY_MS + 5;
    answers(&place, 3, VERDICT_WHITE, RULE_DEFAULT);
    answers(&place, 1, VERDICT_BLACK, RULE_DEVICE);
    wall_ms = 102 * DAY_MS - 1;
    answers(&place, 3, VERDICT_WHITE, RULE_DEFAULT);
    wall_ms = 102 * DAY_MS;
    answers(&place, 3, VERDICT_UNKNOWN, RULE_TAC_UNKNOWN);
    wall_ms = 90 * DAY_MS; /* a clock that was set back */
    answers(&place, 3, VERDICT_WHITE, RULE_DEFAULT);
    place_close(&place);
}
END_TEST

START_TEST(a_stale_node_says_what_it_is_set_to)
{
    struct place place;
    struct freshness fresh = {.height = 3, .time_ms = SCENE_TIME_MS, .fresh_at_ms = 50000};
    place_open(&place);
    ck_assert(eir_age_ms(place.eir) > 0); /* by the time of no block at all */
    ck_assert(!eir_is_stale(place.eir));
    eir_publish(place.eir, &fresh);
    eir_set_policy(place.eir, policy_of("stale_seconds: 10\nstale: grey\n"));
    monotonic_ms = 59999;
    answers(&place, 1, VERDICT_BLACK, RULE_DEVICE);
    ck_assert(!eir_is_stale(place.eir));
    monotonic_ms = 60000;
    answers(&place, 1, VERDICT_GREY, RULE_STALE);
    answers(&place, 3, VERDICT_GREY, RULE_STALE);
    ck_assert(eir_is_stale(place.eir));
    ck_assert_uint_eq(eir_age_ms(place.eir), 10000);
    fresh.fresh_at_ms = 60000;
    eir_publish(place.eir, &fresh);
    answers(&place, 1, VERDICT_BLACK, RULE_DEVICE);
    ck_assert_uint_eq(eir_freshness(place.eir).height, 3);
    place_close(&place);
}
END_TEST

START_TEST(without_a_state_nothing_is_answered)
{
    struct place place;
    struct decision decision;
    struct question question = about(1, "");
    place_open(&place);
    eir_publish(place.eir, &(struct freshness){.is_unable = true});
    ck_assert(!eir_ask(place.desk, &question, &decision));
    ck_assert_int_eq(decision.rule, RULE_FAILED);
    assert_ok(view_refresh(place.scene.view));
    ck_assert(!eir_ask_at(place.desk, place.scene.view, &question, &decision, NULL));
    eir_publish(place.eir, &(struct freshness){.is_unable = false});
    ck_assert(eir_ask(place.desk, &question, &decision));
    place_close(&place);
}
END_TEST

/* ---- readers that are never stopped ---- */

struct asker {
    struct eir *eir;
    _Atomic bool *is_over;
    size_t answers;
    size_t others; /* of neither policy */
};

static void *ask_on(void *context)
{
    struct asker *asker = context;
    struct eir_desk *desk;
    struct decision decision;
    struct question question = about(1, "262011234567890");
    assert_ok(eir_desk_open(asker->eir, FACE_S13, &desk));
    while (!atomic_load(asker->is_over) || asker->answers == 0) {
        ck_assert(eir_ask(desk, &question, &decision));
        asker->answers++;
        asker->others += decision.verdict != VERDICT_BLACK && decision.verdict != VERDICT_GREY;
    }
    eir_desk_close(desk);
    return NULL;
}

START_TEST(policies_change_under_readers_that_go_on)
{
    enum { ASKERS = 3, TURNS = 200 };
    struct place place;
    struct asker askers[ASKERS];
    pthread_t threads[ASKERS];
    _Atomic bool is_over = false;
    place_open(&place);
    for (size_t i = 0; i < ASKERS; i++) {
        askers[i] = (struct asker){place.eir, &is_over, 0, 0};
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_on, &askers[i]), 0);
    }
    for (size_t i = 0; i < TURNS; i++)
        eir_set_policy(place.eir, policy_of(i % 2 == 0 ? "block: grey\n" : "block: black\n"));
    atomic_store(&is_over, true);
    for (size_t i = 0; i < ASKERS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_uint_gt(askers[i].answers, 0);
        ck_assert_uint_eq(askers[i].others, 0);
    }
    answers(&place, 1, VERDICT_BLACK, RULE_DEVICE);
    place_close(&place);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("eir/eir");
    TCase *all = tcase_create("eir");
    tcase_set_timeout(all, 60);
    tcase_add_test(all, claims_of_the_ledger_decide);
    tcase_add_test(all, the_policy_set_last_decides);
    tcase_add_test(all, a_claim_among_many_decides);
    tcase_add_test(all, a_pair_opens_a_device_to_its_subscriber_alone);
    tcase_add_test(all, a_new_tac_has_its_days);
    tcase_add_test(all, a_stale_node_says_what_it_is_set_to);
    tcase_add_test(all, without_a_state_nothing_is_answered);
    tcase_add_test(all, policies_change_under_readers_that_go_on);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
