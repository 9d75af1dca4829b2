#include "testnet/swarm/span.h"

#include "tests/sim/random.h"
#include "tests/unit/suite.h"

START_TEST(a_bucket_holds_what_lies_between_its_floor_and_the_next)
{
    struct random random = {.state = 1};
    for (int i = 0; i < 100000; i++) {
        uint64_t value = random_next(&random) >> random_below(&random, 64);
        unsigned bucket = span_bucket(value);
        ck_assert_uint_lt(bucket, SPAN_BUCKETS);
        ck_assert_uint_le(span_floor(bucket), value);
        if (bucket + 1 < SPAN_BUCKETS)
            ck_assert_uint_gt(span_floor(bucket + 1), value);
        ck_assert_uint_le(value - span_floor(bucket), span_floor(bucket) / 8);
    }
}
END_TEST

START_TEST(a_percentile_is_the_floor_of_its_value)
{
    struct span span = {0};
    ck_assert_uint_eq(span_of_thousand(&span, 500), 0);
    for (uint64_t value = 1; value <= 1000; value++)
        span_add(&span, value);
    ck_assert_uint_eq(span_of_thousand(&span, 500), span_floor(span_bucket(500)));
    ck_assert_uint_eq(span_of_thousand(&span, 990), span_floor(span_bucket(990)));
    ck_assert_uint_eq(span_of_thousand(&span, 1000), span_floor(span_bucket(1000)));
}
END_TEST

static const TTest *const *const cases[] = {
    &a_bucket_holds_what_lies_between_its_floor_and_the_next,
    &a_percentile_is_the_floor_of_its_value,
};

int main(void)
{
    return suite_run("swarm/span", cases, sizeof cases / sizeof cases[0]);
}
