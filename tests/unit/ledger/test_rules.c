/*
 * The rules of docs/internals/rules.md that all statements must keep, each by itself and in their
 * order.
 */
#include "ledger/rules.h"

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

/* ---- 1 form, 2 first place, 3 network ---- */

START_TEST(an_entry_that_is_no_transaction_keeps_its_place_and_nothing_else)
{
    struct bytes whole = speak(&scene, ALFA_ONE, OP_BLOCK, 1);
    uint8_t copy[512];
    memcpy(copy, whole.data, whole.size);
    ignore(&scene, bytes_of("x", 1), transaction_parse(bytes_of("x", 1), &(struct transaction){0}));
    ignore(&scene, bytes_of(copy, whole.size - 1), ERR_TRUNCATED);
    ck_assert_uint_eq(ledger_position(scene.ledger).transactions, 2);

    struct statement statement = about(&scene, ALFA_ONE, OP_BLOCK, 1);
    statement.reason = REASON_FOUND;
    ignore(&scene, chain_sign(&scene.chain, ALFA_ONE, &statement), ERR_REASON);
    statement = about(&scene, ALFA_ONE, OP_BLOCK, 1);
    statement.valid_until_ms = statement.issued_at_ms + TX_VALIDITY_MAX_MS + 1;
    ignore(&scene, chain_sign(&scene.chain, ALFA_ONE, &statement), ERR_VALIDITY);
    ck_assert_uint_eq(claims_on(&scene, 1), 0);
}
END_TEST

START_TEST(a_statement_counts_at_its_first_place)
{
    uint8_t copy[512];
    struct bytes encoded = speak(&scene, ALFA_ONE, OP_BLOCK, 1);
    memcpy(copy, encoded.data, encoded.size);
    struct bytes again = bytes_of(copy, encoded.size);
    struct hash id = id_of(again);
    struct outcome first = accept(&scene, encoded);
    ignore(&scene, again, ERR_DUPLICATE);
    assert_err(scene_ask(&scene, again), DUPLICATE);
    ck_assert_uint_eq(told(&scene, &id).index, first.index);
    ck_assert_int_eq(told(&scene, &id).state, TX_COMMITTED);
}
END_TEST

START_TEST(a_refused_statement_is_answered_with_its_first_place_too)
{
    uint8_t copy[512];
    struct bytes encoded = speak(&scene, ALFA_ONE, OP_UNBLOCK, 1);
    memcpy(copy, encoded.data, encoded.size);
    struct hash id = id_of(encoded);
    size_t size = encoded.size;
    refuse(&scene, encoded, ERR_CLAIM_ABSENT);
    ignore(&scene, bytes_of(copy, size), ERR_DUPLICATE);
    ck_assert_int_eq(told(&scene, &id).err, ERR_CLAIM_ABSENT);
    ck_assert_uint_eq(told(&scene, &id).index, 0);
}
END_TEST

START_TEST(refuses_statements_for_another_network)
{
    struct statement statement = about(&scene, ALFA_ONE, OP_BLOCK, 1);
    statement.network.bytes[31] ^= 1;
    struct bytes encoded = chain_sign(&scene.chain, ALFA_ONE, &statement);
    assert_err(scene_ask(&scene, encoded), OTHER_NETWORK);
    ignore(&scene, encoded, ERR_OTHER_NETWORK);
}
END_TEST

/* ---- 4 key, 5 signature ---- */

START_TEST(refuses_keys_that_nobody_added)
{
    struct secret_key secret = secret_of(99);
    struct statement statement = about(&scene, ALFA_ONE, OP_BLOCK, 1);
    struct bytes encoded = chain_sign_with(&scene.chain, &secret, &statement);
    assert_err(scene_ask(&scene, encoded), UNKNOWN_KEY);
    ignore(&scene, encoded, ERR_UNKNOWN_KEY);
}
END_TEST

