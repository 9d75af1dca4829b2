#include "node/members.h"
#include "tests/unit/proto/recode.h"
#include "tests/unit/suite.h"

#define assert_ok(expression) ck_assert_int_eq(expression, ERR_OK)

enum { ALL = 0xffff };

static uint64_t chance_below(uint64_t *seed, uint64_t end)
{
    return dice(seed) % end;
}

/* ---- what must hold of every step ---- */

static struct members_sight sight_of(uint32_t self, uint32_t alive, uint32_t ready)
{
    return (struct members_sight){.self = self, .alive = alive, .ready = ready};
}

/* How many single changes lie between the two. */
static unsigned distance(const struct raft_members *wanted, const struct raft_members *now)
{
    unsigned steps = 0;
    for (uint32_t i = 0; i < now->count; i++)
        steps += raft_members_find(wanted, now->member[i].id) == MEMBERS_MAX;
    for (uint32_t i = 0; i < wanted->count; i++) {
        const struct raft_member *member = &wanted->member[i];
        steps += raft_members_find(now, member->id) == MEMBERS_MAX;
        steps += member->voter && !raft_members_votes(now, member->id);
    }
    return steps;
}

static bool can_decide(const struct raft_members *now, const struct raft_members *members,
                       uint32_t alive)
{
    unsigned voters = 0;
    unsigned answering = 0;
    for (uint32_t i = 0; i < members->count; i++) {
        uint32_t place = raft_members_find(now, members->member[i].id);
        voters += members->member[i].voter;
        answering += members->member[i].voter && (alive >> place & 1) != 0;
    }
    return answering > voters / 2;
}

/* A change is legal, brings nearer, and leaves nothing that cannot decide. */
static void check_change(const struct raft_members *wanted, const struct raft_members *now,
                         const struct members_sight *sight, const struct raft_members *next)
{
    ck_assert(raft_members_sound(next));
    ck_assert(raft_members_adjacent(now, next));
    ck_assert_uint_eq(distance(wanted, next), distance(wanted, now) - 1);
    for (uint32_t i = 0; i < now->count; i++) {
        const struct raft_member *member = &now->member[i];
        uint32_t place = raft_members_find(next, member->id);
        if (place == MEMBERS_MAX && member->voter) {
            ck_assert_uint_ne(member->id, sight->self);
            ck_assert(can_decide(now, next, sight->alive));
        }
        if (place < MEMBERS_MAX && next->member[place].voter && !member->voter)
            ck_assert((sight->ready >> i & 1) != 0);
    }
    for (uint32_t i = 0; i < next->count; i++) {
        uint32_t place = raft_members_find(now, next->member[i].id);
        ck_assert(place < MEMBERS_MAX || !next->member[i].voter);
    }
}

static enum members_step step(const struct raft_members *wanted, const struct raft_members *now,
                              const struct members_sight *sight, struct raft_members *next)
{
    enum members_step taken = members_next(wanted, now, sight, next);
    if (taken == MEMBERS_CHANGE)
        check_change(wanted, now, sight, next);
    return taken;
}

/* ---- every pair of a small group ---- */

enum { SMALL = 4, SMALL_STATES = 81 };

/* Each of SMALL nodes absent, a learner or a voter: the digits of `code` to the base three. */
static bool small_group(unsigned code, struct raft_members *out)
{
    *out = (struct raft_members){.count = 0};
    for (uint32_t id = 1; id <= SMALL; id++, code /= 3) {
        if (code % 3 != 0)
            out->member[out->count++] = (struct raft_member){.id = id, .voter = code % 3 == 2};
    }
    return raft_members_sound(out);
}

/* The ledger never makes a voter a learner again. */
static bool can_be(const struct raft_members *wanted, const struct raft_members *now)
{
    for (uint32_t i = 0; i < now->count; i++) {
        uint32_t place = raft_members_find(wanted, now->member[i].id);
        if (place < MEMBERS_MAX && now->member[i].voter && !wanted->member[place].voter)
            return false;
    }
    return true;
}

