/*
 * What a view tells beside what the model test holds it against: full answers, unknown things,
 * damage, many readers.
 */
#include "ledger/view.h"

#include "tests/unit/ledger/said.h"

#include <pthread.h>

#define CROWD 70 /* more organisations than an answer has room for claims */

START_TEST(a_full_answer_leaves_out_what_weighs_least)
{
    static struct member members[CROWD];
    static struct check_answer answer;
    struct scene scene;
    char name[32];
    chain_open(&scene.chain, 1);
    free(scene.chain.genesis);
    for (uint32_t i = 0; i < CROWD; i++) {
        snprintf(name, sizeof(name), "crowd-%02u", i);
        members[i] = member_of(name, "AA", ROLE_OPERATOR, i + 1);
    }
    scene.chain.genesis = genesis_of(members, CROWD, 1);
    scene.chain.head = scene.chain.genesis->network;
    directory_new(scene.directory);
    scene.ledger = ledger_at(scene.directory, scene.chain.genesis);
    assert_ok(view_open(scene.ledger, &scene.view));

    struct item item = device_item(TAC, 1);
    block_begin(&scene.chain);
    for (uint32_t i = 0; i < CROWD; i++) {
        struct statement statement = chain_statement(&scene.chain, ALFA_ONE, OP_REGISTER);
        if (i == CROWD - 1)
            statement = chain_statement(&scene.chain, ALFA_ONE, OP_BLOCK);
        chain_items(&scene.chain, &statement, &item, 1);
        block_add(&scene.chain, chain_sign_with(&scene.chain, &members[i].secret, &statement));
    }
    struct block block = block_end(&scene.chain, BLOCK_TRANSACTIONS);
    apply_block(scene.ledger, &block, NULL, NULL);
    assert_ok(view_refresh(scene.view));

    assert_ok(view_device(scene.view, imei_of(TAC, 1), &answer));
    ck_assert(answer.more);
    ck_assert_uint_eq(answer.claim_count, CHECK_CLAIMS_MAX);
    ck_assert_int_eq(answer.claims[0].kind, CLAIM_BLOCK);
    ck_assert_str_eq(answer.claims[0].organisation.text, "crowd-69");
    for (uint32_t i = 1; i < CHECK_CLAIMS_MAX; i++) {
        ck_assert_int_eq(answer.claims[i].kind, CLAIM_REGISTERED);
        ck_assert_uint_eq(answer.claims[i].position, i - 1);
    }
    scene_close(&scene);
}
END_TEST

static struct scene scene;

static void open_scene(void)
{
    scene_open(&scene, 1);
}

static void close_scene(void)
{
    scene_close(&scene);
}

START_TEST(a_claim_is_told_with_who_why_when_and_where)
{
    static struct check_answer answer;
    static struct history_answer history;
    struct item range = range_item(TAC, 5, 9);
    struct statement statement = chain_statement(&scene.chain, ALFA_ONE, OP_BLOCK);
    statement.reason = REASON_COURT;
    statement.issued_at_ms -= 5000;
    chain_items(&scene.chain, &statement, &range, 1);
    struct outcome outcome = accept(&scene, chain_sign(&scene.chain, ALFA_ONE, &statement));
    assert_ok(view_device(scene.view, imei_of(TAC, 7), &answer));
    ck_assert_uint_eq(answer.imei.value, imei_of(TAC, 7).value);
    ck_assert(!answer.tac.known);
    ck_assert_uint_eq(answer.tac.tac, TAC);
    ck_assert_uint_eq(answer.claim_count, 1);
    const struct claim *claim = &answer.claims[0];
    ck_assert_int_eq(claim->kind, CLAIM_BLOCK);
    ck_assert_str_eq(claim->organisation.text, "alfa-one");
    ck_assert_str_eq(claim->country.code, "AA");
    ck_assert_int_eq(claim->reason, REASON_COURT);
    ck_assert_uint_eq(claim->issued_at_ms, SCENE_TIME_MS - 5000);
    ck_assert_uint_eq(claim->time_ms, SCENE_TIME_MS);
    ck_assert_uint_eq(claim->height, 1);
    ck_assert_uint_eq(claim->position, 0);
    ck_assert(hash_equal(&claim->id, &outcome.id));
    ck_assert_uint_eq(claim->item.from.value, range.from.value);
    ck_assert_uint_eq(claim->item.to.value, range.to.value);

    assert_ok(view_history(scene.view, imei_of(TAC, 7), true, 0, &history));
    ck_assert_uint_eq(history.count, 1);
    ck_assert_int_eq(history.rows[0].operation, OP_BLOCK);
    ck_assert_int_eq(history.rows[0].reason, REASON_COURT);
    ck_assert_uint_eq(history.rows[0].issued_at_ms, SCENE_TIME_MS - 5000);
    ck_assert_uint_eq(history.rows[0].time_ms, SCENE_TIME_MS);
    ck_assert_uint_eq(history.rows[0].height, 1);
    ck_assert_str_eq(history.rows[0].claimant.text, "");
    ck_assert(hash_equal(&history.rows[0].id, &outcome.id));
}
END_TEST

