/*
 * Imports of TACs: how rows become statements.
 */
#include "tests/unit/cli/import.h"

START_TEST(tacs_are_imported_each_once)
{
    begin();
    serve();
    setenv("IMEI_KEY", at(&scratch, "authority.pem"), 1);
    put_text(at(&scratch, "tacs"), "Osmocom TAC database under CC-BY-SA v3.0\n"
                                   "tac,name,name,aka\n"
                                   "35693803,Nokia,3310,\"a,b\"\n"
                                   "1130000,Apple,iPhone 4\n"
                                   "35693803,Nokia,3330\n"
                                   "bad,x,y\n");
    struct run run = run_tool("tac", "import", at(&scratch, "tacs"), NULL);
    ck_assert_int_eq(run.code, EXIT_NO);
    ck_assert_ptr_nonnull(strstr(run.err, "CC-BY-SA"));
    ck_assert_ptr_nonnull(strstr(run.err, ":6: a TAC has eight digits: bad"));
    run_end(&run);
    answered(run_tool("tac", "show", "35693803", NULL), EXIT_DONE, "3310");
    answered(run_tool("tac", "show", "01130000", NULL), EXIT_DONE, "iPhone 4");
    summed(run_tool("tac", "import", at(&scratch, "tacs"), "--json", NULL), EXIT_NO, 4, 1, 1, 1, 0,
           2);
    ended(run_tool("tac", "import", list_of("list", 3), NULL), EXIT_USAGE, "neither tac,name");
    stop_serving();
    end();
}
END_TEST

START_TEST(many_tacs_keep_below_the_size_of_a_statement)
{
    begin();
    serve();
    setenv("IMEI_KEY", at(&scratch, "authority.pem"), 1);
    FILE *file = fopen(at(&scratch, "tacs"), "w");
    fprintf(file, "tac,name,name\n");
    for (int i = 0; i < 6000; i++) /* about 1.2 MB with the longest names */
        fprintf(file, "%08d,%096d,%096d\n", 35000000 + i, i, i);
    fclose(file);
    summed(run_tool("tac", "import", at(&scratch, "tacs"), "--json", NULL), EXIT_DONE, 6000, 0, 0,
           3, 6000, 0);
    stop_serving();
    end();
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &tacs_are_imported_each_once,
        &many_tacs_keep_below_the_size_of_a_statement,
    };
    return suite_run("cli/tac_import", cases, sizeof cases / sizeof *cases);
}
