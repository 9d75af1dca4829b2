#include "ledger/proposals.h"

#include "ledger/organisations.h"
#include "tests/unit/ledger/said.h"

static struct scene scene;

static void open_with_one_ballot(void)
{
    scene_open(&scene, 1);
}

static void open_with_two_ballots(void)
{
    scene_open(&scene, 2);
}

static void close_scene(void)
{
    scene_close(&scene);
}

START_TEST(a_new_organisation_comes_with_a_key)
{
    refuse(&scene, propose(&scene, ALFA_REGULATOR, "new-one", "DD", ROLE_OPERATOR, 0),
           ERR_MISSING_FIELD);
    refuse(&scene, propose(&scene, ALFA_REGULATOR, "new-one", "DD", ROLE_OPERATOR, 3),
           ERR_KEY_STANDS);
    accept(&scene, propose(&scene, ALFA_REGULATOR, "alfa-one", "AA", ROLE_OPERATOR, 70));
    struct organisation_info info;
    assert_ok(view_organisation(scene.view, ALFA_ONE + 1, &info));
    ck_assert_uint_eq(info.key_count, 2);
}
END_TEST

static void fill_organisations(void)
{
    struct state state;
    assert_ok(state_begin(scene.ledger, true, &state));
    for (uint32_t number = MEMBERS + 1; number <= ORGANISATIONS_MAX; number++) {
        struct organisation organisation = {.number = (uint16_t)number,
                                            .country = country_of("DD")};
        snprintf(organisation.name.text, sizeof(organisation.name.text), "filler-%u", number);
        organisation_put(&state, &organisation);
    }
    assert_ok(txn_commit(&state.txn));
}

START_TEST(refuses_more_organisations_than_have_a_number)
{
    fill_organisations();
    refuse(&scene, propose(&scene, ALFA_REGULATOR, "one-more", "DD", ROLE_OPERATOR, 70), ERR_FULL);
    accept(&scene, propose(&scene, ALFA_REGULATOR, "filler-65535", "DD", ROLE_OPERATOR, 70));
    struct organisation_info info;
    assert_ok(view_organisation(scene.view, ORGANISATIONS_MAX, &info));
    ck_assert_uint_eq(info.roles, ROLE_OPERATOR);
}
END_TEST

static uint64_t open_rows(void)
{
    struct state state;
    assert_ok(state_begin(scene.ledger, false, &state));
    uint64_t rows = txn_count(&state.txn, state.tables->proposals) +
                    txn_count(&state.txn, state.tables->ballots);
    txn_abort(&state.txn);
    return rows;
}

START_TEST(a_proposal_takes_effect_with_its_last_vote_and_is_closed)
{
    struct bytes encoded = propose(&scene, ALFA_REGULATOR, "new-one", "DD", ROLE_OPERATOR, 70);
    struct hash id = id_of(encoded);
    struct organisation_info info;
    ck_assert_uint_eq(accept(&scene, encoded).changed, 0);
    assert_err(view_organisation(scene.view, MEMBERS + 1, &info), NOT_FOUND);
    ck_assert_uint_eq(open_rows(), 2);
    refuse(&scene, vote(&scene, ALFA_REGULATOR, &id), ERR_BALLOT_CAST);
    refuse(&scene, vote(&scene, BRAVO_REGULATOR, &(struct hash){{1}}), ERR_UNKNOWN_PROPOSAL);
    ck_assert_uint_eq(accept(&scene, vote(&scene, BRAVO_REGULATOR, &id)).changed, 1);
    ck_assert_uint_eq(open_rows(), 0);
    assert_ok(view_organisation(scene.view, MEMBERS + 1, &info));
    ck_assert_str_eq(info.name.text, "new-one");
    ck_assert_str_eq(info.country.code, "DD");
    ck_assert_uint_eq(info.roles, ROLE_OPERATOR);
    ck_assert_uint_eq(info.key_count, 1);
    refuse(&scene, vote(&scene, BRAVO_REGULATOR, &id), ERR_UNKNOWN_PROPOSAL);

    scene.chain.members[ALFA_ONE] = member_of("new-one", "DD", ROLE_OPERATOR, 70);
    accept(&scene, speak(&scene, ALFA_ONE, OP_BLOCK, 1));
}
END_TEST

static void pass_with_two(const char *name, const char *country, unsigned roles, uint32_t key)
{
    struct bytes encoded = propose(&scene, ALFA_REGULATOR, name, country, roles, key);
    struct hash id = id_of(encoded);
    accept(&scene, encoded);
    ck_assert_uint_eq(accept(&scene, vote(&scene, BRAVO_REGULATOR, &id)).changed, 1);
}

