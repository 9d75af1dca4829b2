#include "cli/csv.h"

#include "tests/unit/cli/source.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 4096 };

/* All rows as text: "1:a|b\n3:!problem\n". */
static void render(struct csv *csv, char text[TEXT_MAX])
{
    struct csv_row row;
    size_t used = 0;
    text[0] = '\0';
    while (csv_next(csv, &row)) {
        used += (size_t)snprintf(text + used, TEXT_MAX - used, "%u:", (unsigned)row.line);
        if (row.problem != NULL)
            used += (size_t)snprintf(text + used, TEXT_MAX - used, "!%s", row.problem);
        for (size_t i = 0; i < row.field_count; i++)
            used += (size_t)snprintf(text + used, TEXT_MAX - used, "%s%.*s", i > 0 ? "|" : "",
                                     (int)row.fields[i].size, (const char *)row.fields[i].data);
        used += (size_t)snprintf(text + used, TEXT_MAX - used, "\n");
        ck_assert_uint_lt(used, TEXT_MAX);
    }
}

/* These bytes are read as these rows, however they come. */
static void reads_sized(const char *input, size_t size, const char *expected)
{
    static const size_t chunks[] = {1, 2, 3, 5, 7, 64, 1 << 20};
    for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        struct source source = source_of(input, size, chunks[i]);
        struct csv *csv = csv_open(source_fill, &source);
        char text[TEXT_MAX];
        render(csv, text);
        ck_assert_int_eq(csv_err(csv), ERR_OK);
        csv_close(csv);
        ck_assert_str_eq(text, expected);
    }
}

static void reads(const char *input, const char *expected)
{
    reads_sized(input, strlen(input), expected);
}

START_TEST(rows_end_with_lf_crlf_or_the_file)
{
    reads("", "");
    reads("a", "1:a\n");
    reads("a\n", "1:a\n");
    reads("a,b\nc,d", "1:a|b\n2:c|d\n");
    reads("a,b\r\nc,d\r\n", "1:a|b\n2:c|d\n");
    reads("a\r\nb\nc\r", "1:a\n2:b\n3:c\n");
    reads("\n\na\n\n", "1:\n2:\n3:a\n4:\n");
    reads(",\n", "1:|\n");
    reads(",,a", "1:||a\n");
}
END_TEST

START_TEST(quoted_fields_hold_separators_line_ends_and_quotation_marks)
{
    reads("\"a,b\",c\n", "1:a,b|c\n");
    reads("\"a\nb\",c\nd\n", "1:a\nb|c\n3:d\n");
    reads("\"a\r\nb\"\r\nc\r\n", "1:a\r\nb\n3:c\n");
    reads("\"say \"\"hi\"\"\",x\n", "1:say \"hi\"|x\n");
    reads("\"\",\"\"\n", "1:|\n");
    reads("\"\"\"\"\n", "1:\"\n");
    reads("\"a\"", "1:a\n");
    reads("\"a\"\"\"", "1:a\"\n");
    reads("x,\"a\"\n", "1:x|a\n");
}
END_TEST

START_TEST(quotation_marks_within_a_field_stand_for_themselves)
{
    reads("a\"b,c\"d\n", "1:a\"b|c\"d\n");
    reads("\"a\"b,c\n", "1:ab|c\n");
    reads("\"a\"b\"c\n", "1:ab\"c\n");
}
END_TEST

START_TEST(a_byte_order_mark_is_passed_over)
{
    reads("\xef\xbb\xbfimei\n1\n", "1:imei\n2:1\n");
    reads("\xef\xbb\xbf", "");
    reads("\xef\xbb\xbf\"a\"\n", "1:a\n");
    reads("\xef\xbb", "1:\xef\xbb\n");
    reads("a\xef\xbb\xbf\n", "1:a\xef\xbb\xbf\n");
}
END_TEST

START_TEST(utf_16_is_told_and_not_read)
{
    static const char *const inputs[] = {"\xff\xfe"
                                         "3\0"
                                         "5\0\n\0",
                                         "\xfe\xff\0"
                                         "3\0"
                                         "5\0\n"};
    for (size_t i = 0; i < 2; i++) {
        struct csv_row row;
        struct source source = source_of(inputs[i], 8, 8);
        struct csv *csv = csv_open(source_fill, &source);
        ck_assert_uint_gt(csv_peek(csv).size, 0);
        ck_assert(!csv_next(csv, &row));
        ck_assert_int_eq(csv_err(csv), ERR_BAD_TEXT);
        csv_close(csv);
    }
    reads("\xff\n", "1:\xff\n");
}
END_TEST

