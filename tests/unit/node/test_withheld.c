#include "node/withheld.h"

#include "tests/unit/suite.h"

START_TEST(holds_back_from_who_said_so_until_its_time_is_over)
{
    struct withheld withheld = {0};
    ck_assert(!withheld_has(&withheld, 7, 0));
    withheld_note(&withheld, 7, 100);
    ck_assert(withheld_has(&withheld, 7, 99));
    ck_assert(!withheld_has(&withheld, 7, 100));
    ck_assert(!withheld_has(&withheld, 8, 99));
    withheld_note(&withheld, 7, 200);
    ck_assert(withheld_has(&withheld, 7, 199));
}
END_TEST

START_TEST(has_room_for_all_members_and_forgets_who_said_it_longest_ago)
{
    struct withheld withheld = {0};
    for (uint32_t peer = 1; peer <= 100; peer++) {
        withheld_note(&withheld, peer, 1000 + peer);
        for (uint32_t other = 1; other <= 100; other++) {
            bool is_held = other <= peer && other + MEMBERS_MAX > peer;
            ck_assert_int_eq(withheld_has(&withheld, other, 1000), is_held);
        }
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &holds_back_from_who_said_so_until_its_time_is_over,
        &has_room_for_all_members_and_forgets_who_said_it_longest_ago,
    };
    return suite_run("withheld", cases, sizeof cases / sizeof cases[0]);
}