/* What a leader sees of this group: itself at least. */
static void try_all_sights(const struct raft_members *wanted, const struct raft_members *now)
{
    for (uint32_t leader = 0; leader < now->count; leader++) {
        uint32_t self = now->member[leader].id;
        for (uint32_t alive = 0; alive < 1u << now->count; alive++) {
            for (uint32_t ready = 0; ready < 1u << now->count; ready++) {
                struct members_sight sight = sight_of(self, alive | 1u << leader, ready);
                struct raft_members next;
                (void)step(wanted, now, &sight, &next);
            }
        }
        struct members_sight all = sight_of(self, ALL, ALL);
        struct raft_members next;
        bool stays = now->member[leader].voter && step(wanted, now, &all, &next) == MEMBERS_STAY;
        ck_assert(!stays || distance(wanted, now) == 0);
    }
}

START_TEST(every_step_of_a_small_group_is_legal_and_brings_it_nearer)
{
    for (unsigned from = 0; from < SMALL_STATES; from++) {
        for (unsigned to = 0; to < SMALL_STATES; to++) {
            struct raft_members wanted;
            struct raft_members now;
            if (small_group(from, &now) && small_group(to, &wanted) && can_be(&wanted, &now))
                try_all_sights(&wanted, &now);
        }
    }
}
END_TEST

/* ---- statements and steps by chance ---- */

struct group {
    struct raft_members wanted;
    struct raft_members now;
    uint32_t leader;
    uint32_t last_id;
    bool was_wanted[1000];
    bool was_voter[1000];
};

static void found(struct group *group, uint32_t count)
{
    *group = (struct group){.leader = 1, .last_id = count};
    for (uint32_t id = 1; id <= count; id++) {
        group->wanted.member[group->wanted.count++] = (struct raft_member){id, true};
        group->was_wanted[id] = group->was_voter[id] = true;
    }
    group->now = group->wanted;
}

static unsigned voters_of(const struct raft_members *members)
{
    unsigned voters = 0;
    for (uint32_t i = 0; i < members->count; i++)
        voters += members->member[i].voter;
    return voters;
}

/* A statement that the ledger's rules take (docs/internals/rules.md). */
static void state_something(struct group *group, uint64_t *seed)
{
    struct raft_members *wanted = &group->wanted;
    uint32_t place = (uint32_t)chance_below(seed, wanted->count);
    switch (chance_below(seed, 3)) {
    case 0:
        if (wanted->count == MEMBERS_MAX)
            return;
        wanted->member[wanted->count++] = (struct raft_member){++group->last_id, false};
        group->was_wanted[group->last_id] = true;
        return;
    case 1:
        wanted->member[place].voter = true;
        group->was_voter[wanted->member[place].id] = true;
        return;
    default:
        if (wanted->member[place].voter && voters_of(wanted) == 1)
            return;
        wanted->count--;
        memmove(&wanted->member[place], &wanted->member[place + 1],
                (wanted->count - place) * sizeof wanted->member[0]);
    }
}

/* What ledger_apply() asks of a configuration block. */
static void apply(struct group *group, const struct raft_members *next)
{
    for (uint32_t i = 0; i < next->count; i++) {
        ck_assert(group->was_wanted[next->member[i].id]);
        ck_assert(!next->member[i].voter || group->was_voter[next->member[i].id]);
    }
    group->now = *next;
}

/* Another voter leads. */
static void hand_over(struct group *group, uint64_t *seed)
{
    uint32_t old = group->leader;
    ck_assert_uint_gt(voters_of(&group->now), 1);
    while (group->leader == old) {
        const struct raft_member *member = &group->now.member[chance_below(seed, group->now.count)];
        if (member->voter)
            group->leader = member->id;
    }
}

