/*
 * Shelves changed by chance, against a table of who said what of which serial.
 */
#include "eir/shelf.h"

#include "tests/unit/eir/making.h"

enum { SERIALS = 4096, ORGANISATIONS = 5, BATCHES = 50, BATCH_MAX = 900 };

/* By organisation and serial: the reason of its block, 0 when there is none. */
struct table {
    uint8_t blocks[ORGANISATIONS][SERIALS];
};

static uint32_t serial_at(uint32_t place)
{
    return 1 + place * 200 + place % 7;
}

static size_t claims_in(const struct table *table)
{
    size_t count = 0;
    for (size_t i = 0; i < ORGANISATIONS; i++)
        for (size_t k = 0; k < SERIALS; k++)
            count += table->blocks[i][k] != 0;
    return count;
}

static void say(struct making *making, struct table *table, uint32_t place, uint16_t organisation,
                uint64_t *seed)
{
    uint8_t *block = &table->blocks[organisation - 1][place];
    struct change change = {.kind = *block != 0 ? CHANGE_LIFTED : CHANGE_RAISED,
                            .item = device_item(1, serial_at(place)),
                            .organisation = organisation,
                            .claim = CLAIM_BLOCK,
                            .reason = chance_below(seed, 2) == 0 ? REASON_STOLEN : REASON_FRAUD};
    *block = *block != 0 ? 0 : (uint8_t)change.reason;
    assert_ok(notes_add(&making->notes, &change));
}

/* Mostly around one place, and with a lean: fuller, emptier. */
static void fill_batch(struct making *making, struct table *table, uint64_t *seed)
{
    uint32_t around = (uint32_t)chance_below(seed, SERIALS);
    uint32_t reach = 1 + (uint32_t)chance_below(seed, 2000);
    bool is_rising = chance_below(seed, 5) < 3;
    for (uint64_t left = 1 + chance_below(seed, BATCH_MAX); left > 0; left--) {
        uint32_t place = (around + (uint32_t)chance_below(seed, reach)) % SERIALS;
        uint16_t organisation = 1 + (uint16_t)chance_below(seed, ORGANISATIONS);
        bool stands = table->blocks[organisation - 1][place] != 0;
        if (stands != is_rising || chance_below(seed, 10) == 0)
            say(making, table, place, organisation, seed);
    }
}

/* One assertion for all places: each writes to a file. */
static bool device_is_right(const struct making *making, const struct table *table, uint32_t place)
{
    size_t count = 0;
    size_t expected = 0;
    const uint32_t *rows = shelf_find(making->shelf, serial_at(place), &count);
    for (size_t i = 0; i < count; i++) {
        const struct claim_class *class =
            classes_row(&making->workshop.classes, row_class(rows[i]));
        if (class->kind != CLAIM_BLOCK ||
            class->reason != table->blocks[class->organisation - 1][place])
            return false;
    }
    for (size_t i = 0; i < ORGANISATIONS; i++)
        expected += table->blocks[i][place] != 0;
    size_t beside;
    shelf_find(making->shelf, serial_at(place) + 1, &beside);
    return count == expected && beside == 0;
}

static void assert_right(const struct making *making, const struct table *table)
{
    uint32_t place = 0;
    while (place < SERIALS && device_is_right(making, table, place))
        place++;
    ck_assert_uint_eq(place, SERIALS);
}

/* Rows ascend, and no device is in two leaves. */
static size_t misplaced_rows(const struct leaf *leaf, uint32_t *last)
{
    size_t count = leaf->first != row_place(leaf->rows[0]) || leaf->first <= row_place(*last);
    for (size_t i = 0; i < leaf->count; i++) {
        count += i > 0 && leaf->rows[i] <= *last;
        *last = leaf->rows[i];
    }
    return count;
}

static void assert_sound(const struct shelf *shelf)
{
    uint32_t last = 0; /* no place has serial 0 */
    for (size_t i = 0; i < shelf->leaf_count; i++) {
        const struct leaf *leaf = &shelf->leaves[i];
        ck_assert_uint_ge(leaf->count, 1);
        ck_assert_uint_lt(leaf->count, LEAF_ROWS_MAX + ORGANISATIONS);
        ck_assert_uint_eq(misplaced_rows(leaf, &last), 0);
    }
}

