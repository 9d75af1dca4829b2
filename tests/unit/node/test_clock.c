#include "node/clock.h"
#include "tests/unit/suite.h"

#include <string.h>
#include <time.h>

static void expect(uint64_t wall_ms, const char *expected)
{
    char text[CLOCK_TEXT_SIZE];
    clock_format(wall_ms, text);
    ck_assert_str_eq(text, expected);
}

/* The dates are those of `date -u -d @SECONDS`. */
START_TEST(times_are_written_as_rfc_3339_in_utc)
{
    expect(0, "1970-01-01T00:00:00.000Z");
    expect(UINT64_C(1709210096007), "2024-02-29T12:34:56.007Z");
    expect(UINT64_C(1700000000999), "2023-11-14T22:13:20.999Z");
    expect(UINT64_C(253402300799999), "9999-12-31T23:59:59.999Z");
}
END_TEST

START_TEST(no_number_overruns_the_text)
{
    static const uint64_t times[] = {UINT64_MAX, UINT64_MAX / 2, UINT64_MAX - 1,
                                     UINT64_C(253402300800000)};
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[CLOCK_TEXT_SIZE + 1];
        text[CLOCK_TEXT_SIZE] = '#';
        clock_format(times[i], text);
        ck_assert_int_eq(text[CLOCK_TEXT_SIZE], '#');
        ck_assert_uint_lt(strnlen(text, CLOCK_TEXT_SIZE), CLOCK_TEXT_SIZE);
    }
}
END_TEST

START_TEST(the_monotonic_clock_does_not_go_back_and_the_wall_clock_is_unix_time)
{
    uint64_t before_ms = clock_monotonic_ms();
    for (int i = 0; i < 100000; i++) {
        uint64_t now_ms = clock_monotonic_ms();
        ck_assert_uint_ge(now_ms, before_ms);
        before_ms = now_ms;
    }
    time_t seconds = time(NULL);
    uint64_t wall_ms = clock_wall_ms();
    ck_assert_uint_ge(wall_ms / 1000 + 1, (uint64_t)seconds);
    ck_assert_uint_le(wall_ms / 1000, (uint64_t)seconds + SUITE_TIMEOUT_S);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &times_are_written_as_rfc_3339_in_utc,
        &no_number_overruns_the_text,
        &the_monotonic_clock_does_not_go_back_and_the_wall_clock_is_unix_time,
    };
    return suite_run("clock", cases, sizeof cases / sizeof cases[0]);
}
