/*
 * Imports of IMEIs: how rows become statements.
 */
#include "tests/unit/cli/import.h"

#include <zlib.h>

START_TEST(a_list_becomes_few_statements)
{
    begin();
    serve();
    const char *list = list_of("list", 1000);
    summed(run_tool("import", list, "--json", NULL), EXIT_DONE, 1000, 0, 0, 1, 1000, 0);
    all_stand_once(1000, 1);
    ck_assert_uint_eq(state_files(), 0); /* nothing is left to be remembered */
    stop_serving();
    end();
}
END_TEST

START_TEST(batches_divide_it_and_all_of_it_arrives)
{
    begin();
    serve();
    const char *list = list_of("list", 1000);
    summed(run_tool("import", list, "--batch", "99", "--json", NULL), EXIT_DONE, 1000, 0, 0, 11,
           1000, 0);
    all_stand_once(1000, 11);
    stop_serving();
    end();
}
END_TEST

START_TEST(what_stands_already_is_no_error)
{
    begin();
    serve();
    const char *list = list_of("list", 300);
    summed(run_tool("import", list_of("half", 150), "--json", NULL), EXIT_DONE, 150, 0, 0, 1, 150,
           0);
    summed(run_tool("import", list, "--json", NULL), EXIT_DONE, 300, 0, 0, 1, 150, 150);
    summed(run_tool("import", list, "--json", NULL), EXIT_DONE, 300, 0, 0, 1, 0, 300);
    all_stand_once(300, 2);
    stop_serving();
    end();
}
END_TEST

START_TEST(bad_rows_are_told_and_good_ones_imported)
{
    begin();
    serve();
    put_text(at(&scratch, "list"), "imei,reason,name\n"
                                   "356938035643809,stolen,a\n"
                                   "356938035643808,stolen,b\n"
                                   "3569380,,c\n"
                                   "35693803564381,nonsense,d\n"
                                   "35693803564382,,e\n"
                                   "35693803564380,fraud,again\n"
                                   "\"35693803564383\",\"0028\",\"with, comma\"\n"
                                   "x,\"\n");
    struct run run = run_tool("import", at(&scratch, "list"), "--reason", "third-party", NULL);
    ck_assert_int_eq(run.code, EXIT_NO);
    static const char *const said[] = {
        "these columns are not read: name",
        ":3: the check digit of the IMEI is wrong, it would be 9: 356938035643808",
        ":4: an IMEI has 14, 15 or 16 digits: 3569380",
        ":5: the reason is not known, or does not fit the operation: nonsense",
        ":9: a quotation mark is not closed",
    };
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++)
        ck_assert_msg(strstr(run.err, said[i]) != NULL, "'%s' lacks '%s'", run.err, said[i]);
    ck_assert_ptr_nonnull(strstr(run.out, "Twice         1"));
    run_end(&run);
    answered(run_tool("check", "35693803564380", NULL), EXIT_NO, "stolen");
    answered(run_tool("check", "35693803564382", NULL), EXIT_NO, "third-party");
    answered(run_tool("check", "35693803564383", NULL), EXIT_NO, "court");
    ck_assert_uint_eq(node_transactions(&node), 3); /* one a reason */
    stop_serving();
    end();
}
END_TEST

START_TEST(digits_may_be_grouped_as_on_labels)
{
    begin();
    serve();
    put_text(at(&scratch, "list"), "imei;reason\n35-693803-564380-9;stolen\n"
                                   "\"35 693803 564381\";\n356938/03/564382;fraud\n"
                                   "35-693803-564380-8;stolen\n3569380-35643819;stolen\n");
    struct run run = run_tool("import", at(&scratch, "list"), NULL);
    ck_assert_int_eq(run.code, EXIT_NO);
    ck_assert_ptr_nonnull(strstr(run.err, ":5: the check digit of the IMEI is wrong, it would be"));
    ck_assert_ptr_nonnull(strstr(run.err, ":6: an IMEI has digits only: 3569380-35643819"));
    ck_assert_ptr_nonnull(strstr(run.out, "Changed       3"));
    run_end(&run);
    answered(run_tool("check", "356938-03-564380-9", NULL), EXIT_NO, "stolen");
    answered(run_tool("history", "35-693803-564382", NULL), EXIT_DONE, "fraud");
    stop_serving();
    end();
}
END_TEST

