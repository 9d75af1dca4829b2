#include "testnet/swarm/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/unit/suite.h"

#define HEAD                                                                                       \
    "{\"history\":1,"                                                                              \
    "\"network\":\"abababababababababababababababababababababababababababababababab\","            \
    "\"height\":3,\"seed\":9}"
#define LINE                                                                                       \
    "{\"client\":6,\"node\":\"a\",\"link\":1,\"op\":\"check\",\"imei\":\"351000010000029\","       \
    "\"start_us\":1,\"end_us\":2,\"outcome\":\"unknown\",\"code\":\"TIMEOUT\"}"

static struct history history;
static struct complaint complaint;

static enum err open_text(const char *text)
{
    char path[] = "/tmp/imei-history-XXXXXX";
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    ck_assert_int_eq(write(file, text, strlen(text)), (ssize_t)strlen(text));
    close(file);
    complaint = (struct complaint){0};
    history_close(&history);
    enum err err = history_open(path, &history, &complaint);
    unlink(path);
    return err;
}

START_TEST(reads_all_lines_and_knows_their_numbers)
{
    ck_assert_int_eq(open_text(HEAD "\n" LINE "\n" LINE "\n"), ERR_OK);
    ck_assert_uint_eq(history.count, 2);
    ck_assert_uint_eq(history.head.height, 3);
    ck_assert_uint_eq(history.head.seed, 9);
    ck_assert_uint_eq(history_line(&history, &history.records[1]), 3);
    ck_assert(!history.is_cut);
    ck_assert_int_eq(open_text(HEAD "\n"), ERR_OK);
    ck_assert_uint_eq(history.count, 0);
    history_close(&history);
}
END_TEST

START_TEST(keeps_the_claims_of_more_lines_than_it_has_room_for_at_first)
{
    enum { LINES = 3000, SIZE_MAX_EACH = 400 };
    static const char format[] =
        "{\"client\":6,\"node\":\"a\",\"link\":1,\"op\":\"check\",\"imei\":\"351000010000029\","
        "\"start_us\":1,\"end_us\":2,\"outcome\":\"answered\",\"height\":%d,\"age_ms\":1,"
        "\"status\":\"black\",\"claims\":[{\"kind\":\"block\",\"organisation\":\"a\","
        "\"transaction\":\"abababababababababababababababababababababababababababababababab\","
        "\"height\":%d}]}\n";
    char *text = malloc(LINES * SIZE_MAX_EACH);
    ck_assert_ptr_nonnull(text);
    size_t size = (size_t)snprintf(text, SIZE_MAX_EACH, "%s\n", HEAD);
    for (int i = 0; i < LINES; i++)
        size += (size_t)snprintf(text + size, SIZE_MAX_EACH, format, i, i);
    ck_assert_int_eq(open_text(text), ERR_OK);
    ck_assert_uint_eq(history.count, LINES);
    for (size_t i = 0; i < LINES; i++) {
        ck_assert_uint_eq(history.records[i].claim_count, 1);
        ck_assert_uint_eq(history.records[i].claims[0].height, i);
    }
    free(text);
    history_close(&history);
}
END_TEST

START_TEST(leaves_out_a_last_line_that_a_kill_has_cut)
{
    static const char text[] = HEAD "\n" LINE "\n" LINE;
    char cut[sizeof text];
    size_t whole = strlen(HEAD "\n" LINE "\n");
    for (size_t size = whole; size < sizeof text; size++) {
        memcpy(cut, text, size);
        cut[size] = '\0';
        ck_assert_int_eq(open_text(cut), ERR_OK);
        ck_assert_uint_eq(history.count, 1);
        ck_assert_int_eq(history.is_cut, size > whole);
    }
    history_close(&history);
}
END_TEST

START_TEST(names_the_line_that_it_does_not_understand)
{
    static const struct {
        unsigned line;
        const char *text;
    } cases[] = {
        {1, "\n"},
        {1, LINE "\n"},
        {2, HEAD "\n\n"},
        {2, HEAD "\n" HEAD "\n"},
        {3, HEAD "\n" LINE "\n" LINE " \n"},
        {3, HEAD "\n" LINE "\n{}\n" LINE "\n"},
        {0, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_int_eq(open_text(cases[i].text), ERR_CONFIG);
        ck_assert_msg(complaint.line == cases[i].line, "%zu: line %u: %s", i, complaint.line,
                      complaint.text);
    }
    history_close(&history);
    ck_assert_int_eq(history_open("/nowhere/at/all", &history, &complaint), ERR_CONFIG);
}
END_TEST

START_TEST(refuses_a_line_without_end)
{
    enum { SIZE = 3 * RECORD_SIZE_MAX };
    char *text = malloc(SIZE + 1);
    ck_assert_ptr_nonnull(text);
    memset(text, ' ', SIZE);
    memcpy(text, HEAD "\n", strlen(HEAD "\n"));
    text[SIZE] = '\0';
    ck_assert_int_eq(open_text(text), ERR_CONFIG);
    ck_assert_uint_eq(complaint.line, 2);
    free(text);
    history_close(&history);
}
END_TEST

static const TTest *const *const cases[] = {
    &reads_all_lines_and_knows_their_numbers,
    &keeps_the_claims_of_more_lines_than_it_has_room_for_at_first,
    &leaves_out_a_last_line_that_a_kill_has_cut,
    &names_the_line_that_it_does_not_understand,
    &refuses_a_line_without_end,
};

int main(void)
{
    return suite_run("swarm/history", cases, sizeof cases / sizeof cases[0]);
}
