#include "cli/stolen.h"
#include "tests/unit/cli/fixture.h"
#include "tests/unit/cli/source.h"

#define HEAD  "imei,reporting_date,status\n"
#define DELTA "imei,reporting_date,status,change_type\n"

/* The first row of that text; the header must be right. */
static struct stolen_row first_of(const char *text)
{
    struct source source = source_of(text, strlen(text), 7);
    struct stolen *stolen;
    struct stolen_row row;
    struct complaint complaint;
    ck_assert_int_eq(stolen_open(source_fill, &source, &stolen, &complaint), ERR_OK);
    ck_assert(stolen_next(stolen, &row));
    stolen_close(stolen);
    return row;
}

static void is_bad(const char *text, const char *problem)
{
    struct stolen_row row = first_of(text);
    ck_assert_msg(strstr(row.problem, problem) != NULL, "'%s' and not '%s'", row.problem, problem);
    ck_assert_uint_eq(row.line, 2);
}

static void is_on(const char *text, bool on)
{
    struct stolen_row row = first_of(text);
    ck_assert_str_eq(row.problem, "");
    ck_assert_uint_eq(row.imei.value, UINT64_C(35209900176148));
    ck_assert_int_eq(row.is_on, on);
}

START_TEST(status_says_whether_a_device_is_on_the_list)
{
    is_on(HEAD "352099001761481,20260101,\n", true);
    is_on(HEAD "35209900176148,,Blacklist\n", true);
    is_on(HEAD "352099001761481,20240229,stolen\n", true);
    is_on(HEAD "352099001761481,20240229, lost \n", true);
    is_on(HEAD "352099001761481,20240229,blocked\n", true);
    is_on(HEAD "352099001761481,20260101,pending\n", false);
    is_on(HEAD "352099001761481,20260101,whitelist\n", false);
    is_on(HEAD "352099001761481,20260101,recovered\n", false);
    is_on("status,imei,reporting_date\nfound,352099001761481,\n", false);
}
END_TEST

START_TEST(change_is_one_of_three)
{
    ck_assert_int_eq(first_of(DELTA "352099001761481,,,add\n").change, STOLEN_ADD);
    ck_assert_int_eq(first_of(DELTA "352099001761481,,,REMOVE\n").change, STOLEN_REMOVE);
    ck_assert_int_eq(first_of(DELTA "352099001761481,,,update\n").change, STOLEN_UPDATE);
    ck_assert_int_eq(first_of(HEAD "352099001761481,,\n").change, STOLEN_WHOLE);
    is_bad(DELTA "352099001761481,,,blocked\n", "change_type is");
    is_bad(DELTA "352099001761481,,,\n", "change_type is");
}
END_TEST

START_TEST(bad_rows_say_what_is_wrong)
{
    is_bad(HEAD "352099001761480,,\n", "it would be 1");
    is_bad(HEAD "3520990017614,,\n", "14, 15 or 16");
    is_bad(HEAD ",,\n", "14, 15 or 16");
    is_bad(HEAD "352099001761481,,maybe\n", "status");
    is_bad(HEAD "352099001761481,,stolen,add\n", "4 fields, and the header has 3");
    is_bad(HEAD "352099001761481\n", "1 fields, and the header has 3");
    is_bad(HEAD "352099001761481,2026-01-01,\n", "reporting_date");
    is_bad(HEAD "352099001761481,20260229,\n", "reporting_date");
    is_bad(HEAD "352099001761481,20261301,\n", "reporting_date");
    is_bad(HEAD "352099001761481,20260100,\n", "reporting_date");
    is_bad(HEAD "352099001761481,20260431,\n", "reporting_date");
    is_bad(HEAD "352099001761481,2026010,\n", "reporting_date");
}
END_TEST

START_TEST(other_headers_are_refused)
{
    static const char *const bad[] = {
        "imei,reporting_date\n",           "imei,status\n",
        "imei,reporting_date,status,x\n",  "imei,imei,reporting_date,status\n",
        "352099001761481,20260101,lost\n", "imei;reporting_date;status\n",
        "imei\n352099001761481\n",
    };
    struct stolen *stolen;
    struct complaint complaint;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct source source = source_of(bad[i], strlen(bad[i]), 7);
        ck_assert_int_eq(stolen_open(source_fill, &source, &stolen, &complaint), ERR_CONFIG);
        ck_assert_uint_eq(complaint.line, 1);
    }
    struct source source = source_of("\n\n", 2, 7);
    ck_assert_int_eq(stolen_open(source_fill, &source, &stolen, &complaint), ERR_CONFIG);
    ck_assert_uint_eq(complaint.line, 0);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &status_says_whether_a_device_is_on_the_list,
        &change_is_one_of_three,
        &bad_rows_say_what_is_wrong,
        &other_headers_are_refused,
    };
    return suite_run("stolen", cases, sizeof cases / sizeof cases[0]);
}
