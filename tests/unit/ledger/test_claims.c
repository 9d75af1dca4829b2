#include "ledger/claims.h"

#include "tests/unit/ledger/said.h"

static struct scene scene;

static void open_with_one_ballot(void)
{
    scene_open(&scene, 1);
}

static void close_scene(void)
{
    scene_close(&scene);
}

START_TEST(claims_that_stand_stay_with_their_first_transaction)
{
    struct item first[] = {device_item(TAC, 1), device_item(TAC, 3)};
    struct item more[] = {device_item(TAC, 1), device_item(TAC, 2), device_item(TAC, 3)};
    struct outcome outcome =
        accept(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_BLOCK, first, 2));
    ck_assert_uint_eq(outcome.changed, 2);
    struct hash id = outcome.id;
    outcome = accept(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_BLOCK, more, 3));
    ck_assert_uint_eq(outcome.changed, 1);
    refuse(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_BLOCK, more, 3), ERR_CLAIM_STANDS);

    static struct check_answer answer;
    assert_ok(view_device(scene.view, imei_of(TAC, 3), &answer));
    ck_assert_uint_eq(answer.claim_count, 1);
    ck_assert(hash_equal(&answer.claims[0].id, &id));
    /* Another kind, and another organisation, are claims of their own. */
    accept(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_WATCH, more, 3));
    accept(&scene, chain_speak(&scene.chain, BRAVO_ONE, OP_BLOCK, more, 3));
    ck_assert_uint_eq(claims_on(&scene, 2), 3);
}
END_TEST

START_TEST(lifting_one_claim_leaves_the_others)
{
    struct item item = device_item(TAC, 1);
    accept(&scene, speak(&scene, ALFA_ONE, OP_BLOCK, 1));
    accept(&scene, speak(&scene, BRAVO_ONE, OP_BLOCK, 1));
    accept(&scene, speak(&scene, ALFA_ONE, OP_WATCH, 1));
    accept(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_UNBLOCK, &item, 1));
    ck_assert_uint_eq(claims_on(&scene, 1), 2);
    refuse(&scene, speak(&scene, ALFA_ONE, OP_UNBLOCK, 1), ERR_CLAIM_OF_OTHER);
    refuse(&scene, speak(&scene, ALFA_ONE, OP_UNREGISTER, 1), ERR_CLAIM_ABSENT);
    refuse(&scene, speak(&scene, ALFA_ONE, OP_UNBLOCK, 2), ERR_CLAIM_ABSENT);
}
END_TEST

START_TEST(one_claim_of_another_spoils_the_whole_lift)
{
    struct item items[] = {device_item(TAC, 1), device_item(TAC, 2), device_item(TAC, 3)};
    accept(&scene, speak(&scene, ALFA_ONE, OP_BLOCK, 1));
    accept(&scene, speak(&scene, ALFA_ONE, OP_BLOCK, 2));
    accept(&scene, speak(&scene, BRAVO_ONE, OP_BLOCK, 3));
    refuse(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_UNBLOCK, items, 3), ERR_CLAIM_OF_OTHER);
    ck_assert_uint_eq(claims_on(&scene, 1), 1);
    ck_assert_uint_eq(
        accept(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_UNBLOCK, items, 2)).changed, 2);
}
END_TEST

START_TEST(a_regulator_lifts_what_its_country_claims)
{
    accept(&scene, speak(&scene, ALFA_ONE, OP_BLOCK, 1));
    accept(&scene, speak(&scene, BRAVO_ONE, OP_BLOCK, 1));
    refuse(&scene, speak(&scene, ALFA_TWO, OP_UNBLOCK, 1), ERR_CLAIM_OF_OTHER);
    accept(&scene, speak(&scene, ALFA_REGULATOR, OP_UNBLOCK, 1));
    refuse(&scene, speak(&scene, ALFA_REGULATOR, OP_UNBLOCK, 1), ERR_CLAIM_OF_OTHER);
    accept(&scene, speak(&scene, BRAVO_REGULATOR, OP_UNBLOCK, 1));
    ck_assert_uint_eq(claims_on(&scene, 1), 0);
}
END_TEST

START_TEST(a_regulator_lifts_its_own_claim_first)
{
    static struct check_answer answer;
    accept(&scene, speak(&scene, ALFA_ONE, OP_BLOCK, 1));
    accept(&scene, speak(&scene, ALFA_TWO, OP_BLOCK, 1));
    accept(&scene, speak(&scene, ALFA_REGULATOR, OP_BLOCK, 1));
    accept(&scene, speak(&scene, ALFA_REGULATOR, OP_UNBLOCK, 1));
    assert_ok(view_device(scene.view, imei_of(TAC, 1), &answer));
    ck_assert_uint_eq(answer.claim_count, 2);
    ck_assert_str_eq(answer.claims[0].organisation.text, "alfa-one");
    ck_assert_str_eq(answer.claims[1].organisation.text, "alfa-two");
    refuse(&scene, speak(&scene, ALFA_REGULATOR, OP_UNBLOCK, 1), ERR_CLAIM_AMBIGUOUS);
    accept(&scene, lift_of(&scene, ALFA_REGULATOR, OP_UNBLOCK, 1, "alfa-two"));
    accept(&scene, speak(&scene, ALFA_REGULATOR, OP_UNBLOCK, 1));
    ck_assert_uint_eq(claims_on(&scene, 1), 0);
}
END_TEST

