/*
 * Imports, into the real ledger: how rows become statements, and that nothing is said twice however
 * often an import is interrupted.
 */
#include "tests/unit/cli/node.h"

#include "cli/command.h"

#include <dirent.h>
#include <jansson.h>
#include <signal.h>
#include <sys/wait.h>
#include <zlib.h>

static struct scratch scratch;
static struct node node;

static void begin(void)
{
    scratch = scratch_begin();
    setenv("XDG_STATE_HOME", at(&scratch, "home"), 1);
    network_make(&scratch);
    node_make(&node, &scratch);
    setenv("IMEI_KEY", at(&scratch, "operator.pem"), 1);
}

static void end(void)
{
    node_close(&node);
    scratch_end(&scratch);
}

static void serve(void)
{
    node_serve(&node, &scratch);
}

static void stop_serving(void)
{
    server_stop(&node.server);
}

static struct imei device(size_t i)
{
    return imei_of(35693803 + (uint32_t)(i % 7), (uint32_t)(i * 7919 % IMEI_SERIALS));
}

/* A list of that many devices, in no order. */
static const char *list_of(const char *name, size_t count)
{
    const char *path = at(&scratch, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    for (size_t i = 0; i < count; i++) {
        char text[IMEI_TEXT_SIZE + 1];
        imei_format(device(i), text);
        fprintf(file, "%s\n", text);
    }
    fclose(file);
    return path;
}

/* The same under a name that stays. */
static const char *long_list(size_t count)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", list_of("list", count));
    return path;
}

/* A number of the summary that a run printed as JSON. Ends the run. */
static json_int_t number_of(json_t *summary, const char *key)
{
    const json_t *value = json_object_get(summary, key);
    ck_assert_msg(json_is_integer(value), "no number %s", key);
    return json_integer_value(value);
}

static json_t *summary_of(struct run run, int code)
{
    ck_assert_msg(run.code == code, "exit status %d: %s%s", run.code, run.err, run.out);
    json_t *value = json_loads(run.out, 0, NULL);
    ck_assert_msg(value != NULL, "%s", run.out);
    run_end(&run);
    return value;
}

/* The rows and what became of them. Ends the run. */
static void summed(struct run run, int code, int rows, int bad, int twice, int statements,
                   int changed, int standing)
{
    json_t *summary = summary_of(run, code);
    ck_assert_int_eq(number_of(summary, "rows"), rows);
    ck_assert_int_eq(number_of(summary, "bad"), bad);
    ck_assert_int_eq(number_of(summary, "twice"), twice);
    ck_assert_int_eq(number_of(summary, "statements"), statements);
    ck_assert_int_eq(number_of(summary, "changed"), changed);
    ck_assert_int_eq(number_of(summary, "standing"), standing);
    ck_assert(json_is_true(json_object_get(summary, "complete")));
    json_decref(summary);
}

/* Every device of the list has exactly one claim, and the ledger that many transactions. */
static void all_stand_once(size_t count, size_t transactions)
{
    struct check_answer *answer = malloc(sizeof *answer);
    ck_assert_ptr_nonnull(answer);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(view_device(node.view, device(i), answer), ERR_OK);
        ck_assert_uint_eq(answer->claim_count, 1);
        ck_assert_int_eq(answer->claims[0].kind, CLAIM_BLOCK);
    }
    free(answer);
    ck_assert_uint_eq(node_transactions(&node), transactions);
}

static size_t state_files(void)
{
    size_t count = 0;
    DIR *directory = opendir(at(&scratch, "home/imei"));
    if (directory == NULL)
        return 0;
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

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
    ended(run_tool("import", at(&scratch, "nowhere"), NULL), EXIT_USAGE, "Compare the path");
    ended(run_tool("import", scratch.path, NULL), EXIT_USAGE, "Name a plain file");
    end();
}
END_TEST

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

/* ---- interruption ---- */

/* A process that runs the import when it is told to: forked before the socket is opened, since NNG
 * does not live through a fork. */
struct child {
    pid_t pid;
    int go;
};

