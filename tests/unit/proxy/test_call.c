#include "testnet/proxy/call.h"
#include "tests/unit/suite.h"

#define MS UINT64_C(1000)

static void set(struct path *there, struct path *back, uint32_t loss)
{
    struct distance to = {.delay_us = 70 * MS, .loss = loss};
    struct distance from = {.delay_us = 50 * MS};
    *there = (struct path){.random = 3};
    *back = (struct path){.random = 4};
    path_set_distance(there, &to, 0);
    path_set_distance(back, &from, 0);
}

START_TEST(a_call_is_answered_after_the_round_trip)
{
    struct path there;
    struct path back;
    struct call call;
    set(&there, &back, 0);
    call_begin(&call, &there, &back, 1000 * MS);
    ck_assert(!call_take(&call, 1120 * MS - 1));
    ck_assert_uint_eq(call.next_us, 1120 * MS);
    ck_assert(call_take(&call, 1120 * MS));
}
END_TEST

/* Either direction: the answer is lost as the call is. */
static void is_tried_again(bool is_back)
{
    struct path there;
    struct path back;
    struct call call;
    struct path *cut = is_back ? &back : &there;
    set(&there, &back, 0);
    cut->is_cut = true;
    call_begin(&call, &there, &back, 0);
    static const uint64_t tries[] = {120, 1120, 3120, 7120, 15120};
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        ck_assert_uint_eq(call.next_us, tries[i] * MS);
        ck_assert(!call_take(&call, call.next_us));
    }
    cut->is_cut = false;
    ck_assert(!call_take(&call, 31119 * MS));
    ck_assert(call_take(&call, 31120 * MS));
}

START_TEST(a_cut_call_is_tried_again_as_tcp_does)
{
    is_tried_again(false);
    is_tried_again(true);
}
END_TEST

START_TEST(a_lost_call_costs_a_second)
{
    struct path there;
    struct path back;
    struct call call;
    unsigned lost = 0;
    set(&there, &back, DISTANCE_LOSS_WHOLE / 10);
    for (uint64_t i = 0; i < 1000; i++) {
        call_begin(&call, &there, &back, 0);
        if (call_take(&call, 120 * MS))
            continue;
        lost++;
        ck_assert_uint_eq(call.next_us, 1120 * MS);
    }
    ck_assert(lost > 60 && lost < 140);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_call_is_answered_after_the_round_trip,
        &a_cut_call_is_tried_again_as_tcp_does,
        &a_lost_call_costs_a_second,
    };
    return suite_run("call", cases, sizeof cases / sizeof cases[0]);
}
