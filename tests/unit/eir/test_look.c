/*
 * What is found by the index and what is found by LMDB: the same, at every height of a random
 * ledger.
 */
#include "eir/eir.h"
#include "eir/look.h"

#include "tests/unit/ledger/chatter.h"

enum { ROUNDS = 60 };

struct pair {
    struct scene scene;
    struct index *index;
    struct look *look;
};

static void pair_open(struct pair *pair)
{
    grace_thread_begin();
    scene_open(&pair->scene, 1);
    struct index_options options = {.ledger = pair->scene.ledger};
    assert_ok(index_open(&options, &pair->index));
    assert_ok(look_open(&pair->look));
}

static void pair_close(struct pair *pair)
{
    look_close(pair->look);
    index_close(pair->index);
    scene_close(&pair->scene);
    grace_thread_end();
}

static bool has(const struct found *found, const struct found_claim *claim)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct claim_class *a = found->claims[i].class;
        const struct claim_class *b = claim->class;
        if (a->kind == b->kind && a->reason == b->reason && a->organisation == b->organisation &&
            a->roles == b->roles && strcmp(a->name.text, b->name.text) == 0 &&
            strcmp(a->country.code, b->country.code) == 0 &&
            found->claims[i].is_range == claim->is_range)
            return true;
    }
    return false;
}

static size_t compare(struct pair *pair, struct imei imei)
{
    static struct found found;
    const struct found *a = &found;
    const struct found *b;
    grace_enter();
    ck_assert(index_find(pair->index, imei, &found));
    assert_ok(look_at(pair->look, pair->scene.view, imei, &b));
    ck_assert_uint_eq(a->height, b->height);
    ck_assert_uint_eq(a->time_ms, b->time_ms);
    ck_assert_int_eq(a->is_tac_known, b->is_tac_known);
    ck_assert_uint_eq(a->tac_time_ms, b->tac_time_ms);
    ck_assert(!a->is_cut && !b->is_cut);
    for (size_t i = 0; i < a->count; i++)
        ck_assert(has(b, &a->claims[i]));
    for (size_t i = 0; i < b->count; i++)
        ck_assert(has(a, &b->claims[i]));
    grace_leave();
    return found.count;
}

START_TEST(both_ways_find_the_same)
{
    struct pair pair;
    uint64_t seed = 11;
    size_t most = 0;
    pair_open(&pair);
    for (size_t i = 0; i < ROUNDS; i++) {
        struct block block = chatter_block(&pair.scene, &seed);
        apply_block(pair.scene.ledger, &block, NULL, NULL);
        assert_ok(view_refresh(pair.scene.view));
        for (uint32_t tac = CHATTER_TAC; tac <= CHATTER_TAC + CHATTER_TACS; tac++) {
            for (size_t k = 0; k < CHATTER_PLACES; k++) {
                size_t count = compare(&pair, imei_of(tac, chatter_places[k]));
                most = count > most ? count : most;
            }
        }
    }
    ck_assert_uint_gt(most, 5);
    pair_close(&pair);
}
END_TEST

/* One class, however many ranges. */
START_TEST(ranges_that_say_the_same_are_found_once)
{
    struct pair pair;
    const struct found *found;
    pair_open(&pair);
    for (uint32_t i = 0; i <= HISTORY_ROWS_MAX; i++) {
        struct item item = range_item(CHATTER_TAC, 5, 6 + i);
        scene_apply(&pair.scene, chain_speak(&pair.scene.chain, ALFA_ONE, OP_BLOCK, &item, 1));
    }
    ck_assert_uint_eq(compare(&pair, imei_of(CHATTER_TAC, 5)), 1);
    assert_ok(look_at(pair.look, pair.scene.view, imei_of(CHATTER_TAC, 5), &found));
    ck_assert_uint_eq(found->count, 1);
    pair_close(&pair);
}
END_TEST

enum { KINDS = 4, CROWD = STANDING_CLAIMS_MAX / (2 * KINDS) };

static const enum operation raises[KINDS] = {OP_BLOCK, OP_WATCH, OP_DUPLICATE, OP_REGISTER};

static void let_in(struct scene *scene, uint32_t from, uint32_t count)
{
    block_begin(&scene->chain);
    for (uint32_t i = from; i < from + count; i++)
        block_add(&scene->chain, chain_newcomer(&scene->chain, i));
    struct block block = block_end(&scene->chain, BLOCK_TRANSACTIONS);
    apply_block(scene->ledger, &block, NULL, NULL);
}

/* Each says all there is to say of a device, and of a range around it. */
static void speak(struct chain *chain, uint32_t number)
{
    const struct item items[] = {device_item(CHATTER_TAC, 5), range_item(CHATTER_TAC, 5, 6)};
    for (size_t k = 0; k < 2 * KINDS; k++) {
        struct bytes said = chain_newcomer_speaks(chain, number, raises[k / 2], &items[k % 2], 1);
        block_add(chain, said);
    }
}

static void let_speak(struct scene *scene, uint32_t from, uint32_t to)
{
    enum { AT_ONCE = 100 };
    while (from < to) {
        block_begin(&scene->chain);
        for (uint32_t left = AT_ONCE; left > 0 && from < to; left--)
            speak(&scene->chain, from++);
        struct block block = block_end(&scene->chain, BLOCK_TRANSACTIONS);
        apply_block(scene->ledger, &block, NULL, NULL);
    }
    assert_ok(view_refresh(scene->view));
}

