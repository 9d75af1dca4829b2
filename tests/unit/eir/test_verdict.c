#include "eir/verdict.h"

#include <check.h>
#include <stdlib.h>

static struct check_answer device;

static void claim(enum claim_kind kind)
{
    device.claims[device.claim_count++].kind = kind;
}

/* The words of verdict.h, as a table: bit k - 1 of `kinds` is a claim of kind k. */
static enum verdict expected(unsigned kinds, bool is_allocated)
{
    if ((kinds & 1u << (CLAIM_BLOCK - 1)) != 0)
        return VERDICT_BLACK;
    if ((kinds & (1u << (CLAIM_WATCH - 1) | 1u << (CLAIM_DUPLICATE - 1))) != 0)
        return VERDICT_GREY;
    return is_allocated ? VERDICT_WHITE : VERDICT_UNKNOWN;
}

START_TEST(the_worst_claim_decides_in_whatever_order_they_come)
{
    for (unsigned kinds = 0; kinds < 16; kinds++) {
        for (unsigned turn = 0; turn < 8; turn++) {
            device = (struct check_answer){.tac.known = turn % 2 == 0};
            for (unsigned i = 0; i < 4; i++) {
                unsigned kind = 1 + (turn & 4 ? 3 - i : i + turn) % 4;
                if ((kinds & 1u << (kind - 1)) != 0)
                    claim((enum claim_kind)kind);
            }
            ck_assert_int_eq(verdict_of(&device), expected(kinds, device.tac.known));
        }
    }
}
END_TEST

START_TEST(a_block_is_black_even_on_a_tac_that_nobody_allocated)
{
    device = (struct check_answer){.tac.known = false};
    ck_assert_int_eq(verdict_of(&device), VERDICT_UNKNOWN);
    claim(CLAIM_REGISTERED);
    ck_assert_int_eq(verdict_of(&device), VERDICT_UNKNOWN);
    claim(CLAIM_WATCH);
    ck_assert_int_eq(verdict_of(&device), VERDICT_GREY);
    claim(CLAIM_BLOCK);
    ck_assert_int_eq(verdict_of(&device), VERDICT_BLACK);
}
END_TEST

START_TEST(claims_beyond_the_count_do_not_matter)
{
    device = (struct check_answer){.tac.known = true};
    device.claims[0].kind = CLAIM_BLOCK;
    ck_assert_int_eq(verdict_of(&device), VERDICT_WHITE);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("eir/verdict");
    TCase *all = tcase_create("verdict");
    tcase_add_test(all, the_worst_claim_decides_in_whatever_order_they_come);
    tcase_add_test(all, a_block_is_black_even_on_a_tac_that_nobody_allocated);
    tcase_add_test(all, claims_beyond_the_count_do_not_matter);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
