#include "tests/unit/consensus/raft_fixture.h"

/* Nodes 1 … 5: two bits each say absent, learner or voter. */
static struct raft_members members_of(uint32_t code)
{
    struct raft_members members = {0};
    for (uint32_t id = 1; id <= 5; id++, code /= 3) {
        if (code % 3 > 0)
            members.member[members.count++] =
                (struct raft_member){.id = id, .voter = code % 3 == 2};
    }
    return members;
}

static uint32_t voter_bits(const struct raft_members *members)
{
    uint32_t bits = 0;
    for (uint32_t i = 0; i < members->count; i++)
        bits |= members->member[i].voter ? 1u << members->member[i].id : 0;
    return bits;
}

#define CODES 243 /* 3 to the 5th */

/* Every majority of `a` has a node in common with every majority of `b`. */
static bool majorities_meet(uint32_t a, uint32_t b)
{
    for (uint32_t one = a; one != 0; one = (one - 1) & a) {
        if (2 * __builtin_popcount(one) <= __builtin_popcount(a))
            continue;
        /* The largest set that misses `one`. */
        if (2 * __builtin_popcount(b & ~one) > __builtin_popcount(b))
            return false;
    }
    return true;
}

START_TEST(adjacent_members_have_majorities_that_meet)
{
    for (uint32_t a = 0; a < CODES; a++) {
        for (uint32_t b = 0; b < CODES; b++) {
            struct raft_members one = members_of(a);
            struct raft_members other = members_of(b);
            uint32_t differ = voter_bits(&one) ^ voter_bits(&other);
            bool adjacent = raft_members_adjacent(&one, &other);
            ck_assert_int_eq(adjacent, __builtin_popcount(differ) <= 1);
            if (adjacent && voter_bits(&one) != 0 && voter_bits(&other) != 0)
                ck_assert(majorities_meet(voter_bits(&one), voter_bits(&other)));
        }
    }
}
END_TEST

START_TEST(a_quorum_reaches_what_more_than_half_of_the_voters_have)
{
    static struct raft raft;
    uint64_t random = 2;
    for (uint32_t round = 0; round < 20000; round++) {
        raft.members = members_of((uint32_t)dice(&random, CODES));
        if (voter_bits(&raft.members) == 0)
            continue;
        uint64_t value[MEMBERS_MAX];
        for (uint32_t i = 0; i < MEMBERS_MAX; i++)
            value[i] = dice(&random, 6);
        uint64_t reached = raft_quorum_reached(&raft, value);
        int voters_with = 0;
        int voters_above = 0;
        for (uint32_t i = 0; i < raft.members.count; i++) {
            voters_with += raft.members.member[i].voter && value[i] >= reached;
            voters_above += raft.members.member[i].voter && value[i] > reached;
        }
        int all = __builtin_popcount(voter_bits(&raft.members));
        ck_assert_int_gt(2 * voters_with, all);
        ck_assert_int_le(2 * voters_above, all);
    }
}
END_TEST

START_TEST(members_that_make_no_sense_are_not_sound)
{
    struct raft_members members = voters(3);
    ck_assert(raft_members_sound(&members));
    members.member[1].id = 1;
    ck_assert(!raft_members_sound(&members));
    members = voters(3);
    members.member[0].id = 0;
    ck_assert(!raft_members_sound(&members));
    members = voters(3);
    members.member[2].id = 2;
    ck_assert(!raft_members_sound(&members));
    members = voters(0);
    ck_assert(!raft_members_sound(&members));
    members = voters(MEMBERS_MAX);
    ck_assert(raft_members_sound(&members));
    members.count = MEMBERS_MAX + 1;
    ck_assert(!raft_members_sound(&members));
    members = voters(1);
    members.member[0].voter = false;
    ck_assert(!raft_members_sound(&members));
}
END_TEST

START_TEST(a_copy_has_no_rubbish_in_it)
{
    struct raft_members source;
    memset(&source, 0xa5, sizeof source);
    source.count = 2;
    source.member[0].id = 4;
    source.member[0].voter = true;
    source.member[1].id = 9;
    source.member[1].voter = false;
    struct raft_members clean;
    memset(&clean, 0, sizeof clean);
    clean.count = 2;
    clean.member[0].id = 4;
    clean.member[0].voter = true;
    clean.member[1].id = 9;
    struct raft_members copy;
    raft_members_copy(&copy, &source);
    ck_assert_mem_eq(&copy, &clean, sizeof copy);
    ck_assert(raft_members_equal(&copy, &source));
    clean.member[1].voter = true;
    ck_assert(!raft_members_equal(&copy, &clean));
    clean.member[1] = (struct raft_member){.id = 8};
    ck_assert(!raft_members_equal(&copy, &clean));
    clean.count = 1;
    ck_assert(!raft_members_equal(&copy, &clean));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &adjacent_members_have_majorities_that_meet,
        &a_quorum_reaches_what_more_than_half_of_the_voters_have,
        &members_that_make_no_sense_are_not_sound,
        &a_copy_has_no_rubbish_in_it,
    };
    return suite_run("consensus/raft_members", cases, sizeof cases / sizeof cases[0]);
}
