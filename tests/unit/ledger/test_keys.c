#include "ledger/keys.h"

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

START_TEST(a_key_stands_in_the_ledger_once_and_for_ever)
{
    refuse(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_ADD, 1), ERR_KEY_STANDS);
    refuse(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_ADD, 2), ERR_KEY_STANDS);
    accept(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_ADD, 50));
    accept(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_REVOKE, 50));
    refuse(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_ADD, 50), ERR_KEY_STANDS);
    refuse(&scene, key_statement(&scene, BRAVO_ONE, OP_KEY_ADD, 50), ERR_KEY_STANDS);
}
END_TEST

START_TEST(an_organisation_revokes_its_own_keys_but_the_last)
{
    refuse(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_REVOKE, 2), ERR_LAST_KEY);
    refuse(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_REVOKE, 3), ERR_UNKNOWN_KEY);
    refuse(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_REVOKE, 99), ERR_UNKNOWN_KEY);
    accept(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_ADD, 50));
    accept(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_REVOKE, 2));
    scene.chain.members[ALFA_ONE].secret = secret_of(50);
    refuse(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_REVOKE, 2), ERR_REVOKED_KEY);
    refuse(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_REVOKE, 50), ERR_LAST_KEY);
}
END_TEST

START_TEST(an_answer_tells_the_keys_in_force_first_and_the_newest_of_them)
{
    for (uint32_t key = 50; key < 70; key++)
        accept(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_ADD, key));
    for (uint32_t key = 59; key >= 50; key--)
        accept(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_REVOKE, key));
    struct organisation_info info;
    assert_ok(view_organisation(scene.view, ALFA_ONE + 1, &info));
    ck_assert_uint_eq(info.key_count, 16);
    for (uint32_t i = 0; i < 10; i++) {
        struct public_key key = public_of(69 - i);
        ck_assert_mem_eq(info.keys[i].key.bytes, key.bytes, PUBLIC_KEY_SIZE);
        ck_assert_uint_eq(info.keys[i].revoked_height, 0);
    }
    struct public_key genesis_key = public_of(2);
    ck_assert_mem_eq(info.keys[10].key.bytes, genesis_key.bytes, PUBLIC_KEY_SIZE);
    for (uint32_t i = 11; i < 16; i++) {
        struct public_key key = public_of(50 + (i - 11));
        ck_assert_mem_eq(info.keys[i].key.bytes, key.bytes, PUBLIC_KEY_SIZE);
        ck_assert_uint_ne(info.keys[i].revoked_height, 0);
    }
}
END_TEST

static void fill_keys(void)
{
    struct state state;
    assert_ok(state_begin(scene.ledger, true, &state));
    struct key_info info = {.organisation = 1};
    struct row row = key_pack(&info);
    for (uint32_t i = MEMBERS; i < KEYS_MAX; i++) {
        uint8_t id[KEY_ID_SIZE] = {0, 0, 0, 0, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
        txn_put(&state.txn, state.tables->keys, bytes_of(id, KEY_ID_SIZE), row_view(&row));
    }
    assert_ok(txn_commit(&state.txn));
}

START_TEST(refuses_more_keys_than_the_limit)
{
    fill_keys();
    enum err add = scene_submit(&scene, key_statement(&scene, ALFA_ONE, OP_KEY_ADD, 70)).err;
    assert_err(add, FULL);
    enum err give =
        scene_submit(&scene, propose(&scene, ALFA_REGULATOR, "one-more", "DD", ROLE_OPERATOR, 70))
            .err;
    assert_err(give, FULL);
    enum err without =
        scene_submit(&scene, propose(&scene, ALFA_REGULATOR, "alfa-one", "AA", ROLE_OPERATOR, 0))
            .err;
    assert_ok(without);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/keys");
    TCase *all = tcase_create("keys");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, open_with_one_ballot, close_scene);
    tcase_add_test(all, a_key_stands_in_the_ledger_once_and_for_ever);
    tcase_add_test(all, an_organisation_revokes_its_own_keys_but_the_last);
    tcase_add_test(all, an_answer_tells_the_keys_in_force_first_and_the_newest_of_them);
    tcase_add_test(all, refuses_more_keys_than_the_limit);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
