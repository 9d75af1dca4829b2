/*
 * The lines of OpenMetrics text. That others read them is tests/interop's.
 */
#include "eir/openmetrics.h"

#include "tests/unit/ledger/scene.h"

static const struct metric latency = {"imei_x_seconds", "counter", "seconds", "How \"long\"."};
static const struct metric bare = {"imei_y", "gauge", "", ""};

static char text[4096];

static const char *text_of(const struct writer *writer)
{
    struct bytes view = writer_view(writer);
    ck_assert(writer_ok(writer));
    ck_assert_uint_lt(view.size, sizeof text);
    memcpy(text, view.data, view.size);
    text[view.size] = '\0';
    return text;
}

START_TEST(a_family_says_what_it_is_and_leaves_out_what_it_has_not)
{
    char buffer[512];
    struct writer writer = writer_over(buffer, sizeof buffer);
    openmetrics_family(&writer, &latency);
    openmetrics_family(&writer, &bare);
    openmetrics_end(&writer);
    ck_assert_str_eq(text_of(&writer), "# TYPE imei_x_seconds counter\n"
                                       "# UNIT imei_x_seconds seconds\n"
                                       "# HELP imei_x_seconds How \\\"long\\\".\n"
                                       "# TYPE imei_y gauge\n"
                                       "# EOF\n");
}
END_TEST

START_TEST(decimals_are_written_with_their_zeroes)
{
    char buffer[512];
    struct writer writer = writer_over(buffer, sizeof buffer);
    openmetrics_sample(&writer, &bare, "", NULL, 0, 0);
    openmetrics_sample(&writer, &bare, "", NULL, 7, 3);
    openmetrics_sample(&writer, &latency, "_total", NULL, 12000000034, 9);
    openmetrics_sample(&writer, &bare, "", NULL, UINT64_MAX, 0);
    ck_assert_str_eq(text_of(&writer), "imei_y 0\n"
                                       "imei_y 0.007\n"
                                       "imei_x_seconds_total 12.000000034\n"
                                       "imei_y 18446744073709551615\n");
}
END_TEST

START_TEST(no_value_ends_its_quotation_marks)
{
    char buffer[512];
    const struct metric_label labels[] = {{"a", "\"\\\n"}, {"b", "é"}, {NULL, NULL}};
    const struct metric_label none[] = {{NULL, NULL}};
    struct writer writer = writer_over(buffer, sizeof buffer);
    openmetrics_sample(&writer, &bare, "", labels, 1, 0);
    openmetrics_sample(&writer, &bare, "", none, 1, 0);
    ck_assert_str_eq(text_of(&writer), "imei_y{a=\"\\\"\\\\\\n\",b=\"é\"} 1\nimei_y 1\n");
}
END_TEST

START_TEST(what_does_not_fit_is_an_error_that_stays)
{
    char buffer[512];
    struct writer whole = writer_over(buffer, sizeof buffer);
    openmetrics_family(&whole, &latency);
    openmetrics_end(&whole);
    for (size_t capacity = 0; capacity < whole.size; capacity++) {
        struct writer writer = writer_over(buffer, capacity);
        openmetrics_family(&writer, &latency);
        openmetrics_end(&writer);
        assert_err(writer.err, TOO_LARGE);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("openmetrics");
    TCase *tcase = tcase_create("openmetrics");
    tcase_add_test(tcase, a_family_says_what_it_is_and_leaves_out_what_it_has_not);
    tcase_add_test(tcase, decimals_are_written_with_their_zeroes);
    tcase_add_test(tcase, no_value_ends_its_quotation_marks);
    tcase_add_test(tcase, what_does_not_fit_is_an_error_that_stays);
    suite_add_tcase(suite, tcase);
    return suite_run(suite);
}