START_TEST(a_key_counts_from_its_place_to_its_revocation_within_a_block)
{
    struct secret_key secret = secret_of(50);
    struct item item = device_item(TAC, 1);
    struct statement early = chain_statement(&scene.chain, ALFA_ONE, OP_BLOCK);
    struct statement between = chain_statement(&scene.chain, ALFA_ONE, OP_BLOCK);
    struct statement late = chain_statement(&scene.chain, ALFA_ONE, OP_UNBLOCK);
    chain_items(&scene.chain, &early, &item, 1);
    chain_items(&scene.chain, &between, &item, 1);
    chain_items(&scene.chain, &late, &item, 1);
    struct bytes entries[] = {
        chain_sign_with(&scene.chain, &secret, &early),
        key_statement(&scene, ALFA_ONE, OP_KEY_ADD, 50),
        chain_sign_with(&scene.chain, &secret, &between),
        key_statement(&scene, ALFA_ONE, OP_KEY_REVOKE, 50),
        chain_sign_with(&scene.chain, &secret, &late),
    };
    const enum err expected[] = {ERR_UNKNOWN_KEY, ERR_OK, ERR_OK, ERR_OK, ERR_REVOKED_KEY};
    block_begin(&scene.chain);
    for (size_t i = 0; i < 5; i++)
        block_add(&scene.chain, entries[i]);
    struct block block = block_end(&scene.chain, BLOCK_TRANSACTIONS);

    struct block_walk walk = block_walk(&block);
    struct bytes entry;
    assert_ok(ledger_begin(scene.ledger));
    struct outcome last = {.err = ERR_INTERNAL};
    assert_ok(ledger_apply(scene.ledger, &block, keep_outcome, &last));
    assert_ok(ledger_commit(scene.ledger));
    assert_ok(view_refresh(scene.view));
    assert_err(last.err, REVOKED_KEY);
    for (size_t i = 0; block_walk_next(&walk, &entry); i++) {
        struct hash id = id_of(entry);
        ck_assert_int_eq(told(&scene, &id).state,
                         expected[i] == ERR_OK ? TX_COMMITTED : TX_UNKNOWN);
    }
    struct public_key key = public_of(50);
    struct key_id id = key_id_of(&key);
    struct key_info info;
    assert_ok(view_key(scene.view, &id, &info));
    ck_assert_uint_eq(info.from_height, 1);
    ck_assert_uint_eq(info.revoked_height, 1);
    ck_assert_uint_eq(info.organisation, ALFA_ONE + 1);
    late.number = scene.chain.number++;
    chain_items(&scene.chain, &late, &item, 1);
    assert_err(scene_ask(&scene, chain_sign_with(&scene.chain, &secret, &late)), REVOKED_KEY);
}
END_TEST

/* s' = n - s, with the order n of the group (SEC 2 section 2.4.1). */
static void make_high_s(uint8_t s[32])
{
    static const uint8_t n[32] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                  0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48,
                                  0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};
    int borrow = 0;
    for (int i = 31; i >= 0; i--) {
        int difference = n[i] - s[i] - borrow;
        borrow = difference < 0;
        s[i] = (uint8_t)(difference & 0xff);
    }
}

START_TEST(a_wrong_signature_takes_neither_id_nor_number)
{
    uint8_t good[512];
    uint8_t bad[512];
    struct bytes encoded = speak(&scene, ALFA_ONE, OP_BLOCK, 1);
    size_t size = encoded.size;
    memcpy(good, encoded.data, size);
    memcpy(bad, encoded.data, size);
    bad[size - 1] ^= 1;
    ignore(&scene, bytes_of(bad, size), ERR_BAD_SIGNATURE);
    memcpy(bad, good, size);
    make_high_s(bad + size - 32);
    ignore(&scene, bytes_of(bad, size), ERR_HIGH_S);
    accept(&scene, bytes_of(good, size));
}
END_TEST

START_TEST(another_members_key_id_does_not_help)
{
    struct statement statement = about(&scene, ALFA_ONE, OP_BLOCK, 1);
    struct secret_key other = secret_of(99);
    struct public_key key = public_of(2);
    struct key_id kid = key_id_of(&key);
    uint8_t payload[512];
    uint8_t encoded[512];
    struct writer writer = writer_over(payload, sizeof(payload));
    statement_write(&writer, &statement);
    struct hash digest = cose_digest(&kid, writer_view(&writer));
    struct signature signature;
    assert_ok(signature_make(&other, &digest, &signature));
    struct writer out = writer_over(encoded, sizeof(encoded));
    cose_write(&out, &kid, writer_view(&writer), &signature);
    ignore(&scene, writer_view(&out), ERR_BAD_SIGNATURE);
}
END_TEST

/* ---- 6 number, 7 time ---- */

static uint64_t numbers_taken(void)
{
    struct state state;
    assert_ok(state_begin(scene.ledger, false, &state));
    uint64_t count = txn_count(&state.txn, state.tables->numbers);
    txn_abort(&state.txn);
    return count;
}