START_TEST(what_is_not_there_is_unknown)
{
    static struct check_answer answer;
    static struct history_answer history;
    struct tx_answer transaction;
    struct organisation_info info;
    struct key_info key;
    assert_ok(view_device(scene.view, imei_of(99999999, 999999), &answer));
    ck_assert_uint_eq(answer.claim_count, 0);
    ck_assert(!answer.more && !answer.tac.known);
    assert_ok(view_history(scene.view, imei_of(0, 0), true, 0, &history));
    ck_assert_uint_eq(history.count, 0);
    ck_assert(!history.more);
    assert_ok(view_transaction(scene.view, &(struct hash){{1}}, &transaction));
    ck_assert_int_eq(transaction.state, TX_UNKNOWN);
    ck_assert_uint_eq(transaction.height, 0);
    assert_err(view_organisation(scene.view, 0, &info), NOT_FOUND);
    assert_err(view_organisation(scene.view, MEMBERS + 1, &info), NOT_FOUND);
    assert_err(view_key(scene.view, &(struct key_id){{1}}, &key), UNKNOWN_KEY);
}
END_TEST

START_TEST(history_after_the_last_index_is_empty)
{
    static struct history_answer history;
    accept(&scene, speak(&scene, ALFA_ONE, OP_BLOCK, 1));
    static const uint64_t afters[] = {
        0, 1, (UINT64_C(1) << 40) - 2, (UINT64_C(1) << 40) - 1, UINT64_C(1) << 40, UINT64_MAX};
    for (size_t i = 0; i < sizeof(afters) / sizeof(afters[0]); i++) {
        assert_ok(view_history(scene.view, imei_of(TAC, 1), false, afters[i], &history));
        ck_assert_uint_eq(history.count, 0);
        ck_assert(!history.more);
    }
    assert_ok(view_history(scene.view, imei_of(TAC, 1), true, UINT64_MAX, &history));
    ck_assert_uint_eq(history.count, 1);
}
END_TEST

START_TEST(a_view_stays_where_it_is_until_it_is_moved)
{
    accept(&scene, speak(&scene, ALFA_ONE, OP_BLOCK, 1));
    struct view *still;
    assert_ok(view_open(scene.ledger, &still));
    accept(&scene, speak(&scene, ALFA_ONE, OP_UNBLOCK, 1));
    static struct check_answer answer;
    assert_ok(view_device(still, imei_of(TAC, 1), &answer));
    ck_assert_uint_eq(answer.claim_count, 1);
    ck_assert_uint_eq(view_position(still).height, 1);
    assert_ok(view_refresh(still));
    assert_ok(view_device(still, imei_of(TAC, 1), &answer));
    ck_assert_uint_eq(answer.claim_count, 0);
    ck_assert_uint_eq(view_position(still).height, 2);
    view_close(still);
    view_close(NULL);
}
END_TEST

/* Takes a row away, asks, and puts nothing back: the view must say so. */
static enum err device_without(struct table table, struct bytes key)
{
    static struct check_answer answer;
    struct state state;
    assert_ok(state_begin(scene.ledger, true, &state));
    ck_assert(txn_delete(&state.txn, table, key));
    assert_ok(txn_commit(&state.txn));
    assert_ok(view_refresh(scene.view));
    return view_device(scene.view, imei_of(TAC, 1), &answer);
}

START_TEST(rows_that_others_name_are_missed)
{
    static struct history_answer history;
    accept(&scene, speak(&scene, ALFA_ONE, OP_BLOCK, 1));
    struct state state;
    assert_ok(state_begin(scene.ledger, false, &state));
    const struct tables *tables = state.tables;
    txn_abort(&state.txn);
    assert_err(device_without(_i == 0 ? tables->transactions : tables->organisations,
                              _i == 0 ? bytes_of("\0\0\0\0\0", 5) : bytes_of("\0\2", 2)),
               DAMAGED);
    /* The next answer is a new one. */
    assert_ok(view_refresh(scene.view));
    assert_err(view_history(scene.view, imei_of(TAC, 1), true, 0, &history), DAMAGED);
    assert_ok(view_refresh(scene.view));
    assert_ok(view_history(scene.view, imei_of(TAC, 2), true, 0, &history));
}
END_TEST

static void put_row(struct table table, struct bytes key, struct bytes value)
{
    struct state state;
    assert_ok(state_begin(scene.ledger, true, &state));
    txn_put(&state.txn, table, key, value);
    assert_ok(txn_commit(&state.txn));
    assert_ok(view_refresh(scene.view));
}

