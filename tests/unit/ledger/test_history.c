/*
 * Claims and events on devices and ranges, put into the tables as they are, and found again around
 * any device: against a walk over all of them.
 */
#include "ledger/history.h"

#include "tests/unit/ledger/scene.h"

#define FIRST_TAC  35000000u
#define TRACES     600
#define DEVICES    300
#define SERIAL_END 400

static struct scene scene;
static struct state state;
static struct trace claims[TRACES];
static struct trace events[TRACES];

static void open_state(void)
{
    scene_open(&scene, 1);
    assert_ok(state_begin(scene.ledger, true, &state));
}

static void close_state(void)
{
    txn_abort(&state.txn);
    scene_close(&scene);
}

/* Any width, anywhere in the TAC, but most near its beginning, where they overlap; and many on a
 * few devices. */
static struct item any_item(uint64_t *seed)
{
    uint32_t tac = FIRST_TAC + (uint32_t)chance_below(seed, 2);
    if (chance_below(seed, 3) == 0)
        return device_item(tac, (uint32_t)chance_below(seed, 4));
    uint32_t end = chance_below(seed, 4) == 0 ? IMEI_SERIALS : SERIAL_END;
    uint32_t from = (uint32_t)chance_below(seed, end);
    uint32_t reach = (uint32_t)(chance(seed) & ((UINT64_C(1) << chance_below(seed, 21)) - 1));
    uint32_t to = reach >= IMEI_SERIALS - from ? IMEI_SERIALS - 1 : from + reach;
    return chance_below(seed, 3) == 0 ? device_item(tac, from) : range_item(tac, from, to);
}

static void put_claim(const struct trace *claim)
{
    struct row key = item_key(&claim->item);
    struct row row = claim_pack(claim);
    struct table table = item_is_range(&claim->item) ? state.tables->spans : state.tables->claims;
    txn_add(&state.txn, table, row_view(&key), row_view(&row));
}

/* An index for each trace: no two of them have the same. */
static void put_traces(uint64_t *seed)
{
    for (size_t i = 0; i < TRACES; i++) {
        claims[i] = (struct trace){.item = any_item(seed),
                                   .organisation = (uint16_t)(1 + chance_below(seed, 500)),
                                   .kind = (enum claim_kind)(1 + chance_below(seed, 4)),
                                   .index = 2 * ((i * 7919) % TRACES)};
        events[i] = (struct trace){.item = any_item(seed),
                                   .organisation = (uint16_t)(1 + chance_below(seed, 500)),
                                   .index = 2 * ((i * 104729) % TRACES) + 1};
        put_claim(&claims[i]);
        event_add(&state, &events[i]);
    }
    assert_ok(state.txn.err);
}

static bool is_on(const struct trace *trace, struct imei imei)
{
    return trace->item.from.value <= imei.value && imei.value <= trace->item.to.value;
}

static int order_by_index(const void *a, const void *b)
{
    const struct trace *x = a;
    const struct trace *y = b;
    return (x->index > y->index) - (x->index < y->index);
}

static int order_by_kind(const void *a, const void *b)
{
    const struct trace *x = a;
    const struct trace *y = b;
    return x->kind != y->kind ? (int)x->kind - (int)y->kind : order_by_index(a, b);
}

static size_t all_on(struct imei imei, bool with_events, uint64_t first, struct trace *out)
{
    size_t count = 0;
    for (size_t i = 0; i < TRACES; i++) {
        if (is_on(&claims[i], imei) && claims[i].index >= first)
            out[count++] = claims[i];
        if (with_events && is_on(&events[i], imei) && events[i].index >= first)
            out[count++] = events[i];
    }
    return count;
}

static void assert_same(const struct traces *found, const struct trace *expected, size_t count)
{
    size_t told = count < found->capacity ? count : found->capacity;
    ck_assert_uint_eq(found->count, told);
    ck_assert_int_eq(found->more, count > told);
    for (size_t i = 0; i < told; i++) {
        ck_assert_uint_eq(found->list[i].trace.index, expected[i].index);
        ck_assert_uint_eq(found->list[i].trace.organisation, expected[i].organisation);
        ck_assert_uint_eq(found->list[i].trace.item.from.value, expected[i].item.from.value);
        ck_assert_uint_eq(found->list[i].trace.item.to.value, expected[i].item.to.value);
    }
}

static struct imei any_device(uint64_t *seed)
{
    static const uint32_t rims[] = {0, 3, IMEI_SERIALS - 2, IMEI_SERIALS - 1};
    uint32_t tac = FIRST_TAC + (uint32_t)chance_below(seed, 3);
    switch (chance_below(seed, 4)) {
    case 0: return imei_of(tac, (uint32_t)chance_below(seed, IMEI_SERIALS));
    case 1: return imei_of(tac, rims[chance_below(seed, 4)]);
    default: return imei_of(tac, (uint32_t)chance_below(seed, SERIAL_END));
    }
}

START_TEST(finds_all_claims_around_a_device_and_what_weighs_most_first)
{
    static struct trace expected[2 * TRACES];
    static struct traces found;
    uint64_t seed = 10 + (uint64_t)_i;
    put_traces(&seed);
    for (int i = 0; i < DEVICES; i++) {
        struct imei imei = any_device(&seed);
        size_t count = all_on(imei, false, 0, expected);
        qsort(expected, count, sizeof(expected[0]), order_by_kind);
        found.capacity = 1 + chance_below(&seed, 100);
        history_standing(&state, imei, &found);
        assert_ok(state.txn.err);
        assert_same(&found, expected, count);
        for (size_t k = 0; k < found.count; k++)
            ck_assert_int_eq(found.list[k].trace.kind, expected[k].kind);
    }
}
END_TEST

