#include "proto/reason.h"

#include "tests/unit/proto/fixture.h"

#include <stdio.h>

static enum err parse(const char *text)
{
    enum reason reason = REASON_COURT;
    enum err err = reason_parse(text, &reason);
    if (err != ERR_OK)
        ck_assert_int_eq(reason, REASON_NONE);
    return err;
}

START_TEST(lists_the_codes_in_ascending_order)
{
    static const unsigned codes[] = {10, 11, 14, 16, 18, 22, 23, 26, 28};
    size_t count;
    const struct reason_row *rows = reason_rows(&count);
    ck_assert_uint_eq(count, sizeof codes / sizeof codes[0]);
    for (size_t i = 0; i < count; i++)
        ck_assert_uint_eq(rows[i].reason, codes[i]);
}
END_TEST

START_TEST(finds_every_row_by_its_code_and_no_other)
{
    size_t count;
    const struct reason_row *rows = reason_rows(&count);
    size_t found = 0;
    for (unsigned long code = 0; code < 70000; code++) {
        const struct reason_row *row = reason_row(code);
        if (!row)
            continue;
        ck_assert_ptr_eq(row, &rows[found]);
        ck_assert_uint_eq(row->reason, code);
        found++;
    }
    ck_assert_uint_eq(found, count);
    ck_assert_ptr_null(reason_row(UINT64_C(1) << 32 | REASON_STOLEN));
}
END_TEST

/* Only what raises, lifts, or both: a row that fits nothing could not be used. */
START_TEST(fits_what_the_registry_says)
{
    static const struct {
        enum reason reason;
        bool raises, lifts;
    } uses[] = {
        {REASON_FAULTY, true, false},     {REASON_STOLEN, true, false},
        {REASON_FOUND, false, true},      {REASON_DUPLICATED, true, false},
        {REASON_REPAIRED, false, true},   {REASON_AGED, false, true},
        {REASON_THIRD_PARTY, true, true}, {REASON_FRAUD, true, false},
        {REASON_COURT, true, true},
    };
    for (size_t i = 0; i < sizeof uses / sizeof uses[0]; i++) {
        const struct reason_row *row = reason_row(uses[i].reason);
        ck_assert_ptr_nonnull(row);
        ck_assert(row->for_raising == uses[i].raises);
        ck_assert(row->for_lifting == uses[i].lifts);
        ck_assert_uint_gt(strlen(row->sentence), 0);
    }
}
END_TEST

START_TEST(parses_words_and_codes_with_leading_zeroes)
{
    size_t count;
    const struct reason_row *rows = reason_rows(&count);
    for (size_t i = 0; i < count; i++) {
        for (int width = 1; width <= 6; width++) {
            enum reason reason;
            char code[16];
            snprintf(code, sizeof code, "%0*u", width, (unsigned)rows[i].reason);
            ck_assert_int_eq(reason_parse(code, &reason), ERR_OK);
            ck_assert_int_eq(reason, rows[i].reason);
        }
        enum reason reason;
        ck_assert_int_eq(reason_parse(rows[i].word, &reason), ERR_OK);
        ck_assert_int_eq(reason, rows[i].reason);
    }
}
END_TEST

START_TEST(refuses_every_other_text)
{
    static const char *const texts[] = {
        "",
        ";",
        ":",
        "0;",
        "1!",
        "0",
        "0000",
        "1",
        "12",
        "9999",
        "Stolen",
        "stole",
        "stolen ",
        " 11",
        "11 ",
        "+11",
        "-11",
        "0x0b",
        "11.0",
        "1e1",
        "42",
        "third_party",
        "4294967307",
        "18446744073709551627",
        "99999999999999999999999999999911",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ck_assert_msg(parse(texts[i]) == ERR_OUT_OF_RANGE, "'%s'", texts[i]);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &lists_the_codes_in_ascending_order, &finds_every_row_by_its_code_and_no_other,
        &fits_what_the_registry_says,        &parses_words_and_codes_with_leading_zeroes,
        &refuses_every_other_text,
    };
    return suite_run("reason", cases, sizeof cases / sizeof cases[0]);
}