static bool go_on(struct group *group, uint32_t alive, uint32_t ready, uint64_t *seed)
{
    struct raft_members next;
    uint32_t own = 1u << raft_members_find(&group->now, group->leader);
    struct members_sight sight = sight_of(group->leader, alive | own, ready);
    switch (step(&group->wanted, &group->now, &sight, &next)) {
    case MEMBERS_STAY: return false;
    case MEMBERS_CHANGE: apply(group, &next); return true;
    case MEMBERS_HAND_OVER: hand_over(group, seed); return true;
    }
    return false;
}

START_TEST(what_is_wanted_is_always_reached)
{
    for (uint64_t run = 1; run <= 2000; run++) {
        static struct group group;
        uint64_t seed = run;
        found(&group, 1 + (uint32_t)chance_below(&seed, MEMBERS_MAX));
        for (unsigned i = 0; i < 40; i++) {
            for (uint64_t count = chance_below(&seed, 6); count > 0; count--)
                state_something(&group, &seed);
            (void)go_on(&group, (uint32_t)chance_below(&seed, 1 + ALL),
                        (uint32_t)chance_below(&seed, 1 + ALL), &seed);
        }
        unsigned steps = 0;
        while (go_on(&group, ALL, ALL, &seed))
            ck_assert_uint_lt(++steps, 100);
        ck_assert(raft_members_equal(&group.now, &group.wanted));
    }
}
END_TEST

/* ---- examples ---- */

static struct raft_members list(const char *text)
{
    struct raft_members out = {.count = 0};
    for (; *text != '\0'; text += 2)
        out.member[out.count++] =
            (struct raft_member){.id = (uint32_t)(text[0] - 'a') + 1, .voter = text[1] == '+'};
    return out;
}

/* `want`, `now` and `next`: a node a letter, + a voter, - a learner. */
static void becomes(const char *want, const char *have, struct members_sight sight,
                    const char *then)
{
    struct raft_members wanted = list(want);
    struct raft_members now = list(have);
    struct raft_members expected = list(then);
    struct raft_members next;
    ck_assert_int_eq(step(&wanted, &now, &sight, &next), MEMBERS_CHANGE);
    ck_assert(raft_members_equal(&next, &expected));
}

static void does(const char *want, const char *have, struct members_sight sight,
                 enum members_step expected)
{
    struct raft_members wanted = list(want);
    struct raft_members now = list(have);
    struct raft_members next;
    ck_assert_int_eq(step(&wanted, &now, &sight, &next), expected);
}

START_TEST(nothing_is_done_when_all_is_as_it_is_wanted)
{
    does("a+b+c-", "a+b+c-", sight_of(1, ALL, ALL), MEMBERS_STAY);
}
END_TEST

START_TEST(one_node_is_replaced_step_by_step)
{
    struct members_sight sight = sight_of(1, ALL, ALL);
    becomes("a+b+d+", "a+b+c+", sight, "a+b+c+d-");
    becomes("a+b+d+", "a+b+c+d-", sight, "a+b+c+d+");
    becomes("a+b+d+", "a+b+c+d+", sight, "a+b+d+");
}
END_TEST

START_TEST(a_learner_that_is_behind_does_not_vote_and_keeps_nobody_in)
{
    does("a+b+c+d+", "a+b+c+d-", sight_of(1, ALL, 0), MEMBERS_STAY);
    becomes("a+b+d+", "a+b+c+d-", sight_of(1, ALL, 0), "a+b+d-");
}
END_TEST

START_TEST(a_leader_that_is_to_go_goes_last_and_hands_over)
{
    becomes("c+", "a+b+c+", sight_of(1, ALL, ALL), "a+c+");
    does("c+", "a+c+", sight_of(1, ALL, ALL), MEMBERS_HAND_OVER);
    becomes("c+", "a+c+", sight_of(3, ALL, ALL), "c+");
}
END_TEST

