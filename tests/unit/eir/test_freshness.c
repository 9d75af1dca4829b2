/*
 * How old an answer is: counted from the last word of the others, and until there is one from the
 * last block's own time.
 */
#include "eir/freshness.h"

#include "proto/client.h"
#include "tests/unit/suite.h"

#define WALL UINT64_C(1700000000000)

static uint64_t age(struct freshness freshness, uint64_t monotonic_ms, uint64_t wall_ms)
{
    return freshness_age_ms(&freshness, monotonic_ms, wall_ms);
}

START_TEST(what_is_set_is_read)
{
    static struct freshness_cell cell;
    struct freshness nothing = freshness_get(&cell);
    ck_assert_uint_eq(nothing.height + nothing.time_ms + nothing.fresh_at_ms + nothing.is_unable,
                      0);
    struct freshness said = {.height = 7, .time_ms = WALL, .fresh_at_ms = 3, .is_unable = true};
    freshness_set(&cell, &said);
    struct freshness read = freshness_get(&cell);
    ck_assert_uint_eq(read.height, 7);
    ck_assert_uint_eq(read.time_ms, WALL);
    ck_assert_uint_eq(read.fresh_at_ms, 3);
    ck_assert(read.is_unable);
    said.is_unable = false;
    freshness_set(&cell, &said);
    ck_assert(!freshness_get(&cell).is_unable);
}
END_TEST

START_TEST(once_heard_of_the_others_no_wall_clock_counts)
{
    static const uint64_t walls[] = {0, WALL - 1, WALL, WALL + 1000000, UINT64_MAX};
    struct freshness freshness = {.time_ms = WALL, .fresh_at_ms = 5000};
    for (size_t i = 0; i < sizeof walls / sizeof walls[0]; i++) {
        ck_assert_uint_eq(age(freshness, 5000, walls[i]), 0);
        ck_assert_uint_eq(age(freshness, 5001, walls[i]), 1);
        ck_assert_uint_eq(age(freshness, 65000, walls[i]), 60000);
        ck_assert_uint_eq(age(freshness, 4999, walls[i]), 0); /* told after the clock was read */
    }
}
END_TEST

START_TEST(before_that_the_last_block_says_it_as_far_as_it_can)
{
    struct freshness freshness = {.time_ms = WALL};
    ck_assert_uint_eq(age(freshness, 5000, WALL + 1), 1);
    ck_assert_uint_eq(age(freshness, 0, WALL + 86400000), 86400000);
    /* A clock that is behind the ledger knows nothing, and does not call the state new. */
    ck_assert_uint_eq(age(freshness, 5000, WALL), AGE_UNKNOWN);
    ck_assert_uint_eq(age(freshness, 5000, 0), AGE_UNKNOWN);
    ck_assert_uint_eq(age((struct freshness){.height = 0}, 5000, 0), AGE_UNKNOWN);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &what_is_set_is_read,
        &once_heard_of_the_others_no_wall_clock_counts,
        &before_that_the_last_block_says_it_as_far_as_it_can,
    };
    return suite_run("freshness", cases, sizeof cases / sizeof cases[0]);
}
