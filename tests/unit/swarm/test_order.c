#include "testnet/swarm/order.h"

#include <stdlib.h>
#include <string.h>

#include "proto/invariant.h"
#include "tests/sim/random.h"
#include "tests/unit/suite.h"

#define OPS_MAX 8
#define PARTS   2
#define STATES  ((OPS_MAX + 1) * (OPS_MAX + 1)) /* each part: nothing, or the value of a raise */

static struct order_op ops[OPS_MAX];
static uint32_t seen[OPS_MAX][ORDER_PARTS_MAX];
static size_t count;
static struct order_answer answer;

static struct order_op *add(enum order_kind kind, uint64_t start, uint64_t end, unsigned part)
{
    ops[count] = (struct order_op){.kind = kind,
                                   .start = start,
                                   .end = end,
                                   .part = part,
                                   .value = kind == ORDER_RAISE ? (uint32_t)count + 1 : 0,
                                   .seen = seen[count]};
    memset(seen[count], 0, sizeof seen[count]);
    return &ops[count++];
}

static void add_read(uint64_t start, uint64_t end, uint32_t first, uint32_t second)
{
    (void)add(ORDER_READ, start, end, 0);
    seen[count - 1][0] = first;
    seen[count - 1][1] = second;
}

static enum order_result result(void)
{
    struct order_device device = {.part_count = PARTS, .count = count, .ops = ops};
    ck_assert_int_eq(order_find(&device, &answer), ERR_OK);
    return answer.result;
}

/* ---- what looks wrong and is right, and the reverse ---- */

START_TEST(a_read_that_overlaps_a_raise_may_see_either)
{
    (void)add(ORDER_RAISE, 10, 50, 0);
    add_read(20, 30, 1, 0);
    add_read(35, 40, 1, 0);
    ck_assert_int_eq(result(), ORDER_EXISTS);
    seen[2][0] = 0; /* but not go back */
    ck_assert_int_eq(result(), ORDER_IMPOSSIBLE);
    ck_assert_uint_eq(answer.op, 2);
    seen[1][0] = 0;
    ck_assert_int_eq(result(), ORDER_EXISTS);
}
END_TEST

START_TEST(reads_that_overlap_each_other_may_seem_to_go_back)
{
    (void)add(ORDER_RAISE, 10, 50, 0);
    add_read(20, 40, 1, 0);
    add_read(30, 45, 0, 0);
    ck_assert_int_eq(result(), ORDER_EXISTS);
}
END_TEST

START_TEST(a_read_after_the_answer_must_see_it)
{
    (void)add(ORDER_RAISE, 10, 20, 0);
    add_read(21, 30, 0, 0);
    ck_assert_int_eq(result(), ORDER_IMPOSSIBLE);
    ck_assert_uint_eq(answer.op, 1);
    ck_assert_uint_eq(answer.state_count, 1);
    ck_assert_uint_eq(answer.states[0][0], UINT32_MAX);
    ops[1].start = 20; /* in the same microsecond it need not */
    ck_assert_int_eq(result(), ORDER_EXISTS);
}
END_TEST

START_TEST(an_unanswered_raise_may_happen_late_or_never)
{
    (void)add(ORDER_RAISE, 10, ORDER_NEVER, 0);
    add_read(100, 110, 0, 0);
    add_read(200, 210, 1, 0);
    ck_assert_int_eq(result(), ORDER_EXISTS);
    add_read(300, 310, 0, 0);
    ck_assert_int_eq(result(), ORDER_IMPOSSIBLE);
    ck_assert_uint_eq(answer.op, 3);
    (void)add(ORDER_LIFT, 5, ORDER_NEVER, 0);
    ck_assert_int_eq(result(), ORDER_EXISTS);
}
END_TEST

START_TEST(an_unanswered_raise_is_not_seen_before_it_was_asked_for)
{
    add_read(1, 5, 2, 0);
    (void)add(ORDER_RAISE, 10, ORDER_NEVER, 0);
    ck_assert_int_eq(result(), ORDER_IMPOSSIBLE);
    ck_assert_uint_eq(answer.op, 0);
}
END_TEST

START_TEST(an_unanswered_lift_explains_a_second_raise)
{
    (void)add(ORDER_RAISE, 10, 20, 0);
    (void)add(ORDER_RAISE, 30, 40, 0);
    ck_assert_int_eq(result(), ORDER_IMPOSSIBLE);
    (void)add(ORDER_LIFT, 35, ORDER_NEVER, 0);
    ck_assert_int_eq(result(), ORDER_EXISTS);
    ops[2].part = 1;
    ck_assert_int_eq(result(), ORDER_IMPOSSIBLE);
    ops[2].part = 0;
    ops[2].start = 41;
    ck_assert_int_eq(result(), ORDER_IMPOSSIBLE);
}
END_TEST

