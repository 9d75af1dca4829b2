#include "consensus/ration.h"

#include "tests/unit/suite.h"

START_TEST(beyond_so_many_in_a_period_they_are_counted)
{
    struct ration ration = {0};
    for (int i = 0; i < 3; i++)
        ck_assert(ration_take(&ration, 3, 10, 1000));
    ck_assert_uint_eq(ration_withheld(&ration), 0);
    for (int i = 0; i < 5; i++)
        ck_assert(!ration_take(&ration, 3, 10, 1010));
    ck_assert(ration_take(&ration, 3, 10, 1011)); /* the period is over */
    ck_assert_uint_eq(ration_withheld(&ration), 5);
    ck_assert_uint_eq(ration_withheld(&ration), 0);
    for (int i = 0; i < 2; i++)
        ck_assert(ration_take(&ration, 3, 10, 1021));
    ck_assert(!ration_take(&ration, 3, 10, 1021));
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {&beyond_so_many_in_a_period_they_are_counted};
    return suite_run("ration", cases, sizeof cases / sizeof cases[0]);
}
