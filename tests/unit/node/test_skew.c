#include "node/skew.h"

#include "tests/unit/suite.h"

enum { START_MS = 1000000 };

START_TEST(a_clock_that_runs_does_not_jump)
{
    struct skew skew = {0};
    ck_assert_int_eq(skew_look(&skew, START_MS, 5), 0);
    for (uint64_t i = 1; i < 1000; i++) /* a tenth fast: more than NTP ever does */
        ck_assert_int_eq(skew_look(&skew, START_MS + i * 1100, 5 + i * 1000), 0);
}
END_TEST

START_TEST(a_jump_is_told_once_with_its_size_and_direction)
{
    static const int64_t jumps[] = {SKEW_JUMP_MS, -SKEW_JUMP_MS, 3600000, -3600000, 86400000};
    struct skew skew = {0};
    uint64_t wall_ms = UINT64_C(1700000000000);
    ck_assert_int_eq(skew_look(&skew, wall_ms, 7), 0);
    for (size_t i = 0; i < sizeof jumps / sizeof jumps[0]; i++) {
        wall_ms += (uint64_t)jumps[i];
        ck_assert_int_eq(skew_look(&skew, wall_ms, 7), jumps[i]);
        ck_assert_int_eq(skew_look(&skew, wall_ms, 7), 0);
        wall_ms += SKEW_JUMP_MS - 1;
        ck_assert_int_eq(skew_look(&skew, wall_ms, 7), 0);
    }
}
END_TEST

START_TEST(only_a_refusal_for_the_time_is_about_the_clock)
{
    static const enum err errors[] = {ERR_CLOCK, ERR_ROLE, ERR_BUSY};
    struct skew skew = {0};
    for (size_t i = 0; i < 3; i++) {
        uint8_t bytes[64];
        struct writer writer = writer_over(bytes, sizeof bytes);
        peer_refused_write(&writer, &(struct peer_refused){.err = errors[i]});
        struct bytes frame = writer_view(&writer);
        ck_assert_int_eq(skew_receive(&skew, 3, frame), errors[i] == ERR_CLOCK);
        ck_assert(!skew_receive(&skew, 3, bytes_of(frame.data, frame.size - 1)));
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_clock_that_runs_does_not_jump,
        &a_jump_is_told_once_with_its_size_and_direction,
        &only_a_refusal_for_the_time_is_about_the_clock,
    };
    return suite_run("node/skew", cases, sizeof cases / sizeof cases[0]);
}