START_TEST(one_unanswered_lift_explains_one_raise_and_not_two)
{
    (void)add(ORDER_RAISE, 10, 20, 0);
    (void)add(ORDER_LIFT, 11, ORDER_NEVER, 0);
    (void)add(ORDER_RAISE, 30, 40, 0);
    ck_assert_int_eq(result(), ORDER_EXISTS);
    (void)add(ORDER_RAISE, 50, 60, 0);
    ck_assert_int_eq(result(), ORDER_IMPOSSIBLE);
    (void)add(ORDER_LIFT, 45, ORDER_NEVER, 0);
    ck_assert_int_eq(result(), ORDER_EXISTS);
}
END_TEST

START_TEST(refusals_are_reads)
{
    (void)add(ORDER_ABSENT, 1, 2, 0);
    (void)add(ORDER_RAISE, 10, 20, 0);
    (void)add(ORDER_STANDS, 30, 40, 0);
    ck_assert_int_eq(result(), ORDER_EXISTS);
    ops[2].kind = ORDER_ABSENT;
    ck_assert_int_eq(result(), ORDER_IMPOSSIBLE);
    ops[2].part = 1;
    ck_assert_int_eq(result(), ORDER_EXISTS);
}
END_TEST

START_TEST(a_lift_needs_a_claim)
{
    (void)add(ORDER_LIFT, 10, 20, 0);
    ck_assert_int_eq(result(), ORDER_IMPOSSIBLE);
    (void)add(ORDER_RAISE, 15, 30, 0);
    ck_assert_int_eq(result(), ORDER_EXISTS);
}
END_TEST

START_TEST(two_reads_do_not_see_two_raises_in_two_orders)
{
    (void)add(ORDER_RAISE, 10, 50, 0);
    (void)add(ORDER_RAISE, 10, 50, 1);
    add_read(11, 45, 1, 0);
    add_read(11, 45, 0, 2);
    ck_assert_int_eq(result(), ORDER_IMPOSSIBLE);
    seen[3][0] = 1;
    ck_assert_int_eq(result(), ORDER_EXISTS);
}
END_TEST

START_TEST(a_claim_that_nobody_raised_is_not_seen)
{
    add_read(1, 5, 77, 0);
    ck_assert_int_eq(result(), ORDER_IMPOSSIBLE);
    struct order_device device = {.part_count = PARTS, .first = {77}, .count = count, .ops = ops};
    ck_assert_int_eq(order_find(&device, &answer), ERR_OK);
    ck_assert_int_eq(answer.result, ORDER_EXISTS);
}
END_TEST

START_TEST(too_much_at_once_is_undecided)
{
    enum { MANY = ORDER_PENDING_MAX + 1 };
    static struct order_op many[MANY];
    for (size_t i = 0; i < MANY; i++)
        many[i] = (struct order_op){.kind = ORDER_ABSENT, .start = 1, .end = 2};
    struct order_device device = {.part_count = 1, .count = MANY, .ops = many};
    ck_assert_int_eq(order_find(&device, &answer), ERR_OK);
    ck_assert_int_eq(answer.result, ORDER_UNDECIDED);
    device.count = MANY - 1;
    ck_assert_int_eq(order_find(&device, &answer), ERR_OK);
    ck_assert_int_eq(answer.result, ORDER_EXISTS);
}
END_TEST

/* ---- against all orders ---- */

static uint32_t part_of(uint32_t state, unsigned part)
{
    return part == 0 ? state / (OPS_MAX + 1) : state % (OPS_MAX + 1);
}

static uint32_t with_part(uint32_t state, unsigned part, uint32_t value)
{
    return part == 0 ? value * (OPS_MAX + 1) + part_of(state, 1)
                     : part_of(state, 0) * (OPS_MAX + 1) + value;
}

/* Whether the operation may happen in this state; and the state after it. */
static bool happens(size_t i, uint32_t state, uint32_t *after)
{
    const struct order_op *op = &ops[i];
    uint32_t held = part_of(state, op->part);
    *after = state;
    switch (op->kind) {
    case ORDER_RAISE: *after = with_part(state, op->part, op->value); return held == 0;
    case ORDER_LIFT: *after = with_part(state, op->part, 0); return held != 0;
    case ORDER_STANDS: return held != 0;
    case ORDER_ABSENT: return held == 0;
    case ORDER_READ: return part_of(state, 0) == op->seen[0] && part_of(state, 1) == op->seen[1];
    }
    invariant(false);
    return false;
}

/* Whether nothing that has to come before it is missing from the set. */
static bool may_be_next(size_t i, uint32_t set)
{
    for (size_t k = 0; k < count; k++)
        if ((set >> k & 1) == 0 && k != i && ops[k].end < ops[i].start)
            return false;
    return (set >> i & 1) == 0;
}

/* By trying all: from each set of operations that may come first, with each state that they can
 * leave behind, to every operation that may come next. */