START_TEST(bad_rows_go_to_a_file_as_csv)
{
    begin();
    serve();
    put_text(at(&scratch, "list"), "35693803564380\nab\"c\n12\n");
    ended(run_tool("import", at(&scratch, "list"), "--errors", at(&scratch, "bad.csv"), NULL),
          EXIT_NO, "");
    size_t size;
    char *bad = get_file(at(&scratch, "bad.csv"), &size);
    ck_assert_str_eq(bad, "line,problem,row\n"
                          "2,\"an IMEI has 14, 15 or 16 digits\",\"ab\"\"c\"\n"
                          "3,\"an IMEI has 14, 15 or 16 digits\",\"12\"\n");
    free(bad);
    ended(run_tool("import", at(&scratch, "list"), "--errors", at(&scratch, "no/where"), NULL),
          EXIT_USAGE, "Choose a place");
    stop_serving();
    end();
}
END_TEST

START_TEST(many_bad_rows_are_counted_and_not_all_shown)
{
    begin();
    char text[4096] = "";
    for (int i = 0; i < 25; i++)
        strncat(text, "bad\n", 5);
    put_text(at(&scratch, "list"), text);
    ended(run_tool("import", at(&scratch, "list"), "--dry-run", NULL), EXIT_NO,
          "and 5 more bad rows; --errors FILE lists them");
    end();
}
END_TEST

START_TEST(a_dry_run_sends_nothing_and_needs_neither_key_nor_node)
{
    begin();
    unsetenv("IMEI_KEY");
    json_t *summary =
        summary_of(run_tool("import", list_of("list", 50), "--dry-run", "--json", NULL), EXIT_DONE);
    ck_assert_int_eq(number_of(summary, "to_send"), 50);
    ck_assert(json_is_false(json_object_get(summary, "complete")));
    json_decref(summary);
    ck_assert_uint_eq(state_files(), 0);
    ended(run_tool("import", list_of("list", 50), NULL), EXIT_USAGE, "needs a key");
    end();
}
END_TEST

