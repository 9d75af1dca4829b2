#include "eir/note.h"

#include "tests/unit/ledger/scene.h"

enum { NOTES = 3000 };

static struct change random_change(uint64_t *seed)
{
    uint32_t from = (uint32_t)chance_below(seed, 8);
    uint32_t to = from + (uint32_t)chance_below(seed, 3) * (uint32_t)chance_below(seed, 900000);
    struct change change = {.kind = CHANGE_RAISED, .item = range_item(35, from, to)};
    change.item.from.value += chance_below(seed, 3) * IMEI_SERIALS;
    change.item.to.value = change.item.from.value + (to - from);
    if (chance_below(seed, 20) == 0)
        change = (struct change){.kind = CHANGE_TAC, .tac = imei_tac(change.item.from)};
    return change;
}

/* A number that rises when notes are in order: TAC, whether it is about a claim, place, turn. */
static bool is_after(const struct note *a, const struct note *b)
{
    if (a->tac != b->tac)
        return a->tac > b->tac;
    if ((a->kind == CHANGE_TAC) != (b->kind == CHANGE_TAC))
        return b->kind == CHANGE_TAC;
    if (note_place(a) != note_place(b))
        return note_place(a) > note_place(b);
    return a->time_ms > b->time_ms;
}

START_TEST(sorted_they_are_in_order_and_all_there)
{
    struct notes notes = {0};
    uint64_t seed = 1;
    static bool is_there[NOTES];
    for (size_t i = 0; i < NOTES; i++) {
        struct change change = random_change(&seed);
        change.time_ms = i;
        assert_ok(notes_add(&notes, &change));
    }
    assert_ok(notes_sort(&notes));
    size_t wrong = 0;
    for (size_t i = 0; i < NOTES; i++) {
        wrong += i > 0 && !is_after(&notes.list[i], &notes.list[i - 1]);
        is_there[notes.list[i].time_ms] = true;
    }
    for (size_t i = 0; i < NOTES; i++)
        wrong += !is_there[i];
    ck_assert_uint_eq(wrong, 0);
    assert_ok(notes_sort(&notes)); /* what is in order stays */
    for (size_t i = 1; i < NOTES; i++)
        wrong += !is_after(&notes.list[i], &notes.list[i - 1]);
    ck_assert_uint_eq(wrong, 0);
    notes_close(&notes);
}
END_TEST

START_TEST(devices_come_before_ranges_and_narrow_ones_before_wide_ones)
{
    static const uint32_t ends[][2] = {{999999, 999999}, {5, 6},      {999998, 999999},
                                       {0, 2},           {7, 10},     {0, 4},
                                       {0, 524287},      {0, 524288}, {0, 999999}};
    static const unsigned widths[] = {0, 1, 1, 2, 2, 3, 19, 20, 20};
    uint64_t last = 0;
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        struct note note = {.from = ends[i][0], .to = ends[i][1]};
        ck_assert_uint_eq(note_width(&note), widths[i]);
        ck_assert_uint_gt(note_place(&note), last);
        last = note_place(&note);
    }
}
END_TEST

START_TEST(none_are_sorted_too)
{
    struct notes notes = {0};
    assert_ok(notes_sort(&notes));
    ck_assert_uint_eq(notes.count, 0);
    notes_clear(&notes);
    notes_close(&notes);
}
END_TEST

START_TEST(much_memory_is_not_kept)
{
    struct notes notes = {0};
    uint64_t seed = 2;
    struct change change = random_change(&seed);
    for (size_t i = 0; i < 100; i++)
        assert_ok(notes_add(&notes, &change));
    notes_clear(&notes);
    ck_assert_uint_eq(notes.count, 0);
    ck_assert_uint_gt(notes.capacity, 0);
    for (size_t i = 0; i < 70000; i++)
        if (notes_add(&notes, &change) != ERR_OK)
            ck_abort();
    notes_clear(&notes);
    ck_assert_uint_eq(notes.capacity, 0);
    notes_close(&notes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("note");
    TCase *cases = tcase_create("note");
    tcase_add_test(cases, sorted_they_are_in_order_and_all_there);
    tcase_add_test(cases, devices_come_before_ranges_and_narrow_ones_before_wide_ones);
    tcase_add_test(cases, none_are_sorted_too);
    tcase_add_test(cases, much_memory_is_not_kept);
    suite_add_tcase(suite, cases);
    return suite_run(suite);
}