static void no_outcome(void *context, const struct outcome *outcome)
{
    (void)context;
    ck_abort_msg("told %s", err_name(outcome->err));
}

START_TEST(a_rule_is_never_decided_on_a_damaged_row)
{
    struct public_key key = public_of(ALFA_ONE + 1);
    struct key_id id = key_id_of(&key);
    struct transaction transaction;
    struct state state;
    assert_ok(state_begin(scene.ledger, false, &state));
    struct table keys = state.tables->keys;
    txn_abort(&state.txn);
    put_row(keys, bytes_of(id.bytes, KEY_ID_SIZE), bytes_of("short", 5));

    struct bytes encoded = speak(&scene, ALFA_ONE, OP_BLOCK, 1);
    assert_ok(transaction_parse(encoded, &transaction));
    assert_err(view_would_accept(scene.view, &transaction, SCENE_TIME_MS), DAMAGED);
    block_begin(&scene.chain);
    block_add(&scene.chain, encoded);
    struct block block = block_end(&scene.chain, BLOCK_TRANSACTIONS);
    assert_ok(ledger_begin(scene.ledger));
    assert_err(ledger_apply(scene.ledger, &block, no_outcome, NULL), DAMAGED);
    ledger_abort(scene.ledger);
    ck_assert_uint_eq(ledger_position(scene.ledger).height, 0);
}
END_TEST

/* A reader for each thread while blocks are applied: every answer is that of one height. */
static void *read_until_height(void *context)
{
    static _Thread_local struct check_answer answer;
    uint64_t last = *(uint64_t *)context;
    struct view *view;
    assert_ok(view_open(scene.ledger, &view));
    while (view_position(view).height < last) {
        assert_ok(view_refresh(view));
        uint64_t height = view_position(view).height;
        for (uint32_t serial = 1; serial <= last; serial++) {
            assert_ok(view_device(view, imei_of(TAC, serial), &answer));
            ck_assert_uint_eq(answer.claim_count, serial <= height);
        }
        /* A view may have a commit whose ledger_commit() has not returned yet. */
        ck_assert_uint_le(height, ledger_position(scene.ledger).height + 1);
    }
    view_close(view);
    return NULL;
}

START_TEST(readers_see_whole_heights_while_blocks_are_applied)
{
    pthread_t threads[3];
    uint64_t last = 60;
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, read_until_height, &last), 0);
    for (uint32_t serial = 1; serial <= last; serial++)
        assert_ok(scene_apply(&scene, speak(&scene, ALFA_ONE, OP_BLOCK, serial)).err);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

/* Bytes that the state's file grew by while so many blocks were applied. */
static off_t grown_by(unsigned blocks)
{
    char path[96];
    struct stat before;
    struct stat after;
    snprintf(path, sizeof path, "%s/data.mdb", scene.directory);
    ck_assert_int_eq(stat(path, &before), 0);
    for (unsigned i = 0; i < blocks; i++) {
        block_begin(&scene.chain);
        struct block block = block_end(&scene.chain, BLOCK_NOOP);
        apply_block(scene.ledger, &block, NULL, NULL);
    }
    ck_assert_int_eq(stat(path, &after), 0);
    return after.st_size - before.st_size;
}

START_TEST(a_view_at_rest_keeps_no_pages)
{
    assert_ok(view_refresh(scene.view));
    off_t awake = grown_by(300);
    view_rest(scene.view);
    view_rest(scene.view);
    (void)grown_by(50); /* what was kept until now is used up */
    off_t at_rest = grown_by(300);
    ck_assert_int_gt(awake, 300 * 4096);
    ck_assert_int_lt(at_rest, awake / 20);
    assert_ok(view_refresh(scene.view));
    ck_assert_uint_eq(view_position(scene.view).height, 650);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/view");
    TCase *crowd = tcase_create("crowd");
    tcase_add_test(crowd, a_full_answer_leaves_out_what_weighs_least);
    suite_add_tcase(suite, crowd);
    TCase *all = tcase_create("view");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, open_scene, close_scene);
    tcase_add_test(all, a_claim_is_told_with_who_why_when_and_where);
    tcase_add_test(all, what_is_not_there_is_unknown);
    tcase_add_test(all, history_after_the_last_index_is_empty);
    tcase_add_test(all, a_view_stays_where_it_is_until_it_is_moved);
    tcase_add_test(all, a_view_at_rest_keeps_no_pages);
    tcase_add_loop_test(all, rows_that_others_name_are_missed, 0, 2);
    tcase_add_test(all, a_rule_is_never_decided_on_a_damaged_row);
    tcase_add_test(all, readers_see_whole_heights_while_blocks_are_applied);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
