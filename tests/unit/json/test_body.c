#include "tests/unit/suite.h"
#include "json/body.h"

#include <stdio.h>
#include <stdlib.h>

static enum err parse_bytes(const char *text, size_t size, json_t **out)
{
    /* A copy of just its size: what reads beyond it is seen. */
    uint8_t *copy = malloc(size > 0 ? size : 1);
    memcpy(copy, text, size);
    enum err err = body_parse(bytes_of(copy, size), out);
    free(copy);
    return err;
}

static enum err parse(const char *text)
{
    json_t *value;
    enum err err = parse_bytes(text, strlen(text), &value);
    ck_assert_int_eq(err == ERR_OK, value != NULL);
    json_decref(value);
    return err;
}

static const char whole[] = "{\"imeis\": [\"356938035643809\", \"a\\\"]}\\u00e9\"], \"n\": {\"x\": "
                            "-1.5e3, \"y\": true, \"z\": null}}";

START_TEST(an_object_comes_with_all_its_members)
{
    json_t *value;
    ck_assert_int_eq(parse_bytes(whole, sizeof whole - 1, &value), ERR_OK);
    ck_assert_uint_eq(json_array_size(json_object_get(value, "imeis")), 2);
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(value, "imeis"), 1)),
                     "a\"]}\xc3\xa9");
    json_decref(value);
    ck_assert_int_eq(parse("{}"), ERR_OK);
    ck_assert_int_eq(parse(" \t\r\n{ } \n"), ERR_OK);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    for (size_t size = 0; size < sizeof whole - 1; size++) {
        json_t *value;
        ck_assert_int_eq(parse_bytes(whole, size, &value), ERR_BAD_JSON);
        ck_assert_ptr_null(value);
    }
}
END_TEST

START_TEST(what_is_no_json_is_refused)
{
    static const char *const texts[] = {
        "",
        " ",
        "{\"a\": 1} x",
        "{\"a\": 1}{}",
        "{\"a\": 1,}",
        "{a: 1}",
        "{'a': 1}",
        "{\"a\": 01}",
        "{\"a\": +1}",
        "{\"a\": .5}",
        "{\"a\" 1}",
        "// c\n{}",
        "{\"a\": NaN}",
        "{\"a\": 1e999}",
        "{\"a\": \"\t\"}",
        "\xef\xbb\xbf{}",
        "{\"a\": \"\xff\"}",
        "{\"a\": \"\xc0\xaf\"}",
        "{\"a\": \"\\ud800\"}",
        "{\"a\": \"\\u0000\"}",
        "{\"\\u0000\": 1}",
        "{\"a\": 99999999999999999999}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ck_assert_msg(parse(texts[i]) == ERR_BAD_JSON, "%s", texts[i]);
    json_t *value;
    ck_assert_int_eq(parse_bytes("{}\0", 3, &value), ERR_BAD_JSON);
}
END_TEST

START_TEST(a_key_stands_once)
{
    ck_assert_int_eq(parse("{\"a\": 1, \"a\": 1}"), ERR_BAD_JSON);
    ck_assert_int_eq(parse("{\"a\": 1, \"\\u0061\": 1}"), ERR_BAD_JSON);
    ck_assert_int_eq(parse("{\"b\": {\"a\": 1, \"a\": 2}}"), ERR_BAD_JSON);
    ck_assert_int_eq(parse("{\"a\": 1, \"A\": 1}"), ERR_OK);
}
END_TEST

START_TEST(only_an_object_is_taken)
{
    static const char *const texts[] = {"[]", "[{}]", "1", "\"a\"", "null", "true"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        ck_assert_int_eq(parse(texts[i]), ERR_WRONG_TYPE);
}
END_TEST

/* An object with arrays in it, `depth` in all. */
static enum err parse_nested(unsigned depth)
{
    static char text[100000];
    size_t size = (size_t)snprintf(text, sizeof text, "{\"a[[[\": ");
    for (unsigned i = 1; i < depth; i++)
        text[size++] = '[';
    for (unsigned i = 1; i < depth; i++)
        text[size++] = ']';
    text[size++] = '}';
    json_t *value;
    enum err err = parse_bytes(text, size, &value);
    json_decref(value);
    return err;
}

START_TEST(what_is_too_deep_is_refused_before_it_is_parsed)
{
    for (unsigned depth = 2; depth <= BODY_DEPTH_MAX; depth++)
        ck_assert_int_eq(parse_nested(depth), ERR_OK);
    ck_assert_int_eq(parse_nested(BODY_DEPTH_MAX + 1), ERR_BAD_JSON);
    ck_assert_int_eq(parse_nested(40000), ERR_BAD_JSON);
    /* Brackets beside each other, or in a string, are not deep. */
    ck_assert_int_eq(parse("{\"a\": [[],[],[],[],[],[],[],[],[],[]], \"b\": \"[[[[[[[[[[\\\"[[\"}"),
                     ERR_OK);
}
END_TEST

START_TEST(members_that_are_not_known_are_named)
{
    static const char *const names[] = {"a", "b", NULL};
    const char *unknown;
    json_t *value;
    ck_assert_int_eq(parse_bytes("{\"b\": 1}", 8, &value), ERR_OK);
    ck_assert_int_eq(body_knows(value, names, &unknown), ERR_OK);
    ck_assert_ptr_null(unknown);
    json_object_set_new(value, "c", json_null());
    ck_assert_int_eq(body_knows(value, names, &unknown), ERR_UNKNOWN_FIELD);
    ck_assert_str_eq(unknown, "c");
    json_decref(value);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &an_object_comes_with_all_its_members,
        &every_truncation_is_refused,
        &what_is_no_json_is_refused,
        &a_key_stands_once,
        &only_an_object_is_taken,
        &what_is_too_deep_is_refused_before_it_is_parsed,
        &members_that_are_not_known_are_named,
    };
    return suite_run("body", cases, sizeof cases / sizeof cases[0]);
}