START_TEST(the_dead_go_and_no_group_is_left_that_cannot_decide)
{
    /* b and c are dead: b can go, and then c cannot be spared no more than before. */
    becomes("a+c+d+", "a+b+c+d+e+", sight_of(1, 1 | 8 | 16, ALL), "a+c+d+e+");
    /* Wanted are a node that is dead and the leader: neither of the others can be spared. */
    does("a+c+", "a+b+c+", sight_of(1, 1 | 2, ALL), MEMBERS_STAY);
    does("b+", "a+b-", sight_of(1, 1, 0), MEMBERS_STAY);
    does("b+c+", "a+b+c+", sight_of(1, 1 | 2, ALL), MEMBERS_STAY);
}
END_TEST

START_TEST(where_all_places_are_taken_some_go_before_others_come)
{
    struct raft_members now = {.count = MEMBERS_MAX};
    struct raft_members wanted = {.count = MEMBERS_MAX};
    struct members_sight sight = sight_of(1, ALL, 0);
    struct raft_members next;
    for (uint32_t i = 0; i < MEMBERS_MAX; i++) {
        now.member[i] = (struct raft_member){i + 1, true};
        wanted.member[i] = (struct raft_member){i + 2, true};
    }
    ck_assert_int_eq(step(&wanted, &now, &sight, &next), MEMBERS_HAND_OVER);
    sight.self = 2;
    ck_assert_int_eq(step(&wanted, &now, &sight, &next), MEMBERS_CHANGE);
    ck_assert_uint_eq(next.count, MEMBERS_MAX - 1);
    now = next;
    ck_assert_int_eq(step(&wanted, &now, &sight, &next), MEMBERS_CHANGE);
    ck_assert_uint_lt(raft_members_find(&next, MEMBERS_MAX + 1), MEMBERS_MAX);
}
END_TEST

/* ---- in a block ---- */

static struct block block_of(enum block_kind kind, struct bytes entry, uint8_t *buffer,
                             size_t capacity)
{
    struct block_build build;
    struct block block;
    block_build(&build, buffer, capacity);
    assert_ok(block_build_add(&build, entry));
    struct block_header header = {.kind = kind, .height = 1, .term = 1, .leader = 1};
    assert_ok(block_parse(block_build_end(&build, &header), &block));
    return block;
}

START_TEST(a_configuration_block_is_read_and_nothing_else)
{
    uint8_t entry[RAFT_MEMBERS_SIZE_MAX];
    uint8_t buffer[1024];
    struct raft_members members = list("a+c-");
    struct raft_members found_members;
    struct writer writer = writer_over(entry, sizeof entry);
    raft_members_write(&writer, &members);
    struct bytes view = writer_view(&writer);
    struct block block = block_of(BLOCK_CONFIGURATION, view, buffer, sizeof buffer);
    assert_ok(members_of_block(&block, &found_members));
    ck_assert(raft_members_equal(&members, &found_members));
    block = block_of(BLOCK_TRANSACTIONS, view, buffer, sizeof buffer);
    ck_assert_int_eq(members_of_block(&block, &found_members), ERR_MEMBERS);
    for (size_t size = 1; size < view.size; size++) {
        block = block_of(BLOCK_CONFIGURATION, bytes_of(entry, size), buffer, sizeof buffer);
        enum err expected = size == RAFT_MEMBER_SIZE ? ERR_OK : ERR_MEMBERS;
        ck_assert_int_eq(members_of_block(&block, &found_members), expected);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &every_step_of_a_small_group_is_legal_and_brings_it_nearer,
        &what_is_wanted_is_always_reached,
        &nothing_is_done_when_all_is_as_it_is_wanted,
        &one_node_is_replaced_step_by_step,
        &a_learner_that_is_behind_does_not_vote_and_keeps_nobody_in,
        &a_leader_that_is_to_go_goes_last_and_hands_over,
        &the_dead_go_and_no_group_is_left_that_cannot_decide,
        &where_all_places_are_taken_some_go_before_others_come,
        &a_configuration_block_is_read_and_nothing_else,
    };
    return suite_run("members", cases, sizeof cases / sizeof cases[0]);
}