START_TEST(roles_zero_suspend_and_come_back)
{
    accept(&scene, speak(&scene, ALFA_ONE, OP_BLOCK, 1));
    pass_with_two("alfa-one", "AA", 0, 0);
    refuse(&scene, speak(&scene, ALFA_ONE, OP_UNBLOCK, 1), ERR_ROLE);
    refuse(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_ADD, 50), ERR_ROLE);
    ck_assert_uint_eq(claims_on(&scene, 1), 1); /* its claims stand */
    pass_with_two("alfa-one", "BB", ROLE_OPERATOR, 0);
    refuse(&scene, speak(&scene, ALFA_ONE, OP_UNBLOCK, 1), ERR_OTHER_COUNTRY);
    accept(&scene, speak(&scene, BRAVO_REGULATOR, OP_UNBLOCK, 1));
}
END_TEST

START_TEST(votes_of_former_regulators_do_not_count)
{
    pass_with_two("third", "DD", ROLE_REGULATOR, 70);
    struct member third = member_of("third", "DD", ROLE_REGULATOR, 70);
    scene.chain.members[ALLOCATOR] = third;
    struct bytes encoded = propose(&scene, ALLOCATOR, "fourth", "DD", ROLE_OPERATOR, 71);
    struct hash id = id_of(encoded);
    accept(&scene, encoded);
    pass_with_two("third", "DD", ROLE_OPERATOR, 0);
    refuse(&scene, vote(&scene, ALLOCATOR, &id), ERR_ROLE);
    /* One vote of today's regulators, not two. */
    ck_assert_uint_eq(accept(&scene, vote(&scene, BRAVO_REGULATOR, &id)).changed, 0);
    ck_assert_uint_eq(accept(&scene, vote(&scene, ALFA_REGULATOR, &id)).changed, 1);
}
END_TEST

START_TEST(the_last_vote_is_refused_when_the_key_was_added_meanwhile)
{
    struct bytes encoded = propose(&scene, ALFA_REGULATOR, "new-one", "DD", ROLE_OPERATOR, 70);
    struct hash id = id_of(encoded);
    accept(&scene, encoded);
    accept(&scene, key_statement(&scene, BRAVO_ONE, OP_KEY_ADD, 70));
    refuse(&scene, vote(&scene, BRAVO_REGULATOR, &id), ERR_KEY_STANDS);
}
END_TEST

START_TEST(enough_regulators_remain_to_decide)
{
    refuse(&scene, propose(&scene, ALFA_REGULATOR, "bravo-regulator", "BB", ROLE_OPERATOR, 0),
           ERR_FEW_REGULATORS);
    refuse(&scene, propose(&scene, ALFA_REGULATOR, "alfa-regulator", "AA", 0, 0),
           ERR_FEW_REGULATORS);
    pass_with_two("third", "DD", ROLE_REGULATOR, 70);
    pass_with_two("bravo-regulator", "BB", ROLE_REGULATOR | ROLE_AUDITOR, 0);

    /* Two such proposals are open; when one has taken effect the other cannot. */
    struct bytes one = propose(&scene, ALFA_REGULATOR, "third", "DD", 0, 0);
    struct hash one_id = id_of(one);
    accept(&scene, one);
    struct bytes two = propose(&scene, ALFA_REGULATOR, "bravo-regulator", "BB", 0, 0);
    struct hash two_id = id_of(two);
    accept(&scene, two);
    accept(&scene, vote(&scene, BRAVO_REGULATOR, &one_id));
    refuse(&scene, vote(&scene, BRAVO_REGULATOR, &two_id), ERR_FEW_REGULATORS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/proposals");
    TCase *one = tcase_create("one ballot");
    tcase_set_timeout(one, 60);
    tcase_add_checked_fixture(one, open_with_one_ballot, close_scene);
    tcase_add_test(one, a_new_organisation_comes_with_a_key);
    tcase_add_test(one, refuses_more_organisations_than_have_a_number);
    suite_add_tcase(suite, one);
    TCase *two = tcase_create("two ballots");
    tcase_set_timeout(two, 60);
    tcase_add_checked_fixture(two, open_with_two_ballots, close_scene);
    tcase_add_test(two, a_proposal_takes_effect_with_its_last_vote_and_is_closed);
    tcase_add_test(two, roles_zero_suspend_and_come_back);
    tcase_add_test(two, votes_of_former_regulators_do_not_count);
    tcase_add_test(two, the_last_vote_is_refused_when_the_key_was_added_meanwhile);
    tcase_add_test(two, enough_regulators_remain_to_decide);
    suite_add_tcase(suite, two);
    return suite_run(suite);
}
