/*
 * The line that shows how far a run is, on a terminal of any width.
 */
#include "cli/progress.h"

#include "tests/unit/suite.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

struct terminal {
    int fd; /* what a person sees */
    FILE *file;
};

static struct terminal terminal_open(unsigned short columns)
{
    struct winsize size = {.ws_col = columns, .ws_row = 24};
    struct terminal terminal = {.fd = posix_openpt(O_RDWR | O_NOCTTY)};
    ck_assert_int_ge(terminal.fd, 0);
    ck_assert_int_eq(grantpt(terminal.fd) | unlockpt(terminal.fd), 0);
    ck_assert_int_eq(ioctl(terminal.fd, TIOCSWINSZ, &size), 0);
    terminal.file = fopen(ptsname(terminal.fd), "w");
    ck_assert_ptr_nonnull(terminal.file);
    return terminal;
}

static void terminal_close(struct terminal *terminal)
{
    fclose(terminal->file);
    close(terminal->fd);
}

/* What one call shows, without the way to the line's begin and the deletion of its end. */
static void show(struct terminal *terminal, uint64_t done, uint64_t total, char line[512])
{
    char text[512];
    struct progress progress = progress_begin(terminal->file, "sending", "rows", total);
    ck_assert_ptr_nonnull(progress.file);
    progress_show(&progress, done);
    ssize_t size = read(terminal->fd, text, sizeof text - 1);
    ck_assert_int_gt(size, 4);
    text[size] = '\0';
    ck_assert_int_eq(text[0], '\r');
    ck_assert_str_eq(text + size - 3, "\033[K");
    text[size - 3] = '\0';
    snprintf(line, 512, "%s", text + 1);
}

START_TEST(no_line_is_as_long_as_the_terminal_is_wide)
{
    static const uint64_t totals[] = {0, 1, 739467, UINT64_C(1) << 40};
    for (unsigned short columns = 2; columns <= 200; columns += 3) {
        struct terminal terminal = terminal_open(columns);
        for (size_t i = 0; i < sizeof totals / sizeof totals[0]; i++) {
            char line[512];
            show(&terminal, totals[i] / 2, totals[i], line);
            ck_assert_msg(strlen(line) < columns, "%u columns: %s", columns, line);
            ck_assert_int_eq(strncmp(line, "sending", strlen(line) < 7 ? strlen(line) : 7), 0);
        }
        terminal_close(&terminal);
    }
}
END_TEST

START_TEST(the_bar_gives_way_before_the_figures)
{
    char line[512];
    struct terminal wide = terminal_open(120);
    show(&wide, 50, 100, line);
    ck_assert_ptr_nonnull(strstr(line, "sending [##########..........] 50 %  50 of 100 rows, "));
    terminal_close(&wide);
    struct terminal narrow = terminal_open(60);
    show(&narrow, 300000, 400000, line);
    ck_assert_ptr_nonnull(strstr(line, "] 75 %  300000 of 400000 rows, "));
    ck_assert_ptr_null(strstr(line, "##########"));
    terminal_close(&narrow);
}
END_TEST

START_TEST(a_terminal_that_does_not_say_its_width_has_eighty_columns)
{
    char line[512];
    struct terminal terminal = terminal_open(0);
    show(&terminal, 369733, 739467, line);
    ck_assert_uint_lt(strlen(line), 80);
    ck_assert_uint_gt(strlen(line), 60);
    terminal_close(&terminal);
}
END_TEST

START_TEST(what_is_no_terminal_shows_nothing)
{
    FILE *file = tmpfile();
    struct progress progress = progress_begin(file, "sending", "rows", 10);
    progress_show(&progress, 5);
    progress_end(&progress);
    ck_assert_int_eq(ftell(file), 0);
    fclose(file);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &no_line_is_as_long_as_the_terminal_is_wide,
        &the_bar_gives_way_before_the_figures,
        &a_terminal_that_does_not_say_its_width_has_eighty_columns,
        &what_is_no_terminal_shows_nothing,
    };
    return suite_run("cli/progress", cases, sizeof cases / sizeof *cases);
}