START_TEST(an_open_quotation_mark_costs_its_line_alone)
{
    reads("\"a,b\nc,d\ne\n", "1:!a quotation mark is not closed\n2:c|d\n3:e\n");
    reads("x\n\"a\"\"\ny\n", "1:x\n2:!a quotation mark is not closed\n3:y\n");
    reads("\"", "1:!a quotation mark is not closed\n");
    reads("\"a\"\"", "1:!a quotation mark is not closed\n");
}
END_TEST

START_TEST(a_zero_byte_makes_a_bad_row)
{
    reads_sized("a\0b\nc\n", 6, "1:!a zero byte\n2:c\n");
    reads_sized("\"a\0\nb\"\nc\n", 9, "1:!a zero byte\n2:b\"\n3:c\n");
    reads_sized("\0", 1, "1:!a zero byte\n");
}
END_TEST

START_TEST(another_dialect_has_no_quotation_marks)
{
    static const char input[] = "a|\"b|c\n\"\n";
    struct source source = source_of(input, sizeof input - 1, 3);
    struct csv *csv = csv_open(source_fill, &source);
    csv_dialect(csv, '|', false);
    char text[TEXT_MAX];
    render(csv, text);
    csv_close(csv);
    ck_assert_str_eq(text, "1:a|\"b|c\n2:\"\n");
}
END_TEST

START_TEST(a_look_ahead_reads_nothing)
{
    static const char input[] = "first;line\nsecond\n";
    struct source source = source_of(input, sizeof input - 1, 4);
    struct csv *csv = csv_open(source_fill, &source);
    struct bytes line = csv_peek(csv);
    ck_assert(bytes_equal(line, bytes_of("first;line", 10)));
    csv_dialect(csv, ';', true);
    char text[TEXT_MAX];
    render(csv, text);
    ck_assert_str_eq(text, "1:first|line\n2:second\n");
    ck_assert_uint_eq(csv_peek(csv).size, 0);
    csv_close(csv);
}
END_TEST

/* A row of `size` bytes, with or without a line end, between two short ones. */
static void long_row(size_t size, bool is_bad)
{
    char *input = malloc(size + 16);
    ck_assert_ptr_nonnull(input);
    memcpy(input, "a\n", 2);
    memset(input + 2, 'x', size);
    memcpy(input + 2 + size, "\nb\n", 3);
    for (size_t chunk = 1000; chunk < 1 << 20; chunk = chunk * 7 + 1) {
        struct source source = source_of(input, size + 5, chunk);
        struct csv *csv = csv_open(source_fill, &source);
        struct csv_row row;
        ck_assert(csv_next(csv, &row));
        ck_assert(csv_next(csv, &row));
        ck_assert_uint_eq(row.line, 2);
        ck_assert_int_eq(row.problem != NULL, is_bad);
        if (!is_bad)
            ck_assert_uint_eq(row.fields[0].size, size);
        ck_assert(csv_next(csv, &row));
        ck_assert_uint_eq(row.line, 3);
        ck_assert_uint_eq(row.fields[0].size, 1);
        ck_assert(!csv_next(csv, &row));
        csv_close(csv);
    }
    free(input);
}

START_TEST(a_row_has_a_limit_and_a_longer_one_costs_itself_alone)
{
    long_row(CSV_ROW_SIZE_MAX, false);
    long_row(CSV_ROW_SIZE_MAX + 1, true);
    long_row(3 * CSV_ROW_SIZE_MAX, true);
    long_row(20 * CSV_ROW_SIZE_MAX, true);
}
END_TEST

START_TEST(a_quoted_field_has_the_same_limit)
{
    size_t size = 3 * CSV_ROW_SIZE_MAX;
    char *input = malloc(size + 16);
    ck_assert_ptr_nonnull(input);
    memset(input, 'x', size);
    input[0] = '"';
    for (size_t i = 10; i < size; i += 10)
        input[i] = '\n';
    memcpy(input + size, "\"\nb\n", 4);
    for (size_t chunk = 1000; chunk < 1 << 20; chunk = chunk * 7 + 1) {
        struct source source = source_of(input, size + 4, chunk);
        struct csv *csv = csv_open(source_fill, &source);
        struct csv_row row;
        ck_assert(csv_next(csv, &row));
        ck_assert_str_eq(row.problem, "longer than 64 KiB");
        ck_assert(csv_next(csv, &row));
        ck_assert_ptr_null(row.problem);
        ck_assert_uint_eq(row.line, 2);
        csv_close(csv);
    }
    free(input);
}
END_TEST

