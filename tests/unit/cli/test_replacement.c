/*
 * Every pair of nodes that the ledger may tell of, and every way from it, with Raft's members
 * following what is wanted at any pace.
 */
#include "cli/replacement.h"

#include "tests/unit/suite.h"

struct pair {
    struct node_info old;
    struct node_info new;
    bool is_new_known;
    bool keeps_name;
};

static enum replacement_step next(const struct pair *pair)
{
    return replacement_next(&pair->old, pair->is_new_known ? &pair->new : NULL, pair->keeps_name);
}

/* Voters that are to be, of the two. */
static int wanted_voters(const struct pair *pair)
{
    return (pair->old.wanted == WANTED_VOTER) +
           (pair->is_new_known && pair->new.wanted == WANTED_VOTER);
}

static void take(struct pair *pair, enum replacement_step step)
{
    switch (step) {
    case REPLACEMENT_ADD:
        ck_assert(!pair->is_new_known);
        ck_assert(!pair->keeps_name || pair->old.wanted == WANTED_REMOVED);
        pair->is_new_known = true;
        pair->new.wanted = WANTED_LEARNER;
        pair->new.member = MEMBERSHIP_NONE;
        break;
    case REPLACEMENT_PROMOTE:
        ck_assert(pair->is_new_known && pair->new.wanted == WANTED_LEARNER);
        pair->new.wanted = WANTED_VOTER;
        break;
    case REPLACEMENT_REMOVE:
        ck_assert(pair->old.wanted != WANTED_REMOVED);
        if (!pair->keeps_name || pair->is_new_known)
            ck_assert_int_eq(pair->new.member, MEMBERSHIP_VOTER);
        pair->old.wanted = WANTED_REMOVED;
        break;
    case REPLACEMENT_AWAIT_VOTER:
        ck_assert_int_eq(pair->new.wanted, WANTED_VOTER);
        pair->new.member =
            pair->new.member == MEMBERSHIP_NONE ? MEMBERSHIP_LEARNER : MEMBERSHIP_VOTER;
        break;
    case REPLACEMENT_AWAIT_GONE:
        ck_assert_int_eq(pair->old.wanted, WANTED_REMOVED);
        ck_assert_int_eq(wanted_voters(pair), 1);
        pair->old.member = MEMBERSHIP_NONE;
        break;
    case REPLACEMENT_SPENT:
    case REPLACEMENT_DONE: ck_abort();
    }
}

/* From there it comes to its end, in at most seven steps: all of them, and each wait twice. */
static void walk(struct pair pair)
{
    bool is_spent = pair.is_new_known && pair.new.wanted == WANTED_REMOVED;
    for (int steps = 0; steps <= 7; steps++) {
        enum replacement_step step = next(&pair);
        ck_assert_int_eq(step == REPLACEMENT_SPENT, is_spent);
        if (is_spent)
            return;
        if (step == REPLACEMENT_DONE) {
            ck_assert_int_eq(pair.old.wanted, WANTED_REMOVED);
            ck_assert_int_eq(pair.old.member, MEMBERSHIP_NONE);
            ck_assert_int_eq(pair.new.wanted, WANTED_VOTER);
            ck_assert_int_eq(pair.new.member, MEMBERSHIP_VOTER);
            return;
        }
        take(&pair, step);
    }
    ck_abort_msg("no end");
}

START_TEST(a_replacement_comes_to_its_end_from_wherever_it_was)
{
    int walks = 0;
    for (unsigned bits = 0; bits < 3 * 3 * 4 * 3 * 2; bits++) {
        unsigned rest = bits;
        struct pair pair = {0};
        pair.old.wanted = (enum wanted)(1 + rest % 3);
        rest /= 3;
        pair.old.member = (enum membership)(1 + rest % 3);
        rest /= 3;
        pair.is_new_known = rest % 4 > 0;
        pair.new.wanted = (enum wanted)(rest % 4);
        rest /= 4;
        pair.new.member = (enum membership)(1 + rest % 3);
        pair.keeps_name = rest / 3;
        if (!pair.is_new_known)
            pair.new.member = MEMBERSHIP_NONE;
        walk(pair);
        walks++;
    }
    ck_assert_int_eq(walks, 216);
}
END_TEST

START_TEST(a_voter_comes_before_one_goes)
{
    struct pair pair = {.old = {.wanted = WANTED_VOTER, .member = MEMBERSHIP_VOTER}};
    static const enum replacement_step steps[] = {
        REPLACEMENT_ADD,         REPLACEMENT_PROMOTE, REPLACEMENT_AWAIT_VOTER,
        REPLACEMENT_AWAIT_VOTER, REPLACEMENT_REMOVE,  REPLACEMENT_AWAIT_GONE,
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        ck_assert_int_eq(next(&pair), steps[i]);
        take(&pair, steps[i]);
    }
    ck_assert_int_eq(next(&pair), REPLACEMENT_DONE);
}
END_TEST

START_TEST(with_its_name_kept_the_old_one_goes_first)
{
    struct pair pair = {.old = {.wanted = WANTED_VOTER, .member = MEMBERSHIP_VOTER},
                        .keeps_name = true};
    ck_assert_int_eq(next(&pair), REPLACEMENT_REMOVE);
    take(&pair, REPLACEMENT_REMOVE);
    ck_assert_int_eq(next(&pair), REPLACEMENT_ADD);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_replacement_comes_to_its_end_from_wherever_it_was,
        &a_voter_comes_before_one_goes,
        &with_its_name_kept_the_old_one_goes_first,
    };
    return suite_run("cli/replacement", cases, sizeof cases / sizeof *cases);
}
