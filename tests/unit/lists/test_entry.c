#include "lists/entry.h"

#include "tests/unit/ledger/scene.h"

static struct entry entry_by_chance(uint64_t *seed)
{
    struct entry entry = {(enum list_name)chance_below(seed, 3), (uint32_t)chance_below(seed, 3),
                          (uint32_t)chance_below(seed, 4)};
    return entry.list == LIST_NONE ? ENTRY_NONE : entry;
}

START_TEST(merging_takes_any_order)
{
    uint64_t seed = 1;
    for (int round = 0; round < 5000; round++) {
        struct entry a = entry_by_chance(&seed);
        struct entry b = entry_by_chance(&seed);
        struct entry c = entry_by_chance(&seed);
        struct entry left = entry_merge(entry_merge(a, b), c);
        struct entry right = entry_merge(a, entry_merge(c, b));
        struct entry twice = entry_merge(left, a);
        ck_assert(entry_equal(&left, &right));
        ck_assert(entry_equal(&left, &twice));
    }
}
END_TEST

START_TEST(worst_counts_with_its_own_date_and_reasons)
{
    struct entry grey = entry_of(LIST_GREY, 0, REASON_COURT);
    struct entry black = entry_of(LIST_BLACK, UINT64_C(86400000) * 5, REASON_STOLEN);
    struct entry other = entry_of(LIST_BLACK, UINT64_C(86400000) * 4, REASON_FRAUD);
    struct entry both = entry_merge(grey, black);
    ck_assert(entry_equal(&both, &black));
    both = entry_merge(both, other);
    ck_assert_uint_eq(both.day, 4);
    char text[ENTRY_REASONS_SIZE];
    entry_reasons(&both, text);
    ck_assert_str_eq(text, "stolen|fraud");
    struct entry none = entry_of(LIST_NONE, 1, REASON_STOLEN);
    ck_assert(entry_equal(&none, &ENTRY_NONE));
}
END_TEST

START_TEST(dates_are_days_of_utc)
{
    char text[ENTRY_DATE_SIZE];
    struct entry entry = entry_of(LIST_BLACK, UINT64_C(1700006399999), REASON_STOLEN);
    entry_date(&entry, text);
    ck_assert_str_eq(text, "20231114");
    entry = entry_of(LIST_BLACK, UINT64_C(1700006400000), REASON_STOLEN);
    entry_date(&entry, text);
    ck_assert_str_eq(text, "20231115");
    entry = entry_of(LIST_BLACK, TIME_MAX_MS, REASON_STOLEN);
    entry_date(&entry, text);
    ck_assert_str_eq(text, "99991231");
}
END_TEST

START_TEST(every_reason_has_a_word_and_all_fit)
{
    size_t count;
    const struct reason_row *rows = reason_rows(&count);
    struct entry all = ENTRY_NONE;
    char text[ENTRY_REASONS_SIZE];
    for (size_t i = 0; i < count; i++) {
        struct entry one = entry_of(LIST_GREY, 0, rows[i].reason);
        entry_reasons(&one, text);
        ck_assert_str_eq(text, rows[i].word);
        all = entry_merge(all, one);
    }
    entry_reasons(&all, text);
    ck_assert_ptr_nonnull(strstr(text, rows[count - 1].word));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("entry");
    TCase *tcase = tcase_create("entry");
    tcase_add_test(tcase, merging_takes_any_order);
    tcase_add_test(tcase, worst_counts_with_its_own_date_and_reasons);
    tcase_add_test(tcase, dates_are_days_of_utc);
    tcase_add_test(tcase, every_reason_has_a_word_and_all_fit);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