/* Beyond what both can tell the index says so, and the look. */
START_TEST(what_a_crowd_says_is_found_up_to_the_bound)
{
    static struct found in_index;
    struct pair pair;
    const struct found *found;
    struct imei imei = imei_of(CHATTER_TAC, 5);
    pair_open(&pair);
    let_in(&pair.scene, 0, CROWD + 1);
    let_speak(&pair.scene, 0, 300);
    ck_assert_uint_eq(compare(&pair, imei), 300 * 2 * KINDS);
    let_speak(&pair.scene, 300, CROWD);
    assert_ok(look_at(pair.look, pair.scene.view, imei, &found));
    ck_assert_uint_eq(found->count, CROWD * 2 * KINDS);
    ck_assert(!found->is_cut);
    ck_assert_int_eq(found->claims[0].class->kind, CLAIM_BLOCK);
    ck_assert_int_eq(found->claims[found->count - 1].class->kind, CLAIM_REGISTERED);
    let_speak(&pair.scene, CROWD, CROWD + 1);
    assert_ok(look_at(pair.look, pair.scene.view, imei, &found));
    ck_assert_uint_eq(found->count, STANDING_CLAIMS_MAX);
    ck_assert(found->is_cut);
    grace_enter();
    ck_assert(!index_find(pair.index, imei, &in_index));
    grace_leave();
    pair_close(&pair);
}
END_TEST

/* What was found stays as it was until grace_leave(), whatever is written meanwhile. */
START_TEST(what_is_found_stays_until_the_reader_leaves)
{
    static struct found found;
    struct pair pair;
    struct item item = device_item(CHATTER_TAC, 5);
    pair_open(&pair);
    scene_apply(&pair.scene, chain_speak(&pair.scene.chain, ALFA_TWO, OP_BLOCK, &item, 1));
    grace_enter();
    ck_assert(index_find(pair.index, item.from, &found));
    struct chain *chain = &pair.scene.chain;
    struct statement statement = chain_statement(chain, ALFA_REGULATOR, OP_ORGANISATION);
    statement.organisation = chain->members[ALFA_TWO].name;
    statement.organisation_country = country_of("BB");
    statement.roles = ROLE_OPERATOR;
    scene_apply(&pair.scene, chain_sign(chain, ALFA_REGULATOR, &statement));
    ck_assert_str_eq(found.claims[0].class->country.code, "AA");
    ck_assert_uint_eq(found.height, 1);
    grace_leave();
    compare(&pair, item.from);
    pair_close(&pair);
}
END_TEST

/* ---- desks ---- */

/* Every answer to every place, of a desk with an index or of one without. */
static void ask_all(struct ledger *ledger, size_t bytes_max, struct decision *out)
{
    struct eir_options options = {.ledger = ledger, .index.bytes_max = bytes_max};
    struct eir *eir;
    struct eir_desk *desk;
    assert_ok(eir_open(&options, &eir));
    assert_ok(eir_desk_open(eir, FACE_N5G, &desk));
    ck_assert_int_eq(index_size(eir_index(eir)).has_given_up, bytes_max != 0);
    for (uint32_t tac = 0; tac <= CHATTER_TACS; tac++) {
        for (size_t k = 0; k < CHATTER_PLACES; k++) {
            struct question question = {.imei = imei_of(CHATTER_TAC + tac, chatter_places[k]),
                                        .svn = IMEI_SVN_NONE};
            ck_assert(eir_ask(desk, &question, out++));
        }
    }
    eir_desk_close(desk);
    eir_close(eir);
}

START_TEST(answers_are_the_same_without_an_index)
{
    enum { ANSWERS = (CHATTER_TACS + 1) * CHATTER_PLACES };
    static struct decision with[ANSWERS];
    static struct decision without[ANSWERS];
    bool is_met[VERDICT_UNKNOWN + 1] = {false};
    struct scene scene;
    uint64_t seed = 12;
    scene_open(&scene, 1);
    for (size_t i = 0; i < ROUNDS; i++) {
        struct block block = chatter_block(&scene, &seed);
        apply_block(scene.ledger, &block, NULL, NULL);
        ask_all(scene.ledger, 0, with);
        ask_all(scene.ledger, 1, without);
        for (size_t k = 0; k < ANSWERS; k++) {
            ck_assert_int_eq(with[k].verdict, without[k].verdict);
            ck_assert_int_eq(with[k].rule, without[k].rule);
            is_met[with[k].verdict] = true;
        }
    }
    ck_assert(is_met[VERDICT_BLACK] && is_met[VERDICT_GREY] && is_met[VERDICT_UNKNOWN]);
    scene_close(&scene);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("look");
    TCase *cases = tcase_create("look");
    tcase_set_timeout(cases, 100);
    tcase_add_test(cases, both_ways_find_the_same);
    tcase_add_test(cases, ranges_that_say_the_same_are_found_once);
    tcase_add_test(cases, what_a_crowd_says_is_found_up_to_the_bound);
    tcase_add_test(cases, what_is_found_stays_until_the_reader_leaves);
    tcase_add_test(cases, answers_are_the_same_without_an_index);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
