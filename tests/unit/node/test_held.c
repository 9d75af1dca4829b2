#include "node/held.h"
#include "tests/unit/suite.h"

enum { SELF = 2, OTHER = 3 };

static void put(struct held *held, uint64_t write, uint32_t to, uint64_t term)
{
    struct raft_outgoing outgoing = {.message = {.to = to, .term = term}};
    ck_assert_int_eq(held_put(held, write, &outgoing, SELF), ERR_OK);
}

static void expect(struct held *held, uint64_t durable, uint64_t term)
{
    struct raft_outgoing outgoing;
    ck_assert(held_take(held, durable, &outgoing));
    ck_assert_uint_eq(outgoing.message.term, term);
}

static void expect_none(struct held *held, uint64_t durable)
{
    struct raft_outgoing outgoing;
    ck_assert(!held_take(held, durable, &outgoing));
}

START_TEST(nothing_leaves_before_its_write_and_all_in_order)
{
    struct held held;
    held_init(&held);
    expect_none(&held, UINT64_MAX);
    put(&held, 1, OTHER, 10);
    put(&held, 1, SELF, 11);
    put(&held, 3, OTHER, 12);
    expect_none(&held, 0);
    expect(&held, 2, 10);
    expect(&held, 2, 11);
    expect_none(&held, 2);
    put(&held, 3, OTHER, 13);
    expect(&held, 3, 12);
    expect(&held, 3, 13);
    expect_none(&held, UINT64_MAX);
    put(&held, 4, OTHER, 14);
    expect(&held, 4, 14);
    held_clear(&held);
}
END_TEST

START_TEST(a_disk_that_stands_still_gathers_no_more_than_the_bound_and_loses_no_own_message)
{
    struct held held;
    size_t own = 0;
    held_init(&held);
    for (uint64_t i = 0; i < 2 * HELD_MAX; i++)
        put(&held, 1, OTHER, i);
    ck_assert_uint_eq(held.count, HELD_MAX);
    put(&held, 1, SELF, 1 << 20);
    struct raft_outgoing outgoing;
    for (uint64_t i = 0; held_take(&held, 1, &outgoing); i++) {
        own += outgoing.message.to == SELF;
        ck_assert_uint_eq(outgoing.message.term, i < HELD_MAX ? i : 1 << 20);
    }
    ck_assert_uint_eq(own, 1);
    ck_assert_uint_eq(held.count, 0);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &nothing_leaves_before_its_write_and_all_in_order,
        &a_disk_that_stands_still_gathers_no_more_than_the_bound_and_loses_no_own_message,
    };
    return suite_run("held", cases, sizeof cases / sizeof cases[0]);
}
