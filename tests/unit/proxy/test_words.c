#include "testnet/proxy/words.h"
#include "tests/unit/suite.h"

static struct bytes text(const char *string)
{
    return bytes_of(string, strlen(string));
}

START_TEST(spaces_and_tabs_part_words)
{
    struct words words;
    ck_assert_int_eq(words_parse(text(" cut\tfr-op   BR "), &words), ERR_OK);
    ck_assert_uint_eq(words.count, 3);
    ck_assert_str_eq(words.at[0], "cut");
    ck_assert_str_eq(words.at[1], "fr-op");
    ck_assert_str_eq(words.at[2], "BR");
}
END_TEST

START_TEST(a_comment_begins_with_a_word)
{
    struct words words;
    ck_assert_int_eq(words_parse(text("# all of it"), &words), ERR_OK);
    ck_assert_uint_eq(words.count, 0);
    ck_assert_int_eq(words_parse(text("a#b #c d"), &words), ERR_OK);
    ck_assert_uint_eq(words.count, 1);
    ck_assert_str_eq(words.at[0], "a#b");
}
END_TEST

START_TEST(what_is_not_printable_ascii_is_refused_in_comments_too)
{
    struct words words;
    for (unsigned byte = 0; byte < 256; byte++) {
        uint8_t line[] = {'a', ' ', (uint8_t)byte};
        uint8_t comment[] = {'#', ' ', (uint8_t)byte};
        bool is_good = byte == '\t' || (byte >= ' ' && byte < 0x7f);
        enum err expected = is_good ? ERR_OK : ERR_BAD_TEXT;
        ck_assert_int_eq(words_parse(bytes_of(line, sizeof line), &words), expected);
        ck_assert_int_eq(words_parse(bytes_of(comment, sizeof comment), &words), expected);
    }
}
END_TEST

START_TEST(words_are_bounded_in_number_and_size)
{
    struct words words;
    char line[2 * WORDS_MAX + 2];
    char word[WORD_SIZE + 1];
    memset(word, 'w', sizeof word);
    for (size_t i = 0; i < sizeof line; i++)
        line[i] = i % 2 == 0 ? 'x' : ' ';
    ck_assert_int_eq(words_parse(bytes_of(line, 2 * WORDS_MAX), &words), ERR_OK);
    ck_assert_uint_eq(words.count, WORDS_MAX);
    ck_assert_int_eq(words_parse(bytes_of(line, sizeof line), &words), ERR_TOO_MANY);
    ck_assert_int_eq(words_parse(bytes_of(word, WORD_SIZE - 1), &words), ERR_OK);
    ck_assert_uint_eq(strlen(words.at[0]), WORD_SIZE - 1);
    ck_assert_int_eq(words_parse(bytes_of(word, WORD_SIZE), &words), ERR_TOO_LARGE);
}
END_TEST

START_TEST(lines_are_numbered_and_the_last_needs_no_end)
{
    struct lines lines = {.rest = text("one\n\nthree")};
    struct bytes line;
    ck_assert(lines_next(&lines, &line));
    ck_assert(bytes_equal(line, text("one")));
    ck_assert(lines_next(&lines, &line));
    ck_assert_uint_eq(line.size, 0);
    ck_assert(lines_next(&lines, &line));
    ck_assert(bytes_equal(line, text("three")));
    ck_assert_uint_eq(lines.number, 3);
    ck_assert(!lines_next(&lines, &line));
}
END_TEST

START_TEST(thousandths_are_exact)
{
    static const struct {
        const char *text;
        uint64_t value;
    } good[] = {{"0", 0},     {"1", 1000},      {"0.5", 500},        {"0.05", 50},
                {"0.005", 5}, {"12.25", 12250}, {"999.999", 999999}, {"007", 7000}};
    static const char *const bad[] = {"",      ".",   ".5",  "5.",   "1.2345", "-1",
                                      "1.2.3", "1,5", "1e3", "0x10", " 1",     "1000.001"};
    uint64_t value;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        ck_assert_int_eq(thousandths_parse(good[i].text, 1000000, &value), ERR_OK);
        ck_assert_uint_eq(value, good[i].value);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_int_eq(thousandths_parse(bad[i], 1000000, &value), ERR_OUT_OF_RANGE);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &spaces_and_tabs_part_words,
        &a_comment_begins_with_a_word,
        &what_is_not_printable_ascii_is_refused_in_comments_too,
        &words_are_bounded_in_number_and_size,
        &lines_are_numbered_and_the_last_needs_no_end,
        &thousandths_are_exact,
    };
    return suite_run("words", cases, sizeof cases / sizeof cases[0]);
}