static struct child child_import(const char *list, const char *timeout)
{
    int pair[2];
    struct child child;
    ck_assert_int_eq(pipe(pair), 0);
    child.pid = fork();
    ck_assert_int_ge(child.pid, 0);
    if (child.pid == 0) {
        char byte;
        close(pair[1]);
        if (read(pair[0], &byte, 1) != 1)
            _exit(99);
        /* Check's own handler, which is inherited, ends the whole test. */
        sigaction(SIGINT, &(struct sigaction){.sa_handler = SIG_DFL}, NULL);
        setenv("IMEI_NODE", server_address(&scratch), 1);
        struct run run =
            run_tool("import", list, "--batch", "10", "--timeout", timeout, "--json", NULL);
        _exit(run.code);
    }
    close(pair[0]);
    child.go = pair[1];
    return child;
}

static void child_go(const struct child *child)
{
    ck_assert_int_eq(write(child->go, "x", 1), 1);
}

static int child_wait(const struct child *child)
{
    int status;
    ck_assert_int_eq(waitpid(child->pid, &status, 0), child->pid);
    close(child->go);
    return status;
}

/* Waits until the node has taken that many statements. */
static void wait_taken(int count)
{
    while (node.taken < count)
        usleep(200);
}

/* Runs it to its end here, after an interruption: as if nothing had happened. */
static void goes_on(const char *list, size_t rows, bool is_resumed)
{
    json_t *summary =
        summary_of(run_tool("import", list, "--batch", "10", "--json", NULL), EXIT_DONE);
    ck_assert_int_eq(json_is_true(json_object_get(summary, "resumed")), is_resumed);
    ck_assert_int_eq(number_of(summary, "statements"), (json_int_t)rows / 10);
    ck_assert_int_eq(number_of(summary, "changed") + number_of(summary, "standing"),
                     (json_int_t)rows);
    json_decref(summary);
    ck_assert_uint_eq(state_files(), 0);
}

START_TEST(killed_anywhere_it_goes_on_without_saying_anything_twice)
{
    begin();
    size_t rows = 600;
    const char *list = long_list(rows);
    struct child children[6];
    for (int i = 0; i < 6; i++)
        children[i] = child_import(list, "10");
    serve();
    for (int i = 0; i < 6; i++) {
        int before = node.taken;
        child_go(&children[i]);
        wait_taken(before + 2 + 3 * i);
        ck_assert_int_eq(kill(children[i].pid, SIGKILL), 0);
        ck_assert(WIFSIGNALED(child_wait(&children[i])));
        ck_assert_uint_eq(state_files(), 1);
    }
    node.taken = 0;
    goes_on(list, rows, true);
    all_stand_once(rows, rows / 10);
    /* Each statement of the lane has been answered once in the last run, with its first place. */
    ck_assert_int_eq(node.taken, (int)rows / 10);
    for (int i = 0; i < node.taken; i++) {
        for (int k = 0; k < i; k++)
            ck_assert(!hash_equal(&node.ids[i], &node.ids[k]));
    }
    stop_serving();
    end();
}
END_TEST

START_TEST(an_interrupt_from_the_terminal_lets_come_home_what_is_under_way)
{
    begin();
    size_t rows = 4000;
    const char *list = long_list(rows);
    struct child child = child_import(list, "10");
    serve();
    child_go(&child);
    wait_taken(5);
    ck_assert_int_eq(kill(child.pid, SIGINT), 0);
    int status = child_wait(&child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(WTERMSIG(status), SIGINT);
    ck_assert_uint_eq(state_files(), 1);
    uint64_t before = node_transactions(&node);
    ck_assert_uint_lt(before, rows / 10);
    goes_on(list, rows, true);
    all_stand_once(rows, rows / 10);
    stop_serving();
    end();
}
END_TEST

START_TEST(a_lost_node_is_told_and_the_same_command_goes_on)
{
    begin();
    size_t rows = 4000;
    const char *list = long_list(rows);
    struct child child = child_import(list, "1");
    serve();
    child_go(&child);
    wait_taken(5);
    stop_serving();
    int status = child_wait(&child);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), EXIT_UNREACHABLE);
    ck_assert_uint_eq(state_files(), 1);
    serve();
    goes_on(list, rows, true);
    all_stand_once(rows, rows / 10);
    stop_serving();
    end();
}
END_TEST

/* The only state file, by name. */
static void state_path(char path[PATH_MAX])
{
    DIR *directory = opendir(at(&scratch, "home/imei"));
    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] != '.')
            snprintf(path, PATH_MAX, "%s/home/imei/%s", scratch.path, entry->d_name);
    }
    closedir(directory);
}