static size_t shelf_rows(const struct shelf *shelf)
{
    size_t count = 0;
    for (size_t i = 0; i < shelf->leaf_count; i++)
        count += shelf->leaves[i].count;
    return count;
}

static void play(uint64_t seed)
{
    struct making *making = making_open(ORGANISATIONS);
    struct table *table = calloc(1, sizeof *table);
    size_t most_leaves = 0;
    for (size_t i = 0; i < BATCHES; i++) {
        fill_batch(making, table, &seed);
        if (making->notes.count == 0)
            continue;
        assert_ok(making_change(making));
        assert_sound(making->shelf);
        ck_assert_uint_eq(shelf_rows(making->shelf), claims_in(table));
        assert_right(making, table);
        most_leaves =
            making->shelf->leaf_count > most_leaves ? making->shelf->leaf_count : most_leaves;
    }
    ck_assert_uint_gt(most_leaves, 6);
    free(table);
    making_close(making);
}

START_TEST(has_what_was_raised_and_not_lifted)
{
    for (uint64_t seed = 1; seed <= 2; seed++)
        play(seed);
}
END_TEST

/* ---- what a change costs ---- */

static void raise(struct making *making, uint32_t from, uint32_t to, uint32_t step)
{
    for (uint32_t serial = from; serial < to; serial += step) {
        struct change change = {.kind = CHANGE_RAISED,
                                .item = device_item(1, serial),
                                .organisation = 1,
                                .claim = CLAIM_BLOCK,
                                .reason = REASON_STOLEN};
        assert_ok(notes_add(&making->notes, &change));
    }
    assert_ok(making_change(making));
}

START_TEST(one_device_more_leaves_all_leaves_but_one)
{
    struct making *making = making_open(1);
    raise(making, 0, 1000000, 10);
    const struct shelf *before = making->shelf;
    ck_assert_uint_gt(before->leaf_count, 90);
    const uint32_t *leaves[200];
    size_t count = before->leaf_count;
    for (size_t i = 0; i < count; i++)
        leaves[i] = before->leaves[i].rows;
    raise(making, 500005, 500006, 1);
    size_t shared = 0;
    for (size_t i = 0; i < making->shelf->leaf_count; i++)
        for (size_t k = 0; k < count; k++)
            shared += making->shelf->leaves[i].rows == leaves[k];
    ck_assert_uint_eq(shared, count - 1);
    ck_assert_uint_eq(shelf_rows(making->shelf), 100001);
    making_close(making);
}
END_TEST

START_TEST(few_claims_take_few_bytes)
{
    struct making *making = making_open(1);
    size_t empty = making->workshop.heap.bytes;
    raise(making, 0, 1, 1);
    heap_settle(&making->workshop.heap);
    ck_assert_uint_lt(making->workshop.heap.bytes - empty, 256);
    raise(making, 1, 1000000, 10);
    heap_settle(&making->workshop.heap);
    ck_assert_uint_lt(making->workshop.heap.bytes - empty, 430000);
    making_close(making);
}
END_TEST

/* A device is never parted: more classes than a leaf has rows. */
START_TEST(a_device_stays_in_one_leaf)
{
    enum { SPEAKERS = 1500 };
    struct making *making = making_open(SPEAKERS);
    raise(making, 0, 2000, 2);
    for (uint16_t i = 1; i <= SPEAKERS; i++) {
        struct change change = {.kind = CHANGE_RAISED,
                                .item = device_item(1, 1001),
                                .organisation = i,
                                .claim = CLAIM_DUPLICATE};
        assert_ok(notes_add(&making->notes, &change));
    }
    assert_ok(making_change(making));
    size_t count;
    shelf_find(making->shelf, 1001, &count);
    ck_assert_uint_eq(count, SPEAKERS);
    shelf_find(making->shelf, 1000, &count);
    ck_assert_uint_eq(count, 1);
    shelf_find(making->shelf, 1002, &count);
    ck_assert_uint_eq(count, 1);
    making_close(making);
}
END_TEST

