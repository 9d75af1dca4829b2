#include "proto/number.h"
#include "tests/unit/suite.h"

START_TEST(numbers_are_digits_within_their_bounds)
{
    uint64_t number;
    ck_assert_int_eq(number_parse("1", 1, 3600, &number), ERR_OK);
    ck_assert_uint_eq(number, 1);
    ck_assert_int_eq(number_parse("3600", 1, 3600, &number), ERR_OK);
    ck_assert_int_eq(number_parse("18446744073709551615", 0, UINT64_MAX, &number), ERR_OK);
    static const char *const bad[] = {"",   "0",  "3601", "-1",   "+1",
                                      "1 ", " 1", "1s",   "0x10", "18446744073709551617"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_int_eq(number_parse(bad[i], 1, 3600, &number), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(number_parse("18446744073709551616", 0, UINT64_MAX, &number),
                     ERR_OUT_OF_RANGE);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &numbers_are_digits_within_their_bounds,
    };
    return suite_run("number", cases, sizeof cases / sizeof cases[0]);
}
