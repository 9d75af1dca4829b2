#include "node/clock.h"
#include "node/facts.h"
#include "tests/unit/suite.h"

START_TEST(the_age_counts_from_what_was_known_last)
{
    struct facts_row row = {.fresh_at_ms = clock_monotonic_ms() - 5000};
    uint64_t age_ms = facts_age_ms(&row, 0);
    ck_assert_uint_ge(age_ms, 5000);
    ck_assert_uint_lt(age_ms, 5000 + 1000 * SUITE_TIMEOUT_S);
    row.fresh_at_ms = clock_monotonic_ms() + 100000;
    ck_assert_uint_eq(facts_age_ms(&row, 0), 0);
}
END_TEST

START_TEST(before_any_contact_it_counts_from_the_last_block)
{
    struct facts_row row = {.fresh_at_ms = 0};
    uint64_t age_ms = facts_age_ms(&row, clock_wall_ms() - 7000);
    ck_assert_uint_ge(age_ms, 7000);
    ck_assert_uint_lt(age_ms, 7000 + 1000 * SUITE_TIMEOUT_S);
}
END_TEST

START_TEST(a_clock_behind_the_last_block_knows_no_age)
{
    struct facts_row row = {.fresh_at_ms = 0};
    ck_assert_uint_eq(facts_age_ms(&row, clock_wall_ms() + 3600000), AGE_UNKNOWN);
}
END_TEST

enum { ROUNDS = 20000 };

static void *set_all(void *context)
{
    struct facts_row row = {.fresh_at_ms = 0};
    for (uint64_t i = 1; i <= ROUNDS; i++) {
        row.fresh_at_ms = row.status.term = row.status.last = i;
        facts_set(context, &row);
    }
    return NULL;
}

START_TEST(a_reader_sees_whole_rows_in_order)
{
    struct facts facts;
    pthread_t thread;
    uint64_t seen = 0;
    facts_init(&facts);
    ck_assert_int_eq(pthread_create(&thread, NULL, set_all, &facts), 0);
    while (seen < ROUNDS) {
        struct facts_row row = facts_get(&facts);
        ck_assert_uint_ge(row.fresh_at_ms, seen);
        ck_assert_uint_eq(row.status.term, row.fresh_at_ms);
        ck_assert_uint_eq(row.status.last, row.fresh_at_ms);
        seen = row.fresh_at_ms;
    }
    pthread_join(thread, NULL);
    facts_destroy(&facts);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &the_age_counts_from_what_was_known_last,
        &before_any_contact_it_counts_from_the_last_block,
        &a_clock_behind_the_last_block_knows_no_age,
        &a_reader_sees_whole_rows_in_order,
    };
    return suite_run("facts", cases, sizeof cases / sizeof cases[0]);
}