static bool some_order_explains_it(void)
{
    static bool left_behind[1u << OPS_MAX][STATES];
    uint32_t wanted = 0;
    memset(left_behind, 0, sizeof left_behind);
    left_behind[0][0] = true;
    for (size_t i = 0; i < count; i++)
        wanted |= ops[i].end != ORDER_NEVER ? 1u << i : 0;
    for (uint32_t set = 0; set < 1u << count; set++)
        for (uint32_t state = 0; state < STATES; state++) {
            if (!left_behind[set][state])
                continue;
            if ((set & wanted) == wanted)
                return true;
            uint32_t after;
            for (size_t i = 0; i < count; i++)
                if (may_be_next(i, set) && happens(i, state, &after))
                    left_behind[set | 1u << i][after] = true;
        }
    return false;
}

/* A value that was raised on that part, or nothing. */
static uint32_t draw_value(struct random *random, unsigned part)
{
    uint32_t i = random_below(random, (uint32_t)count + 1);
    return i < count && ops[i].kind == ORDER_RAISE && ops[i].part == part ? ops[i].value : 0;
}

/* Operations at random moments, with what a device would have told that does each at a moment in
 * between; some answers get lost. */
static void draw_history(struct random *random)
{
    uint32_t state = 0;
    uint64_t moment = 100;
    count = 0;
    uint32_t wanted = random_between(random, 2, OPS_MAX);
    while (count < wanted) {
        moment += random_between(random, 1, 10);
        enum order_kind kind = (enum order_kind)random_below(random, 5);
        uint64_t start = moment - random_below(random, 40);
        uint64_t end = moment + random_below(random, 40);
        struct order_op *op = add(kind, start, end, random_below(random, PARTS));
        bool is_write = kind == ORDER_RAISE || kind == ORDER_LIFT;
        uint32_t after;
        for (unsigned i = 0; i < PARTS; i++)
            seen[count - 1][i] = part_of(state, i);
        if (is_write && random_chance(random, RANDOM_ALWAYS / 4)) {
            op->end = ORDER_NEVER;
            if (random_chance(random, RANDOM_ALWAYS / 2) && happens(count - 1, state, &after))
                state = after;
        } else if (happens(count - 1, state, &after)) {
            state = after;
        } else {
            count--;
        }
    }
}

static void change_something(struct random *random)
{
    size_t i = random_below(random, (uint32_t)count);
    switch (random_below(random, 4)) {
    case 0:
        seen[i][0] = draw_value(random, 0);
        seen[i][1] = draw_value(random, 1);
        break;
    case 1: ops[i].start = ops[i].end = 100 + random_below(random, 80); break;
    case 2: ops[i].part = random_below(random, PARTS); break;
    case 3:
        if (ops[i].kind != ORDER_READ)
            ops[i].kind = (enum order_kind)random_below(random, ORDER_READ);
        ops[i].value = ops[i].kind == ORDER_RAISE ? (uint32_t)i + 1 : 0;
        break;
    }
}

START_TEST(what_a_true_device_told_is_always_explained)
{
    struct random random = {.state = 1};
    for (int i = 0; i < 100000; i++) {
        draw_history(&random);
        ck_assert_int_eq(result(), ORDER_EXISTS);
    }
}
END_TEST

START_TEST(agrees_with_a_search_through_all_orders)
{
    struct random random = {.state = 2};
    int impossible = 0;
    for (int i = 0; i < 60000; i++) {
        draw_history(&random);
        for (uint32_t changes = random_between(&random, 1, 3); changes > 0; changes--)
            change_something(&random);
        bool exists = some_order_explains_it();
        ck_assert_msg((result() == ORDER_EXISTS) == exists, "history %d", i);
        impossible += exists ? 0 : 1;
    }
    ck_assert_int_gt(impossible, 10000);
    ck_assert_int_lt(impossible, 50000);
}
END_TEST

static const TTest *const *const cases[] = {
    &a_read_that_overlaps_a_raise_may_see_either,
    &reads_that_overlap_each_other_may_seem_to_go_back,
    &a_read_after_the_answer_must_see_it,
    &an_unanswered_raise_may_happen_late_or_never,
    &an_unanswered_raise_is_not_seen_before_it_was_asked_for,
    &an_unanswered_lift_explains_a_second_raise,
    &one_unanswered_lift_explains_one_raise_and_not_two,
    &refusals_are_reads,
    &a_lift_needs_a_claim,
    &two_reads_do_not_see_two_raises_in_two_orders,
    &a_claim_that_nobody_raised_is_not_seen,
    &too_much_at_once_is_undecided,
    &what_a_true_device_told_is_always_explained,
    &agrees_with_a_search_through_all_orders,
};

int main(void)
{
    return suite_run("swarm/order", cases, sizeof cases / sizeof cases[0]);
}
