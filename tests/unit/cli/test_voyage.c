/*
 * Imports that are interrupted: nothing is said twice, however often, and all of it arrives.
 */
#include "tests/unit/cli/import.h"

#include <signal.h>
#include <sys/wait.h>

/* The same under a name that stays. */
static const char *long_list(size_t count)
{
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s", list_of("list", count));
    return path;
}

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

/* The child imports until the node has taken so many statements, and finds no end before
 * let_finish(), however long it takes to be interrupted. */
static void child_go(const struct child *child, int taken)
{
    node.taken_max = taken;
    ck_assert_int_eq(write(child->go, "x", 1), 1);
    while (node.taken < taken)
        usleep(200);
}

static void let_finish(void)
{
    node.taken_max = 0;
}

static int child_wait(const struct child *child)
{
    int status;
    ck_assert_int_eq(waitpid(child->pid, &status, 0), child->pid);
    close(child->go);
    return status;
}

static void child_kill(const struct child *child)
{
    ck_assert_int_eq(kill(child->pid, SIGKILL), 0);
    ck_assert(WIFSIGNALED(child_wait(child)));
    let_finish();
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
        child_go(&children[i], node.taken + 2 + 3 * i);
        child_kill(&children[i]);
        ck_assert_uint_eq(state_files(), 1);
    }
    node.taken = 0;
    goes_on(list, rows, true);
    all_stand_once(rows, rows / 10);
    /* The statements of the last run are those of the first; what the last killed one had sent may
     * still have come beside them. */
    int distinct = 0;
    for (int i = 0; i < node.taken; i++) {
        bool again = false;
        for (int k = 0; k < i; k++)
            again = again || hash_equal(&node.ids[i], &node.ids[k]);
        distinct += !again;
    }
    ck_assert_int_eq(distinct, (int)rows / 10);
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
    child_go(&child, 5);
    ck_assert_int_eq(kill(child.pid, SIGINT), 0);
    let_finish();
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
    child_go(&child, 5);
    node.server.is_stopping = true; /* no more than what has come is answered */
    let_finish();
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
    child_go(&child, 4);
    child_kill(&child);
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

/* What is signed is no longer the same: here the organisation's country. */
START_TEST(a_lane_that_holds_other_statements_is_left)
{
    begin();
    size_t rows = 600;
    const char *list = killed_import(rows);
    const char *operator_key = at(&scratch, "operator.pem");
    answered(run_tool("org", "propose", "operator.example", "--country", "DK", "--roles",
                      "operator", "--key", at(&scratch, "authority.pem"), NULL),
             EXIT_DONE, "committed");
    ended(run_tool("import", list, "--batch", "10", "--key", operator_key, NULL), EXIT_REFUSED,
          "run the same command again");
    ck_assert_uint_eq(state_files(), 0);
    goes_on(list, rows, false);
    all_stand_once(rows, node_transactions(&node));
    stop_serving();
    end();
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
        &killed_anywhere_it_goes_on_without_saying_anything_twice,
        &an_interrupt_from_the_terminal_lets_come_home_what_is_under_way,
        &a_lost_node_is_told_and_the_same_command_goes_on,
        &without_its_state_another_lane_is_begun_and_nothing_doubles,
        &a_state_of_yesterday_begins_anew,
        &a_state_whose_statements_would_soon_expire_begins_anew,
        &a_state_of_tomorrow_begins_anew,
        &a_lane_that_holds_other_statements_is_left,
        &a_damaged_state_is_no_obstacle_unless_it_is_named,
        &without_a_place_for_its_state_nothing_is_sent,
    };
    return suite_run("cli/voyage", cases, sizeof cases / sizeof *cases);
}
