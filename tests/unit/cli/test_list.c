#include "cli/list.h"

#include "tests/unit/cli/rendered.h"
#include "tests/unit/cli/source.h"

#include <stdio.h>

/* The list as text: "[ignored] 2:imei/reason\n3:!problem\n"; "" when it is refused. */
static void render(const char *input, size_t size, size_t chunk, char text[TEXT_MAX])
{
    struct source source = source_of(input, size, chunk);
    struct list *list;
    struct list_row row;
    complaint = (struct complaint){0};
    text[0] = '\0';
    if (list_open(source_fill, &source, &list, &complaint) != ERR_OK) {
        ck_assert_ptr_null(list);
        return;
    }
    int used = snprintf(text, TEXT_MAX, "[%s]%s\n", list_ignored(list),
                        list_has_reasons(list) ? " with reasons" : "");
    while (list_next(list, &row)) {
        used += snprintf(text + used, (size_t)(TEXT_MAX - used), "%u:", (unsigned)row.line);
        if (row.problem != NULL)
            used += snprintf(text + used, (size_t)(TEXT_MAX - used), "!%s\n", row.problem);
        else
            used += snprintf(text + used, (size_t)(TEXT_MAX - used), "%.*s/%.*s\n",
                             (int)row.imei.size, (const char *)row.imei.data, (int)row.reason.size,
                             (const char *)row.reason.data);
        ck_assert_int_lt(used, TEXT_MAX);
    }
    ck_assert_int_eq(list_err(list), ERR_OK);
    list_close(list);
}

START_TEST(one_imei_a_line_needs_no_header)
{
    reads("1\n2\n", "[]\n1:1/\n2:2/\n");
    reads("1", "[]\n1:1/\n");
    reads("\r\n 1\t\r\n\r\n2 \r\n", "[]\n2:1/\n4:2/\n");
    reads("\"1\"\n", "[]\n1:1/\n");
}
END_TEST

START_TEST(a_header_of_one_column_is_no_row)
{
    reads("imei\n1\n", "[]\n2:1/\n");
    reads("\xef\xbb\xbfIMEI\r\n1\r\n", "[]\n2:1/\n");
    reads("\n Imei \n1\n", "[]\n3:1/\n");
    reads("imei\n", "[]\n");
}
END_TEST

START_TEST(columns_are_found_by_their_names)
{
    reads("imei,reason\n1,stolen\n2,\n3\n", "[] with reasons\n2:1/stolen\n3:2/\n4:3/\n");
    reads("name,imei,date\nx,1,y\n", "[name, date]\n2:1/\n");
    reads("Reason, IMEI\nfraud, 1 \n", "[] with reasons\n2:1/fraud\n");
    reads("imei,imei\n1,2\n", "[imei]\n2:1/\n");
}
END_TEST

START_TEST(the_separator_is_the_one_the_header_has_most_of)
{
    reads("imei;reason\n1;stolen\n", "[] with reasons\n2:1/stolen\n");
    reads("imei\treason\n1\tstolen\n", "[] with reasons\n2:1/stolen\n");
    reads("a,b|imei|reason\nx|1|stolen\n", "[a,b] with reasons\n2:1/stolen\n");
}
END_TEST

START_TEST(bad_rows_are_named_and_cost_themselves_alone)
{
    reads("name,imei\nx\ny,1\n", "[name]\n2:!no column imei in this row\n3:1/\n");
    reads("imei\n\"1\n2\n", "[]\n2:!a quotation mark is not closed\n3:2/\n");
    char text[TEXT_MAX];
    render("imei\n1\0\n2\n", 10, 3, text);
    ck_assert_str_eq(text, "[]\n2:!a zero byte\n3:2/\n");
}
END_TEST

START_TEST(refuses_what_is_no_list)
{
    refused("", 0, "no row in it");
    refused("\n\r\n  \n", 0, "no row in it");
    refused("1,2\n3,4\n", 1, "no header that names one of them imei");
    refused("\nname;date\n", 2, "no header that names one of them imei");
}
END_TEST

START_TEST(control_characters_of_a_header_are_not_shown)
{
    reads("imei,\x1b[31mred\n1,x\n", "[[31mred]\n2:1/\n");
}
END_TEST

START_TEST(an_error_of_the_file_is_told)
{
    struct source source = {.fail = ERR_IO};
    struct list *list;
    ck_assert_int_eq(list_open(source_fill, &source, &list, &complaint), ERR_IO);
    source = source_of("1\n2\n", 4, 2);
    source.fail = ERR_DAMAGED;
    ck_assert_int_eq(list_open(source_fill, &source, &list, &complaint), ERR_DAMAGED);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &one_imei_a_line_needs_no_header,
        &a_header_of_one_column_is_no_row,
        &columns_are_found_by_their_names,
        &the_separator_is_the_one_the_header_has_most_of,
        &bad_rows_are_named_and_cost_themselves_alone,
        &refuses_what_is_no_list,
        &control_characters_of_a_header_are_not_shown,
        &an_error_of_the_file_is_told,
    };
    return suite_run("cli/list", cases, sizeof cases / sizeof *cases);
}