START_TEST(a_number_says_one_thing_and_another_is_kept_as_evidence)
{
    struct statement statement = about(&scene, ALFA_ONE, OP_BLOCK, 1);
    uint64_t number = statement.number;
    accept(&scene, chain_sign(&scene.chain, ALFA_ONE, &statement));
    statement = about(&scene, ALFA_ONE, OP_BLOCK, 2);
    statement.number = number;
    refuse(&scene, chain_sign(&scene.chain, ALFA_ONE, &statement), ERR_NUMBER_TAKEN);
    ck_assert_uint_eq(numbers_taken(), 1);
    /* Another lane, and another key, have numbers of their own. */
    statement = about(&scene, ALFA_ONE, OP_BLOCK, 2);
    statement.number = number;
    statement.lane++;
    accept(&scene, chain_sign(&scene.chain, ALFA_ONE, &statement));
    statement = about(&scene, ALFA_TWO, OP_BLOCK, 2);
    statement.number = number;
    accept(&scene, chain_sign(&scene.chain, ALFA_TWO, &statement));
}
END_TEST

START_TEST(a_refused_statement_takes_its_number)
{
    struct statement statement = about(&scene, ALFA_ONE, OP_UNBLOCK, 1);
    uint64_t number = statement.number;
    refuse(&scene, chain_sign(&scene.chain, ALFA_ONE, &statement), ERR_CLAIM_ABSENT);
    statement = about(&scene, ALFA_ONE, OP_BLOCK, 1);
    statement.number = number;
    refuse(&scene, chain_sign(&scene.chain, ALFA_ONE, &statement), ERR_NUMBER_TAKEN);
}
END_TEST

START_TEST(the_office_clock_may_be_ten_minutes_ahead_and_no_more)
{
    struct statement statement = about(&scene, ALFA_ONE, OP_BLOCK, 1);
    statement.issued_at_ms = scene.chain.time_ms + TX_AHEAD_MAX_MS;
    accept(&scene, chain_sign(&scene.chain, ALFA_ONE, &statement));
    statement = about(&scene, ALFA_ONE, OP_BLOCK, 2);
    statement.issued_at_ms = scene.chain.time_ms + TX_AHEAD_MAX_MS + 1;
    refuse(&scene, chain_sign(&scene.chain, ALFA_ONE, &statement), ERR_NOT_YET);
}
END_TEST

START_TEST(a_statement_is_valid_to_the_last_millisecond)
{
    struct statement statement = about(&scene, ALFA_ONE, OP_BLOCK, 1);
    struct statement late = about(&scene, ALFA_ONE, OP_BLOCK, 2);
    scene.chain.time_ms = statement.valid_until_ms;
    accept(&scene, chain_sign(&scene.chain, ALFA_ONE, &statement));
    late.items = about(&scene, ALFA_ONE, OP_BLOCK, 2).items;
    scene.chain.time_ms = late.valid_until_ms + 1;
    refuse(&scene, chain_sign(&scene.chain, ALFA_ONE, &late), ERR_EXPIRED);
}
END_TEST

/* ---- 8 right ---- */

START_TEST(only_the_roles_of_an_operation_may)
{
    /* regulator, operator, operator and manufacturer, operator and participant, allocator */
    static const size_t who[] = {ALFA_REGULATOR, ALFA_ONE, ALFA_TWO, BRAVO_ONE, ALLOCATOR};
    static const struct {
        enum operation operation;
        bool may[5];
    } rights[] = {
        {OP_BLOCK, {true, true, true, true, false}},
        {OP_WATCH, {true, true, true, true, false}},
        {OP_DUPLICATE, {true, true, true, true, false}},
        {OP_REGISTER, {true, true, true, true, false}},
        {OP_TAC_ALLOCATE, {false, false, false, false, true}},
        {OP_ORGANISATION, {true, false, false, false, false}},
        {OP_BALLOT, {true, false, false, false, false}},
        {OP_KEY_ADD, {true, true, true, true, true}},
    };
    uint32_t fresh = 100;
    for (size_t i = 0; i < sizeof(rights) / sizeof(rights[0]); i++) {
        for (size_t k = 0; k < 5; k++) {
            struct statement statement = chain_statement(&scene.chain, who[k], rights[i].operation);
            const enum operation_form form = operation_row(rights[i].operation)->form;
            struct item item = device_item(TAC, (uint32_t)(i * 10 + k));
            struct tac_item tac = {.tac = TAC};
            if (form == FORM_RAISE)
                chain_items(&scene.chain, &statement, &item, 1);
            if (form == FORM_TACS)
                chain_tacs(&scene.chain, &statement, &tac, 1);
            statement.has_key = form == FORM_KEY || form == FORM_ORGANISATION;
            statement.key = public_of(fresh++);
            statement.organisation = name_of("new");
            statement.organisation_country = country_of("DD");
            enum err err = scene_submit(&scene, chain_sign(&scene.chain, who[k], &statement)).err;
            ck_assert_int_eq(err == ERR_ROLE, !rights[i].may[k]);
        }
    }
}
END_TEST

