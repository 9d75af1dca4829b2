#include "node/log.h"
#include "tests/unit/suite.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static char *written;

/* Standard error goes to memory, from here on. */
static int capture(void)
{
    int fd = memfd_create("log", MFD_CLOEXEC);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(fcntl(fd, F_SETFL, O_APPEND), 0);
    ck_assert_int_eq(dup2(fd, STDERR_FILENO), STDERR_FILENO);
    return fd;
}

static const char *captured(int fd)
{
    off_t size = lseek(fd, 0, SEEK_END);
    free(written);
    written = calloc(1, (size_t)size + 1);
    ck_assert_int_eq(pread(fd, written, (size_t)size, 0), size);
    return written;
}

START_TEST(an_event_is_one_line_of_pairs)
{
    int fd = capture();
    log_event(LOG_INFO, "role", "role=%s term=%u", "leader", 3u);
    log_event(LOG_ERROR, "bare", NULL);
    const char *text = captured(fd);
    ck_assert_int_eq(strncmp(text, "time=2", 6), 0);
    ck_assert_ptr_nonnull(strstr(text, "Z level=info event=role role=leader term=3\n"));
    ck_assert_ptr_nonnull(strstr(text, "Z level=error event=bare\n"));
}
END_TEST

START_TEST(lines_below_the_level_are_not_written)
{
    static const enum log_level levels[] = {LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR};
    int fd = capture();
    for (size_t threshold = 0; threshold < 4; threshold++) {
        ck_assert_int_eq(ftruncate(fd, 0), 0);
        log_set_level(levels[threshold]);
        for (size_t i = 0; i < 4; i++)
            log_event(levels[i], "x", "number=%zu", i);
        const char *text = captured(fd);
        for (size_t i = 0; i < 4; i++) {
            char expected[32];
            snprintf(expected, sizeof expected, "number=%zu\n", i);
            ck_assert_int_eq(strstr(text, expected) != NULL, i >= threshold);
        }
    }
}
END_TEST

START_TEST(a_value_from_outside_begins_no_line_and_moves_no_terminal)
{
    int fd = capture();
    log_event(LOG_ERROR, "x", "text=\"%s\"", "a\nlevel=info event=forged\r\x1b[2J\x7f\tb");
    const char *text = captured(fd);
    ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
    for (const char *at = text; *at != '\n'; at++)
        ck_assert(*at >= ' ' && *at != 0x7f);
    ck_assert_ptr_nonnull(strstr(text, "text=\"a level=info event=forged  [2J  b\""));
}
END_TEST

START_TEST(a_value_from_outside_does_not_end_its_quotation_marks)
{
    int fd = capture();
    log_event(LOG_ERROR, "x", "from=%u text=\"%s: %s\" size=%zu do=\"%s\"", 7u, "a\" do=\"b", "c\\",
              (size_t)9, "d");
    const char *text = captured(fd);
    ck_assert_ptr_nonnull(strstr(text, " from=7 text=\"a\\\" do=\\\"b: c\\\\\" size=9 do=\"d\"\n"));
}
END_TEST

START_TEST(numbers_are_written_as_printf_does)
{
    int fd = capture();
    log_event(LOG_ERROR, "x", "a=%d b=%llu c=%zu d=%u", -2147483647 - 1, ~0ull, SIZE_MAX, ~0u);
    ck_assert_ptr_nonnull(strstr(captured(fd), " a=-2147483648 b=18446744073709551615 "
                                               "c=18446744073709551615 d=4294967295\n"));
}
END_TEST

START_TEST(a_line_is_cut_at_its_bound_and_ends_all_the_same)
{
    static char value[3 * LOG_LINE_SIZE_MAX];
    int fd = capture();
    for (size_t size = LOG_LINE_SIZE_MAX - 100; size < sizeof value;
         size += size < 1100 ? 1 : 500) {
        memset(value, 'x', size);
        value[size] = '\0';
        ck_assert_int_eq(ftruncate(fd, 0), 0);
        log_event(LOG_ERROR, "long", "text=%s", value);
        const char *text = captured(fd);
        ck_assert_uint_le(strlen(text), LOG_LINE_SIZE_MAX);
        ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1);
    }
}
END_TEST

enum { THREADS = 4, LINES = 500 };

static void *say(void *context)
{
    for (int i = 0; i < LINES; i++)
        log_event(LOG_ERROR, "thread", "name=%s end=1", (const char *)context);
    return NULL;
}

START_TEST(lines_of_several_threads_do_not_mix)
{
    static char names[THREADS][201];
    pthread_t threads[THREADS];
    int fd = capture();
    for (size_t i = 0; i < THREADS; i++) {
        memset(names[i], (int)('a' + i), 200);
        ck_assert_int_eq(pthread_create(&threads[i], NULL, say, names[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    const char *at = captured(fd);
    size_t lines = 0;
    for (; *at != '\0'; at = strchr(at, '\n') + 1, lines++) {
        const char *name = strstr(at, "name=") + 5;
        ck_assert_uint_eq(strspn(name, (char[]){*name, '\0'}), 200);
        ck_assert_int_eq(strncmp(name + 200, " end=1\n", 7), 0);
    }
    ck_assert_uint_eq(lines, (size_t)THREADS * LINES);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &an_event_is_one_line_of_pairs,
        &lines_below_the_level_are_not_written,
        &a_value_from_outside_begins_no_line_and_moves_no_terminal,
        &a_value_from_outside_does_not_end_its_quotation_marks,
        &numbers_are_written_as_printf_does,
        &a_line_is_cut_at_its_bound_and_ends_all_the_same,
        &lines_of_several_threads_do_not_mix,
    };
    return suite_run("log", cases, sizeof cases / sizeof cases[0]);
}