START_TEST(the_last_word_on_the_tac_counts)
{
    struct making *making = making_open(1);
    for (uint64_t i = 1; i <= 3; i++) {
        struct change change = {.kind = CHANGE_TAC, .tac = 1, .time_ms = 1000 * i};
        assert_ok(notes_add(&making->notes, &change));
    }
    assert_ok(making_change(making));
    ck_assert(making->shelf->is_tac_known);
    ck_assert_uint_eq(making->shelf->tac_time_ms, 3000);
    raise(making, 5, 6, 1);
    ck_assert(making->shelf->is_tac_known);
    ck_assert_uint_eq(making->shelf->tac_time_ms, 3000);
    making_close(making);
}
END_TEST

/* ---- what does not fit ---- */

START_TEST(a_lift_of_what_does_not_stand_is_damage)
{
    struct making *making = making_open(2);
    struct change lift = {
        .kind = CHANGE_LIFTED, .item = device_item(1, 5), .organisation = 2, .claim = CLAIM_BLOCK};
    raise(making, 5, 6, 1);
    size_t bytes = making->workshop.heap.bytes;
    assert_ok(notes_add(&making->notes, &lift));
    assert_err(making_change(making), DAMAGED);
    lift.organisation = 1;
    lift.claim = CLAIM_WATCH;
    assert_ok(notes_add(&making->notes, &lift));
    assert_err(making_change(making), DAMAGED);
    lift.item = range_item(1, 5, 6);
    lift.claim = CLAIM_BLOCK;
    assert_ok(notes_add(&making->notes, &lift));
    assert_err(making_change(making), DAMAGED);
    lift.item = device_item(1, 5);
    assert_ok(notes_add(&making->notes, &lift));
    ck_assert_uint_eq(making->workshop.heap.bytes, bytes);
    assert_ok(making_change(making));
    ck_assert_uint_eq(making->shelf->leaf_count, 0);
    making_close(making);
}
END_TEST

START_TEST(a_claim_of_nobody_is_damage)
{
    struct making *making = making_open(2);
    static const uint16_t nobodies[] = {0, 3, 1000};
    for (size_t i = 0; i < 3; i++) {
        struct change change = {.kind = CHANGE_RAISED,
                                .item = device_item(1, 5),
                                .organisation = nobodies[i],
                                .claim = CLAIM_BLOCK};
        assert_ok(notes_add(&making->notes, &change));
        assert_err(making_change(making), DAMAGED);
    }
    making_close(making);
}
END_TEST

/* Whatever the heap cannot give: nothing is left behind, and with room it goes on. */
START_TEST(without_memory_all_is_as_before)
{
    struct making *making = making_open(1);
    raise(making, 0, 30000, 10);
    size_t failures = 0;
    for (size_t room = 0;; room += 256) {
        heap_settle(&making->workshop.heap);
        size_t bytes = making->workshop.heap.bytes;
        const struct shelf *before = making->shelf;
        for (uint32_t i = 0; i < 2500; i++) {
            struct change change = {.kind = CHANGE_RAISED,
                                    .item = i % 2 == 0 ? device_item(1, 10 * i + 1)
                                                       : range_item(1, i, i + 5),
                                    .organisation = 1,
                                    .claim = CLAIM_BLOCK,
                                    .reason = REASON_STOLEN};
            assert_ok(notes_add(&making->notes, &change));
        }
        making->workshop.heap.bytes_max = bytes + room;
        enum err err = making_change(making);
        making->workshop.heap.bytes_max = 0;
        if (err == ERR_OK)
            break;
        ck_assert_str_eq(err_name(err), "MEMORY");
        heap_settle(&making->workshop.heap);
        ck_assert_uint_eq(making->workshop.heap.bytes, bytes);
        ck_assert_ptr_eq(making->shelf, before);
        failures++;
    }
    ck_assert_uint_gt(failures, 30);
    ck_assert_uint_eq(shelf_rows(making->shelf), 3000 + 1250);
    ck_assert_uint_eq(making->shelf->spans->count, 1250);
    making_close(making);
}
END_TEST