START_TEST(an_organisation_speaks_for_its_own_country)
{
    struct statement statement = about(&scene, ALFA_ONE, OP_BLOCK, 1);
    statement.country = country_of("BB");
    refuse(&scene, chain_sign(&scene.chain, ALFA_ONE, &statement), ERR_OTHER_COUNTRY);
}
END_TEST

/* ---- order ---- */

/* A statement that breaks every rule from one on is refused by that one. */
START_TEST(the_first_rule_that_is_broken_is_the_error)
{
    static const enum err order[] = {ERR_OTHER_NETWORK, ERR_UNKNOWN_KEY,  ERR_BAD_SIGNATURE,
                                     ERR_NUMBER_TAKEN,  ERR_NOT_YET,      ERR_ROLE,
                                     ERR_OTHER_COUNTRY, ERR_CLAIM_ABSENT, ERR_OK};
    accept(&scene, propose(&scene, ALFA_REGULATOR, "silent", "AA", ROLE_AUDITOR, 70));
    accept(&scene, speak(&scene, ALFA_ONE, OP_BLOCK, 1));
    scene.chain.members[ALFA_TWO] = member_of("silent", "AA", ROLE_AUDITOR, 70);
    uint64_t taken = scene.chain.number;
    refuse(&scene, speak(&scene, ALFA_TWO, OP_BLOCK, 1), ERR_ROLE);
    struct statement by_operator = about(&scene, ALFA_ONE, OP_UNBLOCK, 2);
    by_operator.number = taken;
    refuse(&scene, chain_sign(&scene.chain, ALFA_ONE, &by_operator), ERR_CLAIM_ABSENT);

    for (int from = 0; order[from] != ERR_OK || from == 0; from++) {
        size_t member = from <= 5 ? ALFA_TWO : ALFA_ONE;
        struct statement statement =
            about(&scene, member, OP_UNBLOCK, order[from] == ERR_OK ? 1 : 2);
        if (from <= 0)
            statement.network.bytes[0] ^= 1;
        if (from <= 3)
            statement.number = taken;
        if (from <= 4) {
            statement.issued_at_ms = scene.chain.time_ms + TX_AHEAD_MAX_MS + 1;
            statement.valid_until_ms = statement.issued_at_ms + 1;
        }
        if (from <= 6)
            statement.country = country_of("ZZ");
        struct secret_key secret = from <= 1 ? secret_of(99) : scene.chain.members[member].secret;
        struct bytes encoded = chain_sign_with(&scene.chain, &secret, &statement);
        if (from <= 2)
            scene.chain.arena[encoded.data + encoded.size - 1 - scene.chain.arena] ^= 1;
        ck_assert_str_eq(err_name(scene_apply(&scene, encoded).err), err_name(order[from]));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/rules");
    TCase *all = tcase_create("rules");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, open_with_one_ballot, close_scene);
    tcase_add_test(all, an_entry_that_is_no_transaction_keeps_its_place_and_nothing_else);
    tcase_add_test(all, a_statement_counts_at_its_first_place);
    tcase_add_test(all, a_refused_statement_is_answered_with_its_first_place_too);
    tcase_add_test(all, refuses_statements_for_another_network);
    tcase_add_test(all, refuses_keys_that_nobody_added);
    tcase_add_test(all, a_key_counts_from_its_place_to_its_revocation_within_a_block);
    tcase_add_test(all, a_wrong_signature_takes_neither_id_nor_number);
    tcase_add_test(all, another_members_key_id_does_not_help);
    tcase_add_test(all, a_number_says_one_thing_and_another_is_kept_as_evidence);
    tcase_add_test(all, a_refused_statement_takes_its_number);
    tcase_add_test(all, the_office_clock_may_be_ten_minutes_ahead_and_no_more);
    tcase_add_test(all, a_statement_is_valid_to_the_last_millisecond);
    tcase_add_test(all, only_the_roles_of_an_operation_may);
    tcase_add_test(all, an_organisation_speaks_for_its_own_country);
    tcase_add_test(all, the_first_rule_that_is_broken_is_the_error);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
