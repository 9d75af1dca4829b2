#include "store/directory.h"
#include "testnet/proxy/distance.h"
#include "tests/unit/suite.h"

#include <stdio.h>
#include <stdlib.h>

static struct distances distances;
static struct complaint complaint;

static enum err parse(const char *text)
{
    return distances_parse(bytes_of(text, strlen(text)), &distances, &complaint);
}

static void is_refused_at(const char *text, unsigned line)
{
    ck_assert_int_eq(parse(text), ERR_CONFIG);
    ck_assert_msg(complaint.line == line, "line %u: %s", complaint.line, complaint.text);
    ck_assert_str_ne(complaint.text, "");
}

#define FRAME "inside 1 0 - 0\nelse 100 2 8 0.01\n"

START_TEST(a_row_is_in_microseconds_bytes_and_parts)
{
    ck_assert_int_eq(parse("inside 0.05 0 - 0\nelse 100 2.5 8 0.01 flap 20000 85\n"), ERR_OK);
    ck_assert_uint_eq(distances.inside.delay_us, 50);
    ck_assert_uint_eq(distances.inside.rate, 0);
    ck_assert_uint_eq(distances.other.delay_us, 100000);
    ck_assert_uint_eq(distances.other.jitter_us, 2500);
    ck_assert_uint_eq(distances.other.rate, 1000000);
    ck_assert_uint_eq(distances.other.loss, 10);
    ck_assert_uint_eq(distances.other.flap.period_us, 20000000);
    ck_assert_uint_eq(distances.other.flap.open_us, 17000000);
}
END_TEST

START_TEST(a_row_counts_both_ways_unless_it_has_an_arrow)
{
    ck_assert_int_eq(parse(FRAME "FR KE 75 0 - 0\nFR > BR 95 0 - 0\n"), ERR_OK);
    ck_assert_uint_eq(distances_between(&distances, "FR", "KE").delay_us, 75000);
    ck_assert_uint_eq(distances_between(&distances, "KE", "FR").delay_us, 75000);
    ck_assert_uint_eq(distances_between(&distances, "FR", "BR").delay_us, 95000);
    ck_assert_uint_eq(distances_between(&distances, "BR", "FR").delay_us, 100000);
    ck_assert_uint_eq(distances_between(&distances, "BR", "BR").delay_us, 1000);
    ck_assert_uint_eq(distances_between(&distances, "JP", "MX").delay_us, 100000);
}
END_TEST

START_TEST(each_direction_stands_once)
{
    is_refused_at(FRAME "FR KE 1 0 - 0\nKE FR 1 0 - 0\n", 4);
    is_refused_at(FRAME "FR > KE 1 0 - 0\nFR > KE 1 0 - 0\n", 4);
    is_refused_at(FRAME "inside 1 0 - 0\n", 3);
    is_refused_at(FRAME "else 1 0 - 0\n", 3);
    ck_assert_int_eq(parse(FRAME "FR > KE 1 0 - 0\nKE > FR 1 0 - 0\n"), ERR_OK);
}
END_TEST

START_TEST(what_is_out_of_bounds_is_refused_with_its_line)
{
    static const char *const rows[] = {
        "FR KE 1 0 -",
        "FR KE 1 0 - 0 0",
        "FR KE 10000.001 0 - 0",
        "FR KE 1 10001 - 0",
        "FR KE 1 0 0 0",
        "FR KE 1 0 100001 0",
        "FR KE 1 0 - 100.001",
        "FR KE 1 0 - -1",
        "FR FR 1 0 - 0",
        "fr KE 1 0 - 0",
        "FRA KE 1 0 - 0",
        "FR",
        "FR >",
        "FR < KE 1 0 - 0",
        "outside 1 0 - 0",
        "FR KE 1 0 - 0 flap 9 50",
        "FR KE 1 0 - 0 flap 3600001 50",
        "FR KE 1 0 - 0 flap 10 101",
        "FR KE 1 0 - 0 flip 10 50",
        "FR KE 1 0 - 0 flap 10",
        "FR KE 1 0 - 0 flap 10 50 1",
        "FR KE 1 0 - 0 \x01",
    };
    char text[256];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(text, sizeof text, "%s# a comment\n\n%s\n", FRAME, rows[i]);
        is_refused_at(text, 5);
    }
}
END_TEST

START_TEST(both_frames_must_be_there)
{
    is_refused_at("", 0);
    is_refused_at("inside 1 0 - 0\n", 0);
    is_refused_at("else 1 0 - 0\n", 0);
}
END_TEST

START_TEST(rows_and_bytes_are_bounded)
{
    static char text[DISTANCE_TEXT_MAX + 2];
    size_t size = (size_t)snprintf(text, sizeof text, FRAME);
    for (unsigned i = 0; i <= DISTANCE_ROWS_MAX; i++)
        size += (size_t)snprintf(text + size, sizeof text - size, "A%c > %c%c 1 0 - 0\n",
                                 'A' + i % 26, 'B' + i / 26, 'A' + i % 26);
    is_refused_at(text, DISTANCE_ROWS_MAX + 3);
    memset(text, ' ', sizeof text - 1);
    is_refused_at(text, 0);
}
END_TEST

START_TEST(every_truncation_is_whole_rows_or_refused)
{
    const char *text = FRAME "FR > BR 95 0 - 0 flap 20000 80\n";
    for (size_t size = 0; size < strlen(text); size++) {
        enum err err = distances_parse(bytes_of(text, size), &distances, &complaint);
        ck_assert(err == ERR_OK || err == ERR_CONFIG);
        if (size < strlen(FRAME) - 4)
            ck_assert_int_eq(err, ERR_CONFIG);
    }
}
END_TEST

static void round_trips_of(const char *name, uint64_t min_us, uint64_t max_us)
{
    static const char *const countries[] = {"FR", "KE", "BR", "IN", "JP", "NG", "DE", "MX"};
    char path[512];
    uint8_t *text;
    size_t size;
    snprintf(path, sizeof path, PROFILES "/%s.table", name);
    ck_assert_int_eq(file_read(path, DISTANCE_TEXT_MAX, &text, &size), ERR_OK);
    enum err err = distances_parse(bytes_of(text, size), &distances, &complaint);
    ck_assert_msg(err == ERR_OK, "%s:%u: %s", path, complaint.line, complaint.text);
    free(text);
    for (size_t a = 0; a < 8; a++) {
        for (size_t b = 0; b < 8; b++) {
            uint64_t trip = distances_between(&distances, countries[a], countries[b]).delay_us +
                            distances_between(&distances, countries[b], countries[a]).delay_us;
            ck_assert_msg(a == b || (trip >= min_us && trip <= max_us), "%s: %s-%s", name,
                          countries[a], countries[b]);
        }
    }
}

START_TEST(the_profiles_have_the_round_trips_that_they_are_told_to_have)
{
    round_trips_of("lan", 0, 1000);
    round_trips_of("europe", 15000, 40000);
    round_trips_of("world", 80000, 250000);
    round_trips_of("satellite", 600000, 600000);
    round_trips_of("flaky", 80000, 180000);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_row_is_in_microseconds_bytes_and_parts,
        &a_row_counts_both_ways_unless_it_has_an_arrow,
        &each_direction_stands_once,
        &what_is_out_of_bounds_is_refused_with_its_line,
        &both_frames_must_be_there,
        &rows_and_bytes_are_bounded,
        &every_truncation_is_whole_rows_or_refused,
        &the_profiles_have_the_round_trips_that_they_are_told_to_have,
    };
    return suite_run("distance", cases, sizeof cases / sizeof cases[0]);
}