START_TEST(a_named_claimant_must_exist_and_be_the_signers_to_lift)
{
    accept(&scene, speak(&scene, ALFA_ONE, OP_BLOCK, 1));
    accept(&scene, speak(&scene, BRAVO_ONE, OP_BLOCK, 1));
    refuse(&scene, lift_of(&scene, ALFA_REGULATOR, OP_UNBLOCK, 1, "nobody"),
           ERR_UNKNOWN_ORGANISATION);
    refuse(&scene, lift_of(&scene, ALFA_REGULATOR, OP_UNBLOCK, 1, "bravo-one"), ERR_CLAIM_OF_OTHER);
    refuse(&scene, lift_of(&scene, ALFA_TWO, OP_UNBLOCK, 1, "alfa-one"), ERR_CLAIM_OF_OTHER);
    /* Named, and without a claim here: those of others do not matter. */
    refuse(&scene, lift_of(&scene, ALFA_REGULATOR, OP_UNBLOCK, 1, "alfa-two"), ERR_CLAIM_ABSENT);
    refuse(&scene, lift_of(&scene, ALFA_TWO, OP_UNBLOCK, 1, "alfa-two"), ERR_CLAIM_ABSENT);
    accept(&scene, lift_of(&scene, ALFA_ONE, OP_UNBLOCK, 1, "alfa-one"));
    accept(&scene, lift_of(&scene, BRAVO_REGULATOR, OP_UNBLOCK, 1, "bravo-one"));
    ck_assert_uint_eq(claims_on(&scene, 1), 0);
}
END_TEST

START_TEST(a_range_is_lifted_by_the_same_range_only)
{
    accept(&scene, speak_of_range(&scene, ALFA_ONE, OP_BLOCK, 10, 20));
    refuse(&scene, speak(&scene, ALFA_ONE, OP_UNBLOCK, 15), ERR_CLAIM_ABSENT);
    refuse(&scene, speak_of_range(&scene, ALFA_ONE, OP_UNBLOCK, 10, 19), ERR_CLAIM_ABSENT);
    refuse(&scene, speak_of_range(&scene, ALFA_ONE, OP_UNBLOCK, 11, 20), ERR_CLAIM_ABSENT);
    refuse(&scene, speak_of_range(&scene, BRAVO_ONE, OP_UNBLOCK, 10, 20), ERR_CLAIM_OF_OTHER);
    refuse(&scene, speak_of_range(&scene, ALFA_ONE, OP_BLOCK, 10, 20), ERR_CLAIM_STANDS);
    accept(&scene, speak(&scene, ALFA_ONE, OP_BLOCK, 15));
    ck_assert_uint_eq(claims_on(&scene, 15), 2);
    accept(&scene, speak_of_range(&scene, ALFA_ONE, OP_UNBLOCK, 10, 20));
    ck_assert_uint_eq(claims_on(&scene, 15), 1);
    ck_assert_uint_eq(claims_on(&scene, 10), 0);
}
END_TEST

static uint64_t bytes_used(void)
{
    struct state state;
    assert_ok(state_begin(scene.ledger, false, &state));
    uint64_t size = store_used(state.txn.store);
    txn_abort(&state.txn);
    return size;
}

/* A row has 11 bytes; half-full pages would make them 22. What LMDB keeps of the pages that a
 * commit replaced is in it as well. */
START_TEST(a_list_in_order_fills_its_pages)
{
    enum { LIST = 20000, LISTS = 5 };
    static struct item items[LIST];
    uint64_t before = bytes_used();
    for (uint32_t list = 0; list < LISTS; list++) {
        for (uint32_t i = 0; i < LIST; i++)
            items[i] = device_item(TAC, (list * LIST + i) * 2);
        accept(&scene, chain_speak(&scene.chain, ALFA_ONE, OP_BLOCK, items, LIST));
    }
    ck_assert_uint_lt(bytes_used() - before, LIST * LISTS * 13);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/claims");
    TCase *all = tcase_create("claims");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, open_with_one_ballot, close_scene);
    tcase_add_test(all, claims_that_stand_stay_with_their_first_transaction);
    tcase_add_test(all, lifting_one_claim_leaves_the_others);
    tcase_add_test(all, one_claim_of_another_spoils_the_whole_lift);
    tcase_add_test(all, a_regulator_lifts_what_its_country_claims);
    tcase_add_test(all, a_regulator_lifts_its_own_claim_first);
    tcase_add_test(all, a_named_claimant_must_exist_and_be_the_signers_to_lift);
    tcase_add_test(all, a_range_is_lifted_by_the_same_range_only);
    tcase_add_test(all, a_list_in_order_fills_its_pages);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
