#include "tests/unit/suite.h"
#include "json/print.h"

static void equals(const struct print *print, const char *text)
{
    ck_assert_int_eq(print->err, ERR_OK);
    ck_assert_uint_eq(print->size, strlen(text));
    ck_assert_int_eq(memcmp(print->data, text, print->size), 0);
}

START_TEST(texts_and_values_follow_each_other)
{
    struct print print = print_up_to(100);
    print_text(&print, "[");
    print_value(&print, json_pack("{s:i, s:s}", "a", 1, "b", "\"\n"));
    print_text(&print, ",");
    print_value(&print, json_string("x"));
    print_text(&print, "]");
    equals(&print, "[{\"a\":1,\"b\":\"\\\"\\n\"},\"x\"]");
    print_free(&print);
}
END_TEST

START_TEST(it_grows_up_to_the_bound_and_no_further)
{
    enum { BOUND = 5000 };
    struct print print = print_up_to(BOUND);
    for (int i = 0; i < BOUND; i++)
        print_text(&print, "x");
    ck_assert_int_eq(print.err, ERR_OK);
    print_text(&print, "");
    ck_assert_int_eq(print.err, ERR_OK);
    print_text(&print, "y");
    ck_assert_int_eq(print.err, ERR_TOO_LARGE);
    ck_assert_uint_eq(print.size, BOUND);
    print_value(&print, json_null()); /* the error sticks */
    ck_assert_int_eq(print.err, ERR_TOO_LARGE);
    ck_assert_uint_eq(print_view(&print).size, BOUND);
    ck_assert_int_eq(print.data[BOUND - 1], 'x');
    print_free(&print);
}
END_TEST

START_TEST(what_does_not_fit_can_be_taken_back)
{
    struct print print = print_up_to(12);
    print_text(&print, "[1");
    size_t size = print.size;
    print_value(&print, json_string("much too long"));
    ck_assert_int_eq(print.err, ERR_TOO_LARGE);
    print_back(&print, size);
    print_text(&print, "]");
    equals(&print, "[1]");
    print_free(&print);
}
END_TEST

START_TEST(a_value_that_could_not_be_made_is_an_error_that_stays)
{
    struct print print = print_up_to(100);
    print_value(&print, NULL);
    ck_assert_int_eq(print.err, ERR_MEMORY);
    print_back(&print, 0);
    ck_assert_int_eq(print.err, ERR_MEMORY);
    print_free(&print);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &texts_and_values_follow_each_other,
        &it_grows_up_to_the_bound_and_no_further,
        &what_does_not_fit_can_be_taken_back,
        &a_value_that_could_not_be_made_is_an_error_that_stays,
    };
    return suite_run("print", cases, sizeof cases / sizeof cases[0]);
}
