#include "json/times.h"

#include "proto/limits.h"
#include "tests/unit/suite.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void parsed(const char *text, uint64_t expected)
{
    uint64_t time_ms = 1;
    ck_assert_msg(time_parse(text, &time_ms) == ERR_OK, "%s", text);
    ck_assert_msg(time_ms == expected, "%s is %llu", text, (unsigned long long)time_ms);
}

START_TEST(reads_rfc_3339_and_milliseconds)
{
    parsed("0", 0);
    parsed("1732151820123", 1732151820123);
    parsed("1970-01-01T00:00:00Z", 0);
    parsed("2025-11-21T01:17:00Z", 1763687820000);
    parsed("2025-11-21t01:17:00z", 1763687820000);
    parsed("2025-11-21 01:17:00Z", 1763687820000);
    parsed("2025-11-21T02:17:00+01:00", 1763687820000);
    parsed("2025-11-20T19:47:00-05:30", 1763687820000);
    parsed("2025-11-21T01:17:00.5Z", 1763687820500);
    parsed("2025-11-21T01:17:00.1239Z", 1763687820123);
    parsed("2024-02-29T00:00:00Z", 1709164800000);
    parsed("2000-02-29T12:00:00Z", 951825600000);
    parsed("1990-12-31T23:59:60Z", 662688000000); /* RFC 3339 section 5.8 */
    parsed("9999-12-31T23:59:59.999Z", TIME_MAX_MS);
}
END_TEST

START_TEST(refuses_what_is_no_time)
{
    static const char *const bad[] = {"",
                                      "now",
                                      "-1",
                                      "253402300800000",
                                      "2025-11-21",
                                      "2025-11-21T01:17:00",
                                      "2025-11-21T01:17Z",
                                      "2025-11-21T01:17:00Zx",
                                      "2025-11-21T01:17:00.Z",
                                      "2025-13-01T00:00:00Z",
                                      "2025-00-01T00:00:00Z",
                                      "2025-11-31T00:00:00Z",
                                      "2025-11-00T00:00:00Z",
                                      "2025-02-29T00:00:00Z",
                                      "1900-02-29T00:00:00Z",
                                      "2025-11-21T24:00:00Z",
                                      "2025-11-21T00:60:00Z",
                                      "2025-11-21T00:00:61Z",
                                      "2025-11-21T00:00:00+24:00",
                                      "2025-11-21T00:00:00+01",
                                      "2025-1-21T00:00:00Z",
                                      "1969-12-31T23:59:59Z",
                                      "1970-01-01T00:00:00+00:01",
                                      "9999-12-31T23:59:60Z"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        uint64_t time_ms;
        ck_assert_msg(time_parse(bad[i], &time_ms) == ERR_OUT_OF_RANGE, "%s", bad[i]);
    }
}
END_TEST

START_TEST(every_truncation_is_refused_or_shorter_milliseconds)
{
    const char *text = "2025-11-21T01:17:00.123+01:00";
    for (size_t size = 0; size < strlen(text); size++) {
        char cut[32];
        uint64_t time_ms;
        snprintf(cut, sizeof cut, "%.*s", (int)size, text);
        bool is_number = size >= 1 && size <= 4; /* "2025" */
        ck_assert_int_eq(time_parse(cut, &time_ms) == ERR_OK, is_number);
    }
}
END_TEST

START_TEST(what_is_written_is_read_back)
{
    uint64_t seed = 3339;
    for (int round = 0; round < 20000; round++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        uint64_t time_ms = (seed >> 16) % (TIME_MAX_MS + 1) / 1000 * 1000;
        uint64_t again;
        char text[TIME_TEXT_SIZE];
        time_format(time_ms, text);
        ck_assert_int_eq(time_parse(text, &again), ERR_OK);
        ck_assert_msg(again == time_ms, "%s", text);
    }
}
END_TEST

START_TEST(agrees_with_the_c_library_on_every_day)
{
    for (time_t day = 0; day < 60000; day++) {
        struct tm parts;
        time_t seconds = day * 86400 + 45296;
        char text[TIME_TEXT_SIZE];
        uint64_t time_ms;
        ck_assert_ptr_nonnull(gmtime_r(&seconds, &parts));
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
        ck_assert_int_eq(time_parse(text, &time_ms), ERR_OK);
        ck_assert_uint_eq(time_ms, (uint64_t)seconds * 1000);
    }
}
END_TEST

START_TEST(a_number_that_is_no_time_is_shown_as_it_is)
{
    char text[TIME_TEXT_SIZE];
    time_format(UINT64_MAX, text);
    ck_assert_str_eq(text, "18446744073709551615 ms");
}
END_TEST

START_TEST(durations_are_rounded_down_to_what_matters)
{
    static const struct {
        uint64_t age_ms;
        const char *text;
    } rows[] = {
        {0, "0.0 s"},     {99, "0.0 s"},       {340, "0.3 s"},     {9999, "9.9 s"},
        {10000, "10 s"},  {119999, "119 s"},   {120000, "2 min"},  {7199999, "119 min"},
        {7200000, "2 h"}, {172799999, "47 h"}, {172800000, "2 d"}, {UINT64_MAX, "213503982334 d"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[AGE_TEXT_SIZE];
        age_format(rows[i].age_ms, text);
        ck_assert_str_eq(text, rows[i].text);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &reads_rfc_3339_and_milliseconds,
        &refuses_what_is_no_time,
        &every_truncation_is_refused_or_shorter_milliseconds,
        &what_is_written_is_read_back,
        &agrees_with_the_c_library_on_every_day,
        &a_number_that_is_no_time_is_shown_as_it_is,
        &durations_are_rounded_down_to_what_matters,
    };
    return suite_run("cli/times", cases, sizeof cases / sizeof *cases);
}
