#include "json/text.h"

#include "tests/unit/suite.h"

static void cleaned(const char *text, size_t size_max, const char *expected)
{
    char out[64];
    memset(out, 'x', sizeof out);
    size_t size = text_clean(text, strlen(text), out, size_max);
    ck_assert_str_eq(out, expected);
    ck_assert_uint_eq(size, strlen(expected));
    for (size_t i = size_max + 1; i < sizeof out; i++)
        ck_assert_int_eq(out[i], 'x');
}

START_TEST(keeps_what_can_be_shown)
{
    cleaned("", 8, "");
    cleaned("Nokia 3310", 60, "Nokia 3310");
    cleaned("Kévin €", 60, "Kévin €");
    cleaned("\xf0\x9f\x93\xb1", 4, "\xf0\x9f\x93\xb1");
}
END_TEST

START_TEST(leaves_out_control_characters_and_broken_bytes)
{
    cleaned("a\x01\x1f\x7f"
            "b",
            60, "ab");
    cleaned("a\xc2\x80\xc2\x9f"
            "b",
            60, "ab");
    cleaned("a\xff\xfe"
            "b\x80"
            "c\xc3",
            60, "abc");
    cleaned("\xc0\xaf\xe0\x80\x80\xed\xa0\x80\xf4\x90\x80\x80", 60, ""); /* RFC 3629 section 3 */
}
END_TEST

START_TEST(white_space_is_one_blank_within_and_none_around)
{
    cleaned("  a \t\r\n b  ", 60, "a b");
    cleaned("a\xc2\xa0"
            "b",
            60, "a b");
    cleaned(" \t ", 60, "");
}
END_TEST

START_TEST(cuts_between_characters)
{
    cleaned("abc", 2, "ab");
    cleaned("a€b", 3, "a");
    cleaned("a€b", 4, "a€");
    cleaned("ab cd", 3, "ab");
    cleaned("ab cd", 4, "ab c");
    cleaned("ab", 0, "");
}
END_TEST

START_TEST(its_result_is_utf_8_without_controls_whatever_comes_in)
{
    uint64_t seed = 3629;
    for (int round = 0; round < 20000; round++) {
        char in[24];
        char out[24];
        char again[24];
        for (size_t i = 0; i < sizeof in; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            in[i] = (char)(seed >> 56);
        }
        size_t size = text_clean(in, sizeof in, out, (size_t)round % sizeof out);
        ck_assert_uint_le(size, (size_t)round % sizeof out);
        ck_assert(text_is_utf8(out, size));
        for (size_t i = 0; i < size; i++)
            ck_assert((unsigned char)out[i] >= 0x20 && out[i] != 0x7f);
        ck_assert_uint_eq(text_clean(out, size, again, sizeof again - 1), size);
        ck_assert_mem_eq(again, out, size);
    }
}
END_TEST

START_TEST(knows_utf_8)
{
    ck_assert(text_is_utf8("", 0));
    ck_assert(text_is_utf8("a€\xf0\x9f\x93\xb1", 8));
    ck_assert(!text_is_utf8("a€", 3));
    ck_assert(!text_is_utf8("\x80", 1));
    ck_assert(!text_is_utf8("\xed\xbf\xbf", 3)); /* a surrogate */
    ck_assert(!text_is_utf8("\xc1\xbf", 2));     /* overlong */
    ck_assert(!text_is_utf8("\xf8\x88\x80\x80\x80", 5));
}
END_TEST

START_TEST(trims_and_compares_words)
{
    struct bytes text = text_trim(bytes_of(" \ta b\t ", 7));
    ck_assert(bytes_equal(text, bytes_of("a b", 3)));
    ck_assert_uint_eq(text_trim(bytes_of("  ", 2)).size, 0);
    ck_assert(text_is_word(bytes_of(" ImEi", 5), "imei"));
    ck_assert(!text_is_word(bytes_of("imei2", 5), "imei"));
    ck_assert(!text_is_word(bytes_of("ime", 3), "imei"));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &keeps_what_can_be_shown,
        &leaves_out_control_characters_and_broken_bytes,
        &white_space_is_one_blank_within_and_none_around,
        &cuts_between_characters,
        &its_result_is_utf_8_without_controls_whatever_comes_in,
        &knows_utf_8,
        &trims_and_compares_words,
    };
    return suite_run("cli/text", cases, sizeof cases / sizeof *cases);
}
