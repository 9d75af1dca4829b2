#include "conf/document.h"

#include "tests/unit/suite.h"

#include <stdlib.h>

static enum err parse(const char *text, struct document **out, struct complaint *complaint)
{
    return document_parse(bytes_of(text, strlen(text)), out, complaint);
}

static void refused(const char *text, unsigned line, const char *words)
{
    struct document *document;
    struct complaint complaint;
    ck_assert_int_eq(parse(text, &document, &complaint), ERR_CONFIG);
    ck_assert_ptr_null(document);
    ck_assert_uint_eq(complaint.line, line);
    ck_assert_msg(strstr(complaint.text, words) != NULL, "'%s' lacks '%s'", complaint.text, words);
}

START_TEST(gives_values_with_their_lines)
{
    struct document *document;
    struct complaint complaint;
    ck_assert_int_eq(parse("a: 1\nb:\n  - x\n  - y\nc: {d: e}\n", &document, &complaint), ERR_OK);
    struct value root = document_root(document);
    ck_assert_int_eq(value_kind(root), VALUE_MAP);
    ck_assert_uint_eq(value_count(root), 3);
    ck_assert_str_eq(value_key(root, 1), "b");
    ck_assert_uint_eq(value_key_line(root, 1), 2);
    struct value list = value_at(root, 1);
    ck_assert_int_eq(value_kind(list), VALUE_LIST);
    ck_assert_str_eq(value_text(value_at(list, 1)), "y");
    ck_assert_uint_eq(value_line(value_at(list, 1)), 4);
    ck_assert_ptr_null(value_text(list));
    ck_assert_int_eq(value_kind(value_at(list, 2)), VALUE_NONE);
    ck_assert_ptr_null(value_key(list, 0));
    ck_assert_ptr_null(value_key(root, 3));
    document_close(document);
}
END_TEST

START_TEST(takes_an_empty_file_as_no_value)
{
    struct document *document;
    struct complaint complaint;
    ck_assert_int_eq(parse("# nothing\n", &document, &complaint), ERR_OK);
    ck_assert_int_eq(value_kind(document_root(document)), VALUE_NONE);
    ck_assert_uint_eq(value_count(document_root(document)), 0);
    document_close(document);
}
END_TEST

START_TEST(refuses_what_cannot_be_read_and_says_where)
{
    refused("a: 1\nb: [\n", 3, "not YAML");
    refused("a: 1\na: 2\n", 2, "twice");
    refused("a: 1\nb: &x 1\nc: *x\n", 2, "anchors");
    refused("a: 1\nb: *x\n", 2, "aliases");
    refused("a: &x [1]\n", 1, "anchors");
    refused("a: &x {b: 1}\n", 1, "anchors");
    refused("a: &x 1\nb: &x 2\n", 1, "anchors");
    refused("a: 1\n---\nb: 2\n", 2, "second document");
    refused("? [a, b]\n: 1\n", 1, "plain word");
    refused("a: \"\\x\"\n", 1, "not YAML");
    refused("a: 1\n# \xc3\xa9\nb: \xff\n", 3, "not YAML: invalid leading UTF-8 octet");
    refused("a: 1\n\nb: 2\nc: \x01\n", 4, "not YAML: control characters are not allowed");
}
END_TEST

START_TEST(refuses_a_file_above_the_limit)
{
    size_t size = DOCUMENT_SIZE_MAX + 1;
    char *text = malloc(size);
    ck_assert_ptr_nonnull(text);
    memset(text, '#', size);
    struct document *document;
    struct complaint complaint;
    ck_assert_int_eq(document_parse(bytes_of(text, size), &document, &complaint), ERR_CONFIG);
    free(text);
}
END_TEST

START_TEST(numbers_are_digits_within_their_bound)
{
    static const struct {
        const char *text;
        uint64_t max;
        enum err err;
        uint64_t number;
    } rows[] = {
        {"0", 0, ERR_OK, 0},
        {"18446744073709551615", UINT64_MAX, ERR_OK, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, ERR_OUT_OF_RANGE, 0},
        {"99999999999999999999", UINT64_MAX, ERR_OUT_OF_RANGE, 0},
        {"10", 9, ERR_OUT_OF_RANGE, 0},
        {"-1", 9, ERR_OUT_OF_RANGE, 0},
        {"1s", 9, ERR_OUT_OF_RANGE, 0},
        {"''", 9, ERR_OUT_OF_RANGE, 0},
        {"[1]", 9, ERR_OUT_OF_RANGE, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct document *document;
        struct complaint complaint;
        uint64_t number = 7;
        ck_assert_int_eq(parse(rows[i].text, &document, &complaint), ERR_OK);
        ck_assert_int_eq(value_number(document_root(document), rows[i].max, &number), rows[i].err);
        ck_assert_uint_eq(number, rows[i].number);
        document_close(document);
    }
}
END_TEST

START_TEST(survives_every_truncation_and_every_byte)
{
    const char *text = "a: 1\nb:\n  - {x: 'y'}\n  - \"z\\n\"\nc: |\n  text\n";
    char copy[64];
    size_t size = strlen(text);
    for (size_t at = 0; at < size; at++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            struct document *document;
            struct complaint complaint;
            memcpy(copy, text, size);
            copy[at] = (char)byte;
            if (document_parse(bytes_of(copy, size), &document, &complaint) == ERR_OK)
                document_close(document);
            if (byte == 0 && document_parse(bytes_of(text, at), &document, &complaint) == ERR_OK)
                document_close(document);
        }
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &gives_values_with_their_lines,
        &takes_an_empty_file_as_no_value,
        &refuses_what_cannot_be_read_and_says_where,
        &refuses_a_file_above_the_limit,
        &numbers_are_digits_within_their_bound,
        &survives_every_truncation_and_every_byte,
    };
    return suite_run("document", cases, sizeof cases / sizeof cases[0]);
}