START_TEST(every_operation_can_be_imported)
{
    begin();
    serve();
    const char *list = list_of("list", 40);
    static const char *const words[] = {"watch",     "unwatch",     "block",    "unblock",
                                        "duplicate", "unduplicate", "register", "unregister"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        summed(run_tool("import", list, "--operation", words[i], "--json", NULL), EXIT_DONE, 40, 0,
               0, 1, 40, 0);
    /* What is lifted already is no error either. */
    summed(run_tool("import", list, "--operation", "unblock", "--json", NULL), EXIT_DONE, 40, 0, 0,
           1, 0, 40);
    ended(run_tool("import", list, "--operation", "tac-allocate", NULL), EXIT_USAGE,
          "is no --operation");
    ended(run_tool("import", list, "--operation", "unblock", "--reason", "stolen", NULL),
          EXIT_USAGE, "is no reason to unblock");
    ended(run_tool("import", list, "--batch", "0", NULL), EXIT_USAGE, "1 to 100000");
    ended(run_tool("import", list, "--batch", "100001", NULL), EXIT_USAGE, "1 to 100000");
    stop_serving();
    end();
}
END_TEST

START_TEST(a_reason_column_is_told_to_be_of_no_use_where_it_is)
{
    begin();
    put_text(at(&scratch, "list"), "imei,reason\n35693803564380,whatever\n");
    ended(run_tool("import", at(&scratch, "list"), "--operation", "register", "--dry-run", NULL),
          EXIT_DONE, "register takes none");
    end();
}
END_TEST

START_TEST(what_others_claim_is_refused_by_batch_and_the_rest_goes_on)
{
    begin();
    serve();
    const char *list = list_of("list", 30);
    summed(run_tool("import", list, "--json", NULL), EXIT_DONE, 30, 0, 0, 1, 30, 0);
    setenv("IMEI_KEY", at(&scratch, "authority.pem"), 1); /* of another country */
    struct run run = run_tool("import", list, "--operation", "unblock", "--batch", "10", NULL);
    ck_assert_int_eq(run.code, EXIT_REFUSED);
    ck_assert_ptr_nonnull(strstr(run.err, "10 rows were refused together"));
    ck_assert_ptr_nonnull(strstr(run.out, "Refused       30"));
    run_end(&run);
    stop_serving();
    end();
}
END_TEST

START_TEST(a_signer_without_the_right_stops_it)
{
    begin();
    serve();
    put_text(at(&scratch, "tacs"), "tac,name,name\n35693803,Nokia,3310\n");
    ended(run_tool("tac", "import", at(&scratch, "tacs"), NULL), EXIT_REFUSED,
          "roles do not allow");
    stop_serving();
    end();
}
END_TEST

START_TEST(a_busy_node_is_asked_again)
{
    begin();
    serve();
    node.busy = 5;
    summed(run_tool("import", list_of("list", 60), "--batch", "10", "--json", NULL), EXIT_DONE, 60,
           0, 0, 6, 60, 0);
    all_stand_once(60, 6);
    stop_serving();
    end();
}
END_TEST

START_TEST(gzip_and_plain_files_are_the_same)
{
    begin();
    serve();
    size_t size;
    char *text = get_file(list_of("list", 500), &size);
    gzFile file = gzopen(at(&scratch, "list.gz"), "wb");
    ck_assert_int_eq(gzwrite(file, text, (unsigned)size), (int)size);
    gzclose(file);
    summed(run_tool("import", at(&scratch, "list.gz"), "--json", NULL), EXIT_DONE, 500, 0, 0, 1,
           500, 0);

    /* Cut short it is not imported in part. */
    char *packed = get_file(at(&scratch, "list.gz"), &size);
    put_bytes(at(&scratch, "cut.gz"), packed, size - 20);
    ended(run_tool("import", at(&scratch, "cut.gz"), NULL), EXIT_USAGE, "Fetch the file again");
    free(packed);
    free(text);
    ck_assert_uint_eq(node_transactions(&node), 1);
    stop_serving();
    end();
}
END_TEST

START_TEST(files_that_are_no_list_are_refused)
{
    begin();
    put_text(at(&scratch, "list"), "");
    ended(run_tool("import", at(&scratch, "list"), NULL), EXIT_USAGE, "there is no row in it");
    put_text(at(&scratch, "list"), "a,b\n1,2\n");
    ended(run_tool("import", at(&scratch, "list"), NULL), EXIT_USAGE, "no header that names");
    put_bytes(at(&scratch, "list"),
              "\xff\xfe"
              "3\0"
              "5\0\n\0",
              8);
    ended(run_tool("import", at(&scratch, "list"), NULL), EXIT_USAGE, "is UTF-16");
    ended(run_tool("tac", "import", at(&scratch, "list"), NULL), EXIT_USAGE, "is UTF-16");
    ended(run_tool("import", at(&scratch, "nowhere"), NULL), EXIT_USAGE, "Compare the path");
    ended(run_tool("import", scratch.path, NULL), EXIT_USAGE, "Name a plain file");
    end();
}
END_TEST

START_TEST(the_worst_list_keeps_below_the_size_of_a_statement)
{
    begin();
    serve();
    FILE *file = fopen(at(&scratch, "list"), "w");
    for (unsigned i = 0; i < 60000; i++) /* each of another TAC: nine bytes each */
        fprintf(file, "%08u%06u\n", 35000000 + i, i);
    fclose(file);
    summed(run_tool("import", at(&scratch, "list"), "--batch", "60000", "--json", NULL), EXIT_DONE,
           60000, 0, 0, 2, 60000, 0);
    stop_serving();
    end();
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_list_becomes_few_statements,
        &batches_divide_it_and_all_of_it_arrives,
        &what_stands_already_is_no_error,
        &bad_rows_are_told_and_good_ones_imported,
        &digits_may_be_grouped_as_on_labels,
        &bad_rows_go_to_a_file_as_csv,
        &many_bad_rows_are_counted_and_not_all_shown,
        &a_dry_run_sends_nothing_and_needs_neither_key_nor_node,
        &every_operation_can_be_imported,
        &a_reason_column_is_told_to_be_of_no_use_where_it_is,
        &what_others_claim_is_refused_by_batch_and_the_rest_goes_on,
        &a_signer_without_the_right_stops_it,
        &a_busy_node_is_asked_again,
        &gzip_and_plain_files_are_the_same,
        &files_that_are_no_list_are_refused,
        &the_worst_list_keeps_below_the_size_of_a_statement,
    };
    return suite_run("cli/import", cases, sizeof cases / sizeof *cases);
}
