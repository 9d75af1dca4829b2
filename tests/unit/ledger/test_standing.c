/*
 * The claims of every height of random ledgers, asked for at the end, against what stood there when
 * it was the newest height.
 */
#include "ledger/standing.h"

#include "tests/unit/ledger/scene.h"

enum { TACS = 2, SERIALS = 5, SPANS = 4, HEIGHTS = 120, CLAIMS_MAX = 256, RUNS = 4 };

static const uint32_t spans[SPANS][2] = {{0, 1}, {0, 4}, {2, 3}, {0, IMEI_SERIALS - 1}};

struct told {
    size_t count;
    struct standing claims[CLAIMS_MAX];
};

static int order(const void *a, const void *b)
{
    const struct standing *x = a;
    const struct standing *y = b;
    if (x->item.from.value != y->item.from.value)
        return x->item.from.value < y->item.from.value ? -1 : 1;
    if (x->item.to.value != y->item.to.value)
        return x->item.to.value < y->item.to.value ? -1 : 1;
    if (x->organisation != y->organisation)
        return x->organisation < y->organisation ? -1 : 1;
    return (int)x->kind - (int)y->kind;
}

/* The rest of the walk. Devices come in order. */
static void take(struct standing_walk *walk, bool is_range, struct told *told)
{
    struct standing claim;
    uint64_t last = 0;
    while (standing_next(walk, &claim)) {
        ck_assert_uint_lt(told->count, CLAIMS_MAX);
        ck_assert_int_eq(item_is_range(&claim.item), is_range);
        if (!is_range)
            ck_assert_uint_ge(claim.item.from.value, last);
        last = claim.item.from.value;
        told->claims[told->count++] = claim;
    }
    assert_ok(standing_end(walk));
}

static void all_at(struct view *view, uint64_t place, struct told *told)
{
    struct standing_walk *walk;
    told->count = 0;
    for (uint32_t tac = 35000000; tac < 35000000 + TACS; tac++) {
        assert_ok(
            standing_devices(view, imei_of(tac, 0), imei_of(tac, IMEI_SERIALS - 1), place, &walk));
        take(walk, false, told);
        assert_ok(standing_ranges(view, tac, place, &walk));
        take(walk, true, told);
    }
    qsort(told->claims, told->count, sizeof told->claims[0], order);
}

static void assert_same(const struct told *a, const struct told *b)
{
    ck_assert_uint_eq(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        ck_assert_int_eq(order(&a->claims[i], &b->claims[i]), 0);
        ck_assert_uint_eq(a->claims[i].index, b->claims[i].index);
    }
}

/* What view_device() says of a device is what the walks say, at the newest height. */
static void assert_as_view(struct view *view, const struct told *told)
{
    static struct check_answer answer;
    for (uint32_t tac = 35000000; tac < 35000000 + TACS; tac++) {
        for (uint32_t serial = 0; serial < SERIALS; serial++) {
            struct imei imei = imei_of(tac, serial);
            size_t count = 0;
            for (size_t i = 0; i < told->count; i++)
                count += told->claims[i].item.from.value <= imei.value &&
                         told->claims[i].item.to.value >= imei.value;
            assert_ok(view_device(view, imei, &answer));
            ck_assert_uint_eq(answer.claim_count, count);
        }
    }
}

/* Something that one of the five who may says of some devices and ranges of one TAC. */
static struct bytes speak(struct scene *scene, uint64_t *seed)
{
    static const enum operation operations[] = {OP_BLOCK,   OP_UNBLOCK,   OP_WATCH,
                                                OP_UNWATCH, OP_DUPLICATE, OP_UNDUPLICATE,
                                                OP_UNBLOCK, OP_BLOCK};
    struct item items[2];
    size_t count = 1;
    uint32_t tac = 35000000 + (uint32_t)chance_below(seed, TACS);
    size_t member = chance_below(seed, ALLOCATOR);
    if (chance_below(seed, 3) == 0) {
        const uint32_t *span = spans[chance_below(seed, SPANS)];
        items[0] = range_item(tac, span[0], span[1]);
    } else {
        uint32_t serial = (uint32_t)chance_below(seed, SERIALS - 1);
        items[0] = device_item(tac, serial);
        items[1] = device_item(tac, serial + 1);
        count = 1 + chance_below(seed, 2);
    }
    return chain_speak(&scene->chain, member, operations[chance_below(seed, 8)], items, count);
}

