#include "tests/sim/events.h"

#include "tests/sim/random.h"
#include "tests/unit/suite.h"

static struct events events;

START_TEST(come_out_by_time_and_then_as_they_went_in)
{
    struct random random = {.state = 1};
    events_clear(&events);
    uint64_t now_us = 0;
    struct event last = {.at_us = 0};
    uint32_t taken = 0;
    uint32_t put = 0;
    for (uint32_t i = 0; i < 200000; i++) {
        struct event event;
        if (events.count < 1000 && random_chance(&random, RANDOM_ALWAYS * 11 / 20)) {
            events_put(&events, (struct event){.at_us = now_us + random_below(&random, 50),
                                               .argument = put++});
        } else if (events_take(&events, &event)) {
            ck_assert_uint_ge(event.at_us, now_us);
            if (taken++ > 0 && event.at_us == last.at_us)
                ck_assert_uint_gt(event.argument, last.argument);
            now_us = event.at_us;
            last = event;
        }
    }
    ck_assert_uint_eq(put - taken, events.count);
    ck_assert_uint_gt(taken, 50000);
}
END_TEST

START_TEST(end)
{
    struct event event;
    events_clear(&events);
    ck_assert(!events_take(&events, &event));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &come_out_by_time_and_then_as_they_went_in,
        &end,
    };
    return suite_run("events", cases, sizeof cases / sizeof cases[0]);
}
