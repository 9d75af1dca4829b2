/* The proxy as a whole, told what to do through its socket. */
#include "testnet/proxy/control.h"
#include "testnet/proxy/order.h"
#include "tests/unit/suite.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define FRAME "inside 0 0 - 0\nelse 10 0 - 0\n"
#define NODES "node fr-op FR\nnode ke-reg KE\n"

static char directory[64];
static char table[96];
static char profile[96];
static char socket_path[96];
static uv_loop_t loop;
static struct wan *wan;
static struct control *control;
static struct complaint complaint;
static struct wan_options options = {.loop = &loop, .table = table, .profile = profile, .seed = 7};

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

static void make_files(void)
{
    snprintf(directory, sizeof directory, "/tmp/imei-control.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(directory));
    snprintf(table, sizeof table, "%s/table", directory);
    snprintf(profile, sizeof profile, "%s/near.table", directory);
    snprintf(socket_path, sizeof socket_path, "%s/control", directory);
    write_file(table, NODES);
    write_file(profile, FRAME);
    uv_loop_init(&loop);
}

static void begin(void)
{
    make_files();
    ck_assert_int_eq(wan_open(&options, &wan, &complaint), ERR_OK);
    ck_assert_int_eq(control_open(wan, &loop, socket_path, &control), ERR_OK);
}

static void end(void)
{
    control_close(control);
    wan_close(wan);
    uv_run(&loop, UV_RUN_DEFAULT);
    wan_free(wan);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
    unlink(table);
    unlink(profile);
    ck_assert_int_eq(rmdir(directory), 0); /* the socket went with it */
}

static int call(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, socket_path, strlen(socket_path));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void wait_for(int fd)
{
    struct pollfd file = {.fd = fd, .events = POLLIN};
    while (poll(&file, 1, 0) == 0)
        uv_run(&loop, UV_RUN_NOWAIT);
}

/* One line that the proxy answers; empty when it hangs up. */
static const char *hear(int fd)
{
    static char line[4096];
    size_t size = 0;
    while (size == 0 || line[size - 1] != '\n') {
        wait_for(fd);
        if (recv(fd, line + size, 1, 0) <= 0)
            break;
        size++;
    }
    line[size] = '\0';
    return line;
}

static const char *ask_line(int fd, const char *line)
{
    ck_assert_int_eq(send(fd, line, strlen(line), 0), (ssize_t)strlen(line));
    return hear(fd);
}

START_TEST(each_line_has_one_answer_in_order)
{
    begin();
    int fd = call();
    ck_assert_str_eq(ask_line(fd, "cut fr-op ke-reg\nheal\nnonsense\n"), "ok\n");
    ck_assert_str_eq(hear(fd), "ok\n");
    ck_assert_int_eq(strncmp(hear(fd), "error: ", 7), 0);
    ck_assert_int_eq(send(fd, "he", 2, 0), 2);
    for (unsigned i = 0; i < 100; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    ck_assert_str_eq(ask_line(fd, "al\n"), "ok\n");
    close(fd);
    end();
}
END_TEST

START_TEST(a_cut_shows_in_the_state)
{
    begin();
    int fd = call();
    ck_assert_ptr_null(strstr(ask_line(fd, "state\n"), "\"cut\":true"));
    ck_assert_str_eq(ask_line(fd, "cut fr-op ke-reg one-way\n"), "ok\n");
    const char *state = ask_line(fd, "state\n");
    ck_assert_ptr_nonnull(strstr(state, "\"profile\":\"near\",\"seed\":7"));
    ck_assert_ptr_nonnull(strstr(state, "\"cut\":true"));
    close(fd);
    end();
}
END_TEST

START_TEST(a_profile_counts_at_once_and_a_bad_one_changes_nothing)
{
    char line[160];
    begin();
    int fd = call();
    snprintf(line, sizeof line, "profile %s\n", profile);
    write_file(profile, "inside 0 0 - 0\nelse 55 0 - 0\n");
    ck_assert_str_eq(ask_line(fd, line), "ok\n");
    ck_assert_ptr_nonnull(strstr(ask_line(fd, "state\n"), "\"delay_us\":55000"));
    write_file(profile, FRAME "FR\n");
    const char *answer = ask_line(fd, line);
    ck_assert_int_eq(strncmp(answer, "error: ", 7), 0);
    ck_assert_ptr_nonnull(strstr(answer, "near.table:3: "));
    ck_assert_ptr_nonnull(strstr(ask_line(fd, "profile /nowhere\n"), "/nowhere"));
    ck_assert_ptr_nonnull(strstr(ask_line(fd, "state\n"), "\"delay_us\":55000"));
    close(fd);
    end();
}
END_TEST

START_TEST(a_reload_takes_new_nodes_and_refuses_a_bad_table)
{
    begin();
    int fd = call();
    write_file(table, NODES "node br-op BR\n");
    ck_assert_str_eq(ask_line(fd, "reload\n"), "ok\n");
    ck_assert_str_eq(ask_line(fd, "isolate br-op\n"), "ok\n");
    write_file(table, NODES "node\n");
    ck_assert_ptr_nonnull(strstr(ask_line(fd, "reload\n"), "/table:3: "));
    ck_assert_str_eq(ask_line(fd, "heal br-op fr-op\n"), "ok\n");
    close(fd);
    end();
}
END_TEST

START_TEST(who_sends_a_line_without_end_is_hung_up_on)
{
    char flood[ORDER_SIZE_MAX];
    memset(flood, 'x', sizeof flood);
    begin();
    int fd = call();
    int other = call();
    ck_assert_int_eq(send(fd, flood, sizeof flood, 0), (ssize_t)sizeof flood);
    ck_assert_str_eq(hear(fd), "");
    ck_assert_str_eq(ask_line(other, "heal\n"), "ok\n");
    close(fd);
    close(other);
    end();
}
END_TEST

START_TEST(one_caller_too_many_is_hung_up_on)
{
    int fds[CONTROL_CALLERS_MAX + 1];
    begin();
    for (size_t i = 0; i < CONTROL_CALLERS_MAX; i++) {
        fds[i] = call();
        ck_assert_str_eq(ask_line(fds[i], "heal\n"), "ok\n");
    }
    fds[CONTROL_CALLERS_MAX] = call();
    ck_assert_str_eq(hear(fds[CONTROL_CALLERS_MAX]), "");
    close(fds[0]);
    for (unsigned i = 0; i < 100; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
    fds[0] = call();
    ck_assert_str_eq(ask_line(fds[0], "heal\n"), "ok\n");
    for (size_t i = 0; i <= CONTROL_CALLERS_MAX; i++)
        close(fds[i]);
    end();
}
END_TEST

START_TEST(the_socket_is_its_users_alone)
{
    struct stat found;
    begin();
    ck_assert_int_eq(stat(socket_path, &found), 0);
    ck_assert_uint_eq(found.st_mode & 0777, 0700);
    end();
}
END_TEST

START_TEST(what_cannot_be_used_at_the_start_is_named)
{
    make_files();
    write_file(table, NODES "link fr-op ke-reg 192.0.2.1:1 127.0.0.1:1\n");
    ck_assert_int_eq(wan_open(&options, &wan, &complaint), ERR_NETWORK);
    ck_assert_ptr_nonnull(strstr(complaint.text, "192.0.2.1:1"));
    end();
    make_files();
    unlink(table);
    ck_assert_int_eq(wan_open(&options, &wan, &complaint), ERR_CONFIG);
    ck_assert_ptr_nonnull(strstr(complaint.text, table));
    end();
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &each_line_has_one_answer_in_order,
        &a_cut_shows_in_the_state,
        &a_profile_counts_at_once_and_a_bad_one_changes_nothing,
        &a_reload_takes_new_nodes_and_refuses_a_bad_table,
        &who_sends_a_line_without_end_is_hung_up_on,
        &one_caller_too_many_is_hung_up_on,
        &the_socket_is_its_users_alone,
        &what_cannot_be_used_at_the_start_is_named,
    };
    return suite_run("control", cases, sizeof cases / sizeof cases[0]);
}