struct past {
    uint64_t place;
    struct told told;
};

static void run(uint64_t seed)
{
    struct scene scene;
    struct past *past = calloc(HEIGHTS + 1, sizeof *past);
    struct told *again = calloc(1, sizeof *again);
    size_t most = 0;
    scene_open(&scene, 2);
    for (size_t height = 1; height <= HEIGHTS; height++) {
        size_t entries = 1 + chance_below(&seed, 3);
        scene.chain.time_ms += 1000;
        block_begin(&scene.chain);
        for (size_t i = 0; i < entries; i++)
            block_add(&scene.chain, speak(&scene, &seed));
        struct block block = block_end(&scene.chain, BLOCK_TRANSACTIONS);
        apply_block(scene.ledger, &block, NULL, NULL);
        assert_ok(view_refresh(scene.view));
        past[height].place = view_position(scene.view).transactions;
        all_at(scene.view, PLACE_NOW, &past[height].told);
        assert_as_view(scene.view, &past[height].told);
        most = past[height].told.count > most ? past[height].told.count : most;
    }
    ck_assert_uint_gt(most, 20);
    for (size_t height = 0; height <= HEIGHTS; height++) {
        uint64_t place;
        assert_ok(view_place(scene.view, height, &place));
        ck_assert_uint_eq(place, past[height].place);
        all_at(scene.view, place, again);
        assert_same(&past[height].told, again);
    }
    scene_close(&scene);
    free(past);
    free(again);
}

START_TEST(tells_every_height_as_it_was)
{
    run(UINT64_C(1000) + (uint64_t)_i);
}
END_TEST

START_TEST(place_above_the_newest_height_is_the_newest)
{
    struct scene scene;
    uint64_t place;
    uint64_t seed = 7;
    scene_open(&scene, 2);
    assert_ok(view_place(scene.view, 0, &place));
    ck_assert_uint_eq(place, 0);
    scene_apply(&scene, speak(&scene, &seed));
    assert_ok(view_place(scene.view, 1, &place));
    ck_assert_uint_eq(place, 1);
    assert_ok(view_place(scene.view, UINT64_MAX, &place));
    ck_assert_uint_eq(place, 1);
    scene_close(&scene);
}
END_TEST

START_TEST(devices_are_those_of_the_range_asked_about)
{
    struct scene scene;
    struct standing_walk *walk;
    struct standing claim;
    scene_open(&scene, 2);
    struct item items[SERIALS];
    for (uint32_t i = 0; i < SERIALS; i++)
        items[i] = device_item(35000000, i);
    struct bytes encoded = chain_speak(&scene.chain, ALFA_ONE, OP_BLOCK, items, SERIALS);
    assert_ok(scene_submit(&scene, encoded).err);
    assert_ok(
        standing_devices(scene.view, imei_of(35000000, 1), imei_of(35000000, 2), PLACE_NOW, &walk));
    for (uint32_t serial = 1; serial <= 2; serial++) {
        ck_assert(standing_next(walk, &claim));
        ck_assert_uint_eq(imei_serial(claim.item.from), serial);
    }
    ck_assert(!standing_next(walk, &claim));
    assert_ok(standing_end(walk));
    scene_close(&scene);
}
END_TEST

START_TEST(finds_the_tacs_that_have_claims)
{
    struct scene scene;
    uint32_t tac;
    scene_open(&scene, 2);
    assert_err(standing_tac(scene.view, 0, &tac), NOT_FOUND);
    struct item device = device_item(35000007, 3);
    struct item range = range_item(35000003, 3, 9);
    assert_ok(scene_submit(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_BLOCK, &device, 1)).err);
    assert_ok(scene_submit(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_BLOCK, &range, 1)).err);
    assert_ok(standing_tac(scene.view, 0, &tac));
    ck_assert_uint_eq(tac, 35000003);
    assert_ok(standing_tac(scene.view, 35000004, &tac));
    ck_assert_uint_eq(tac, 35000007);
    assert_err(standing_tac(scene.view, 35000008, &tac), NOT_FOUND);
    assert_err(standing_tac(scene.view, IMEI_TACS, &tac), NOT_FOUND);
    uint64_t count;
    assert_ok(standing_count(scene.view, &count));
    ck_assert_uint_eq(count, 2);
    scene_close(&scene);
}
END_TEST

