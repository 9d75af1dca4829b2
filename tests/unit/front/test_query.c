#include "front/query.h"
#include "tests/unit/proto/recode.h"

#include <stdio.h>

/* "name=value;name=value" of what is read, and the error at its end, if any. */
static const char *read_all(const char *text, enum err *err)
{
    static char out[4096];
    size_t text_size = strlen(text);
    /* A copy of just its size: what reads beyond it is seen. */
    uint8_t *copy = malloc(text_size > 0 ? text_size : 1);
    memcpy(copy, text, text_size);
    struct query query = query_over(bytes_of(copy, text_size));
    struct query_param param;
    size_t size = 0;
    out[0] = '\0';
    while (query_next(&query, &param)) {
        ck_assert_uint_eq(param.value_size, strlen(param.value));
        size += (size_t)snprintf(out + size, sizeof out - size, "%s%s=%s", size > 0 ? ";" : "",
                                 param.name, param.value);
    }
    ck_assert(!query_next(&query, &param)); /* it stays at its end */
    *err = query.err;
    free(copy);
    return out;
}

static void reads(const char *text, const char *expected)
{
    enum err err;
    ck_assert_str_eq(read_all(text, &err), expected);
    ck_assert_int_eq(err, ERR_OK);
}

static void refuses(const char *text, enum err expected, const char *before)
{
    enum err err;
    ck_assert_str_eq(read_all(text, &err), before);
    ck_assert_int_eq(err, expected);
}

START_TEST(parameters_come_in_order_and_decoded)
{
    reads("", "");
    reads("a=1", "a=1");
    reads("a=1&b=2&a=3", "a=1;b=2;a=3");
    reads("a", "a=");
    reads("a=&b", "a=;b=");
    reads("a=b=c", "a=b=c");
    reads("pei=imei%2D356938035643809", "pei=imei-356938035643809");
    reads("%61%3D=%26%25%20", "a==&% ");
    reads("a=1+2", "a=1+2");
    reads("a=%c3%A9\xc3\xa9", "a=\xc3\xa9\xc3\xa9");
}
END_TEST

START_TEST(what_is_not_well_formed_ends_it)
{
    refuses("&", ERR_BAD_TEXT, "");
    refuses("a=1&", ERR_BAD_TEXT, "a=1");
    refuses("a=1&&b=2", ERR_BAD_TEXT, "a=1");
    refuses("=1", ERR_BAD_TEXT, "");
    refuses("a=%", ERR_BAD_HEX, "");
    refuses("a=%2", ERR_BAD_HEX, "");
    refuses("a=%2&b=2", ERR_BAD_HEX, "");
    refuses("a=%2g", ERR_BAD_HEX, "");
    refuses("%zz=1", ERR_BAD_HEX, "");
    refuses("a=%00", ERR_BAD_TEXT, "");
    refuses("a%0a=1", ERR_BAD_TEXT, "");
    refuses("a=\x7f", ERR_BAD_TEXT, "");
    refuses("x=1&a=\t", ERR_BAD_TEXT, "x=1");
}
END_TEST

START_TEST(sizes_have_bounds_after_decoding)
{
    char text[3 * QUERY_VALUE_MAX + 64];
    enum err err;
    int size = snprintf(text, sizeof text, "%0*d=1", QUERY_NAME_MAX, 7);
    ck_assert_uint_eq(strlen(read_all(text, &err)), (size_t)size);
    ck_assert_int_eq(err, ERR_OK);
    (void)snprintf(text, sizeof text, "%0*d=1", QUERY_NAME_MAX + 1, 7);
    refuses(text, ERR_TOO_LARGE, "");
    for (size_t extra = 0; extra < 2; extra++) {
        size_t at = (size_t)snprintf(text, sizeof text, "a=");
        for (size_t i = 0; i < QUERY_VALUE_MAX + extra; i++, at += 3)
            memcpy(text + at, "%41", 4);
        size_t read = strlen(read_all(text, &err));
        ck_assert_int_eq(err, extra == 0 ? ERR_OK : ERR_TOO_LARGE);
        ck_assert_uint_eq(read, extra == 0 ? 2 + QUERY_VALUE_MAX : 0);
    }
}
END_TEST

START_TEST(what_is_encoded_comes_back)
{
    uint64_t seed = 4;
    for (int round = 0; round < 2000; round++) {
        char plain[QUERY_VALUE_MAX + 1];
        char text[3 * QUERY_VALUE_MAX + 1];
        char decoded[QUERY_VALUE_MAX + 1];
        size_t count = (size_t)(dice(&seed) % (QUERY_VALUE_MAX + 1));
        size_t size = 0;
        for (size_t i = 0; i < count; i++) {
            plain[i] = (char)(0x20 + dice(&seed) % (0x7f - 0x20));
            bool is_bare = dice(&seed) % 2 == 0 && plain[i] != '%';
            size += (size_t)snprintf(text + size, sizeof text - size, is_bare ? "%c" : "%%%02x",
                                     plain[i]);
        }
        plain[count] = '\0';
        size_t decoded_size;
        ck_assert_int_eq(
            percent_decode(bytes_of(text, size), decoded, QUERY_VALUE_MAX, &decoded_size), ERR_OK);
        ck_assert_uint_eq(decoded_size, count);
        ck_assert_str_eq(decoded, plain);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &parameters_come_in_order_and_decoded,
        &what_is_not_well_formed_ends_it,
        &sizes_have_bounds_after_decoding,
        &what_is_encoded_comes_back,
    };
    return suite_run("query", cases, sizeof cases / sizeof cases[0]);
}