START_TEST(pages_of_any_size_tell_every_change_once_and_in_order)
{
    static struct trace expected[2 * TRACES];
    static struct traces page;
    uint64_t seed = 20 + (uint64_t)_i;
    put_traces(&seed);
    for (int i = 0; i < DEVICES; i++) {
        struct imei imei = any_device(&seed);
        uint64_t first = chance_below(&seed, 2) * chance_below(&seed, 2 * TRACES);
        size_t count = all_on(imei, true, first, expected);
        qsort(expected, count, sizeof(expected[0]), order_by_index);
        page.capacity = 1 + chance_below(&seed, 20);
        size_t at = 0;
        do {
            history_changes(&state, imei, first, &page);
            assert_ok(state.txn.err);
            assert_same(&page, expected + at, count - at);
            at += page.count;
            first = page.count > 0 ? page.list[page.count - 1].trace.index + 1 : first;
        } while (page.more);
        ck_assert_uint_eq(at, count);
    }
}
END_TEST

START_TEST(a_tac_full_of_narrow_ranges_gives_those_around_the_device)
{
    static struct traces found;
    found.capacity = 10;
    for (uint32_t from = 0; from + 1 < 20000; from += 2) {
        struct trace claim = {.item = range_item(FIRST_TAC, from, from + 1),
                              .organisation = 1,
                              .kind = CLAIM_BLOCK,
                              .index = from};
        put_claim(&claim);
    }
    struct trace whole = {.item = range_item(FIRST_TAC, 0, IMEI_SERIALS - 1),
                          .organisation = 2,
                          .kind = CLAIM_WATCH,
                          .index = 100000};
    put_claim(&whole);
    for (uint32_t serial = 0; serial < 20002; serial++) {
        history_standing(&state, imei_of(FIRST_TAC, serial), &found);
        ck_assert_uint_eq(found.count, serial < 20000 ? 2 : 1);
        ck_assert_uint_eq(found.list[0].trace.index, serial < 20000 ? serial - serial % 2 : 100000);
        ck_assert_uint_eq(found.list[found.count - 1].trace.index, 100000);
    }
    history_standing(&state, imei_of(FIRST_TAC - 1, 5), &found);
    ck_assert_uint_eq(found.count, 0);
    history_standing(&state, imei_of(FIRST_TAC + 1, 5), &found);
    ck_assert_uint_eq(found.count, 0);
}
END_TEST

/* A row that packing never makes, under a key, and what a walk over it says. */
static enum err meets(struct table table, struct row key, const char *bytes, size_t size)
{
    static struct traces found;
    found.capacity = 10;
    assert_ok(state_begin(scene.ledger, true, &state));
    txn_add(&state.txn, table, row_view(&key), bytes_of(bytes, size));
    assert_ok(state.txn.err);
    history_changes(&state, imei_of(FIRST_TAC, 5), 0, &found);
    enum err err = state.txn.err;
    txn_abort(&state.txn);
    return err;
}

START_TEST(says_so_when_a_row_is_damaged)
{
    struct row tac = tac_key(FIRST_TAC);
    struct row wide = span_key(FIRST_TAC, SPAN_WIDTH_MAX + 1);
    struct row narrow = span_key(FIRST_TAC, 3);
    struct row none = span_key(FIRST_TAC, 0);
    txn_abort(&state.txn);
    assert_err(meets(state.tables->claims, tac, "\0\0\5\0\1\x09\0\0\0\0\1", 11), DAMAGED);
    assert_err(meets(state.tables->events, tac, "\0\0\5\0\0\0\0\1", 8), DAMAGED);
    assert_err(meets(state.tables->spans, wide, "\0\0\5\0\0\6\0\1\1\0\0\0\0\1", 14), DAMAGED);
    assert_err(meets(state.tables->spans, none, "\0\0\5\0\0\6\0\1\1\0\0\0\0\1", 14), OK);
    assert_err(meets(state.tables->spans, narrow, "\0\0\5\xff\0\6\0\1\1\0\0\0\0\1", 14), DAMAGED);
    assert_err(meets(state.tables->spans, narrow, "\0\0\5\0\0\6\0\1\x09\0\0\0\0\1", 14), DAMAGED);
    assert_err(meets(state.tables->spans, tac, "\0\0\5\0\0\6\0\1\1\0\0\0\0\1", 14), OK);
    assert_err(meets(state.tables->span_events, narrow, "\0\0\5\0\0\6\0\0\0\0\1\0", 12), DAMAGED);
    assert_ok(state_begin(scene.ledger, true, &state));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/history");
    TCase *all = tcase_create("history");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, open_state, close_state);
    tcase_add_loop_test(all, finds_all_claims_around_a_device_and_what_weighs_most_first, 0, 10);
    tcase_add_loop_test(all, pages_of_any_size_tell_every_change_once_and_in_order, 0, 10);
    tcase_add_test(all, a_tac_full_of_narrow_ranges_gives_those_around_the_device);
    tcase_add_test(all, says_so_when_a_row_is_damaged);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