/* All devices of the organisation, page after page. */
static size_t all_of(struct view *view, const struct standing_of *question,
                     struct standing_answer *answer, uint64_t *sum)
{
    struct standing_of next = *question;
    size_t count = 0;
    *sum = 0;
    do {
        assert_ok(view_standing_of(view, &next, answer));
        for (size_t i = 0; i < answer->count; i++) {
            ck_assert_uint_ge(answer->imeis[i].value, next.from.value);
            *sum += answer->imeis[i].value;
        }
        ck_assert(!answer->more || answer->next.value > next.from.value);
        count += answer->count;
        next.from = answer->next;
    } while (answer->more);
    return count;
}

enum { MANY = 60000, FEW = 3 };

START_TEST(tells_what_an_organisation_holds_page_by_page)
{
    struct scene scene;
    struct item *items = calloc(MANY, sizeof *items);
    struct standing_answer *answer = calloc(1, sizeof *answer);
    uint64_t sum;
    uint64_t right = 0;
    scene_open(&scene, 2);
    for (uint32_t i = 0; i < MANY; i++) {
        items[i] = device_item(35000000 + i / 30000, i * 3 % 1000000);
        right += items[i].from.value;
    }
    for (size_t member = ALFA_REGULATOR; member <= ALFA_TWO; member++)
        assert_ok(
            scene_apply(&scene, chain_speak(&scene.chain, member, OP_BLOCK, items, MANY)).err);
    struct statement statement = chain_statement(&scene.chain, ALFA_ONE, OP_BLOCK);
    statement.reason = REASON_FRAUD;
    struct item few[FEW];
    for (uint32_t i = 0; i < FEW; i++)
        few[i] = device_item(99999999, 999997 + i);
    chain_items(&scene.chain, &statement, few, FEW);
    assert_ok(scene_apply(&scene, chain_sign(&scene.chain, ALFA_ONE, &statement)).err);

    struct standing_of question = {ALFA_ONE + 1, CLAIM_BLOCK, REASON_STOLEN, {0}};
    ck_assert_uint_eq(all_of(scene.view, &question, answer, &sum), MANY);
    ck_assert_uint_eq(sum, right);
    question.reason = REASON_FRAUD;
    ck_assert_uint_eq(all_of(scene.view, &question, answer, &sum), FEW);
    question.reason = REASON_NONE;
    ck_assert_uint_eq(all_of(scene.view, &question, answer, &sum), MANY + FEW);
    question.kind = CLAIM_WATCH;
    ck_assert_uint_eq(all_of(scene.view, &question, answer, &sum), 0);
    question = (struct standing_of){BRAVO_ONE + 1, CLAIM_BLOCK, REASON_NONE, {0}};
    ck_assert_uint_eq(all_of(scene.view, &question, answer, &sum), 0);
    question =
        (struct standing_of){ALFA_ONE + 1, CLAIM_BLOCK, REASON_NONE, imei_of(99999999, 999998)};
    ck_assert_uint_eq(all_of(scene.view, &question, answer, &sum), FEW - 1);
    scene_close(&scene);
    free(items);
    free(answer);
}
END_TEST

START_TEST(says_when_and_why_a_claim_was_raised)
{
    struct scene scene;
    struct standing_facts facts;
    scene_open(&scene, 2);
    struct item device = device_item(35000007, 3);
    assert_ok(scene_submit(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_BLOCK, &device, 1)).err);
    assert_ok(view_standing_facts(scene.view, 0, &facts));
    ck_assert_uint_eq(facts.time_ms, scene.chain.time_ms);
    ck_assert_int_eq(facts.reason, REASON_STOLEN);
    assert_err(view_standing_facts(scene.view, 1, &facts), DAMAGED);
    scene_close(&scene);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("standing");
    TCase *tcase = tcase_create("standing");
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, tells_every_height_as_it_was, 0, RUNS);
    tcase_add_test(tcase, place_above_the_newest_height_is_the_newest);
    tcase_add_test(tcase, devices_are_those_of_the_range_asked_about);
    tcase_add_test(tcase, finds_the_tacs_that_have_claims);
    tcase_add_test(tcase, tells_what_an_organisation_holds_page_by_page);
    tcase_add_test(tcase, says_when_and_why_a_claim_was_raised);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
