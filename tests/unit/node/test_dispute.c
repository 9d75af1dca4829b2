#include "node/dispute.h"

#include "tests/unit/suite.h"

enum { ELECTION_MS = 600, ENOUGH_MS = DISPUTE_TIMEOUTS * ELECTION_MS, BEGIN_MS = 1000000 };

static bool note(struct dispute *dispute, uint32_t leader, uint64_t term, uint64_t after_ms)
{
    return dispute_note(dispute, leader, term, BEGIN_MS + after_ms, ELECTION_MS);
}

START_TEST(a_leader_that_insists_for_long_enough_is_believed_by_the_others)
{
    struct dispute dispute = {0};
    for (uint64_t after_ms = 0; after_ms <= ENOUGH_MS; after_ms += ELECTION_MS)
        ck_assert(!note(&dispute, 2, 7, after_ms));
    ck_assert(note(&dispute, 2, 7, ENOUGH_MS + 1));
    ck_assert(note(&dispute, 2, 7, 2 * ENOUGH_MS));
}
END_TEST

START_TEST(another_leader_or_term_begins_anew)
{
    struct dispute dispute = {0};
    ck_assert(!note(&dispute, 2, 7, 0));
    ck_assert(!note(&dispute, 3, 8, ENOUGH_MS));
    ck_assert(!note(&dispute, 3, 8, 2 * ENOUGH_MS));
    ck_assert(!note(&dispute, 3, 9, 2 * ENOUGH_MS + 1));
    ck_assert(!note(&dispute, 2, 9, 2 * ENOUGH_MS + 2));
    ck_assert(note(&dispute, 2, 9, 3 * ENOUGH_MS + 3));
}
END_TEST

START_TEST(a_block_that_is_taken_settles_it)
{
    struct dispute dispute = {0};
    ck_assert(!note(&dispute, 2, 7, 0));
    dispute_settle(&dispute);
    ck_assert(!note(&dispute, 2, 7, ENOUGH_MS + 1));
    ck_assert(note(&dispute, 2, 7, 2 * ENOUGH_MS + 2));
}
END_TEST

START_TEST(the_first_time_is_never_too_long)
{
    struct dispute dispute = {0};
    ck_assert(!note(&dispute, 2, 0, 100 * (uint64_t)ENOUGH_MS));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_leader_that_insists_for_long_enough_is_believed_by_the_others,
        &another_leader_or_term_begins_anew,
        &a_block_that_is_taken_settles_it,
        &the_first_time_is_never_too_long,
    };
    return suite_run("dispute", cases, sizeof cases / sizeof cases[0]);
}