START_TEST(fields_have_a_limit)
{
    char input[2 * CSV_FIELDS_MAX + 8] = "";
    memset(input, ',', CSV_FIELDS_MAX - 1);
    struct source source = source_of(input, strlen(input), 9);
    struct csv *csv = csv_open(source_fill, &source);
    struct csv_row row;
    ck_assert(csv_next(csv, &row));
    ck_assert_uint_eq(row.field_count, CSV_FIELDS_MAX);
    csv_close(csv);

    memset(input, ',', CSV_FIELDS_MAX);
    strncat(input, "\nb\n", 4);
    source = source_of(input, strlen(input), 9);
    csv = csv_open(source_fill, &source);
    ck_assert(csv_next(csv, &row));
    ck_assert_str_eq(row.problem, "more than 64 fields");
    ck_assert_uint_eq(row.field_count, 0);
    ck_assert(csv_next(csv, &row));
    ck_assert_uint_eq(row.field_count, 1);
    csv_close(csv);
}
END_TEST

START_TEST(an_error_of_the_file_ends_the_rows_and_sticks)
{
    struct source source = source_of("a\nb", 3, 2);
    source.fail = ERR_DAMAGED;
    struct csv *csv = csv_open(source_fill, &source);
    struct csv_row row;
    while (csv_next(csv, &row))
        ck_assert_uint_eq(row.line, 1);
    ck_assert_int_eq(csv_err(csv), ERR_DAMAGED);
    ck_assert(!csv_next(csv, &row));
    csv_close(csv);
}
END_TEST

/* Writes rows of fields of any bytes but zero, quoted, and reads them back. */
START_TEST(what_is_written_by_rfc_4180_is_read_back)
{
    uint64_t seed = 4180;
    for (int round = 0; round < 3000; round++) {
        char input[TEXT_MAX];
        char fields[4][16];
        size_t sizes[4];
        size_t used = 0;
        size_t count = 1 + (size_t)round % 4;
        for (size_t i = 0; i < count; i++) {
            static const char letters[] = "ab,\"\n\r ;";
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            sizes[i] = seed >> 60;
            input[used++] = '"';
            for (size_t k = 0; k < sizes[i]; k++) {
                seed = seed * 6364136223846793005u + 1442695040888963407u;
                fields[i][k] = letters[seed >> 61];
                if (fields[i][k] == '"')
                    input[used++] = '"';
                input[used++] = fields[i][k];
            }
            input[used++] = '"';
            input[used++] = i + 1 < count ? ',' : '\n';
        }
        struct source source = source_of(input, used, 1 + (size_t)round % 11);
        struct csv *csv = csv_open(source_fill, &source);
        struct csv_row row;
        ck_assert(csv_next(csv, &row));
        ck_assert_ptr_null(row.problem);
        ck_assert_uint_eq(row.field_count, count);
        for (size_t i = 0; i < count; i++)
            ck_assert(bytes_equal(row.fields[i], bytes_of(fields[i], sizes[i])));
        ck_assert(!csv_next(csv, &row));
        csv_close(csv);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &rows_end_with_lf_crlf_or_the_file,
        &quoted_fields_hold_separators_line_ends_and_quotation_marks,
        &quotation_marks_within_a_field_stand_for_themselves,
        &a_byte_order_mark_is_passed_over,
        &utf_16_is_told_and_not_read,
        &an_open_quotation_mark_costs_its_line_alone,
        &a_zero_byte_makes_a_bad_row,
        &another_dialect_has_no_quotation_marks,
        &a_look_ahead_reads_nothing,
        &a_row_has_a_limit_and_a_longer_one_costs_itself_alone,
        &a_quoted_field_has_the_same_limit,
        &fields_have_a_limit,
        &an_error_of_the_file_ends_the_rows_and_sticks,
        &what_is_written_by_rfc_4180_is_read_back,
    };
    return suite_run("cli/csv", cases, sizeof cases / sizeof *cases);
}