/* ---- ranges ---- */

enum { SPANS = 400, SPAN_BATCHES = 20 };

static struct item random_span(uint64_t *seed)
{
    uint32_t reach = 1u << chance_below(seed, 20);
    uint32_t from = (uint32_t)chance_below(seed, IMEI_SERIALS - 1);
    uint32_t to = from + 1 + (uint32_t)chance_below(seed, reach);
    return range_item(1, from, to < IMEI_SERIALS ? to : IMEI_SERIALS - 1);
}

static bool covers(const struct item *item, uint32_t serial)
{
    return imei_serial(item->from) <= serial && serial <= imei_serial(item->to);
}

/* Each range is another class's, as each has an organisation of its own. */
static bool is_right_around(const struct making *making, const struct item *spans,
                            const bool *stands, uint32_t serial)
{
    struct class_set set = {0};
    size_t found = 0;
    size_t expected = 0;
    if (making->shelf->spans != NULL)
        spans_find(making->shelf->spans, serial, &set);
    for (uint16_t class = 0; class < making->workshop.classes.count; class ++) {
        if ((set.words[class / 64] >> class % 64 & 1) == 0)
            continue;
        uint16_t organisation = classes_row(&making->workshop.classes, class)->organisation;
        if (!stands[organisation - 1] || !covers(&spans[organisation - 1], serial))
            return false;
        found++;
    }
    for (size_t i = 0; i < SPANS; i++)
        expected += stands[i] && covers(&spans[i], serial);
    return found == expected;
}

START_TEST(ranges_are_found_around_every_serial)
{
    struct making *making = making_open(SPANS);
    struct item spans[SPANS];
    bool stands[SPANS] = {false};
    uint64_t seed = 4;
    for (size_t i = 0; i < SPANS; i++)
        spans[i] = i == 0 ? range_item(1, 0, IMEI_SERIALS - 1) : random_span(&seed);
    for (size_t i = 0; i < SPAN_BATCHES; i++) {
        for (uint64_t left = 1 + chance_below(&seed, 40); left > 0; left--) {
            size_t k = chance_below(&seed, SPANS);
            struct change change = {.kind = stands[k] ? CHANGE_LIFTED : CHANGE_RAISED,
                                    .item = spans[k],
                                    .organisation = (uint16_t)(k + 1),
                                    .claim = CLAIM_BLOCK,
                                    .reason = REASON_STOLEN};
            stands[k] = !stands[k];
            assert_ok(notes_add(&making->notes, &change));
        }
        assert_ok(making_change(making));
        size_t right = 0;
        for (size_t k = 0; k < SPANS; k++) {
            uint32_t from = imei_serial(spans[k].from);
            uint32_t to = imei_serial(spans[k].to);
            right += is_right_around(making, spans, stands, from);
            right += is_right_around(making, spans, stands, to);
            right += is_right_around(making, spans, stands, from == 0 ? 0 : from - 1);
            right += is_right_around(making, spans, stands, to + 1);
        }
        ck_assert_uint_eq(right, 4 * SPANS);
    }
    making_close(making);
}
END_TEST

static const TTest *const *const cases[] = {
    &has_what_was_raised_and_not_lifted,
    &one_device_more_leaves_all_leaves_but_one,
    &few_claims_take_few_bytes,
    &a_device_stays_in_one_leaf,
    &the_last_word_on_the_tac_counts,
    &a_lift_of_what_does_not_stand_is_damage,
    &a_claim_of_nobody_is_damage,
    &without_memory_all_is_as_before,
    &ranges_are_found_around_every_serial,
};

int main(void)
{
    Suite *suite = suite_create("shelf");
    TCase *tcase = tcase_create("shelf");
    tcase_set_timeout(tcase, 100);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        tcase_add_test(tcase, *cases[i]);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