/* An import that was killed after some statements. */
static const char *killed_import(size_t rows)
{
    const char *list = long_list(rows);
    struct child child = child_import(list, "10");
    serve();
    child_go(&child);
    wait_taken(4);
    ck_assert_int_eq(kill(child.pid, SIGKILL), 0);
    ck_assert(WIFSIGNALED(child_wait(&child)));
    return list;
}

START_TEST(without_its_state_another_lane_is_begun_and_nothing_doubles)
{
    begin();
    size_t rows = 600;
    const char *list = killed_import(rows);
    char path[PATH_MAX];
    state_path(path);
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    ck_assert_int_eq(unlink(path), 0);
    goes_on(list, rows, false);
    all_stand_once(rows, node_transactions(&node));
    stop_serving();
    end();
}
END_TEST

/* The state says that the import began at another time. */
static void begins_anew_after(int64_t shift_ms)
{
    begin();
    size_t rows = 600;
    const char *list = killed_import(rows);
    char path[PATH_MAX];
    state_path(path);
    json_t *state = json_load_file(path, 0, NULL);
    ck_assert_ptr_nonnull(state);
    json_int_t time = json_integer_value(json_object_get(state, "issued_at_ms"));
    json_object_set_new(state, "issued_at_ms", json_integer(time + shift_ms));
    ck_assert_int_eq(json_dump_file(state, path, 0), 0);
    json_decref(state);
    goes_on(list, rows, false);
    all_stand_once(rows, node_transactions(&node));
    stop_serving();
    end();
}

START_TEST(a_state_of_yesterday_begins_anew)
{
    begins_anew_after(-24 * 3600000LL);
}
END_TEST

START_TEST(a_state_whose_statements_would_soon_expire_begins_anew)
{
    begins_anew_after(-23 * 3600000LL - 60000);
}
END_TEST

START_TEST(a_state_of_tomorrow_begins_anew)
{
    begins_anew_after(24 * 3600000LL);
}
END_TEST

START_TEST(a_damaged_state_is_no_obstacle_unless_it_is_named)
{
    begin();
    serve();
    put_text(at(&scratch, "junk"), "junk");
    ended(run_tool("import", list_of("list", 10), "--state", at(&scratch, "junk"), NULL),
          EXIT_USAGE, "is the state of another import");
    ck_assert_uint_eq(node_transactions(&node), 0);
    answered(run_tool("import", list_of("list", 10), "--state", at(&scratch, "mine"), NULL),
             EXIT_DONE, "Changed       10");
    ck_assert_int_ne(access(at(&scratch, "mine"), F_OK), 0);
    stop_serving();
    end();
}
END_TEST

START_TEST(without_a_place_for_its_state_nothing_is_sent)
{
    begin();
    serve();
    unsetenv("XDG_STATE_HOME");
    unsetenv("HOME");
    ended(run_tool("import", list_of("list", 10), NULL), EXIT_USAGE, "Set HOME");
    put_text(at(&scratch, "file"), "");
    setenv("XDG_STATE_HOME", at(&scratch, "file"), 1);
    ended(run_tool("import", list_of("list", 10), NULL), EXIT_INTERNAL, "import-");
    ck_assert_uint_eq(node_transactions(&node), 0);
    setenv("HOME", at(&scratch, "home"), 1);
    setenv("XDG_STATE_HOME", "relative", 1); /* not absolute: ignored, as the specification says */
    answered(run_tool("import", list_of("list", 10), NULL), EXIT_DONE, "Changed       10");
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
        &tacs_are_imported_each_once,
        &many_tacs_keep_below_the_size_of_a_statement,
        &the_worst_list_keeps_below_the_size_of_a_statement,
        &killed_anywhere_it_goes_on_without_saying_anything_twice,
        &an_interrupt_from_the_terminal_lets_come_home_what_is_under_way,
        &a_lost_node_is_told_and_the_same_command_goes_on,
        &without_its_state_another_lane_is_begun_and_nothing_doubles,
        &a_state_of_yesterday_begins_anew,
        &a_state_whose_statements_would_soon_expire_begins_anew,
        &a_state_of_tomorrow_begins_anew,
        &a_damaged_state_is_no_obstacle_unless_it_is_named,
        &without_a_place_for_its_state_nothing_is_sent,
    };
    return suite_run("cli/import", cases, sizeof cases / sizeof *cases);
}
