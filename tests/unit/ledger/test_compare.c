#include "ledger/compare.h"

#include "tests/unit/ledger/tables.h"

static struct scene a;
static struct scene b;

static void open_both(void)
{
    scene_open(&a, 2);
    scene_open(&b, 2);
    say_everything(&a);
    say_everything(&b);
}

static void close_both(void)
{
    scene_close(&a);
    scene_close(&b);
}

static bool names_row(const struct ledger_difference *difference, const struct row_change *change,
                      const uint8_t *value, bool is_fixed)
{
    size_t size = change->key_size + (is_fixed ? change->value_size : 0);
    return difference->key_size == size &&
           memcmp(difference->key, change->key, change->key_size) == 0 &&
           (!is_fixed ||
            memcmp(difference->key + change->key_size, value, change->value_size) == 0);
}

START_TEST(the_same_blocks_give_the_same_rows)
{
    struct ledger_difference difference;
    assert_ok(ledger_compare(a.ledger, b.ledger, &difference));
}
END_TEST

START_TEST(finds_a_changed_row_in_every_table)
{
    struct state state;
    assert_ok(state_begin(b.ledger, true, &state));
    struct whole_table at = table_at(&state, (size_t)_i);
    struct row_change change = last_row(&state, at.table);
    struct bytes key = bytes_of(change.key, change.key_size);
    ck_assert(txn_remove(&state.txn, at.table, key, bytes_of(change.value, change.value_size)) ||
              txn_delete(&state.txn, at.table, key));
    txn_put(&state.txn, at.table, key, bytes_of(change.other, change.value_size));
    assert_ok(txn_commit(&state.txn));

    struct ledger_difference found;
    assert_err(ledger_compare(a.ledger, b.ledger, &found), DIVERGED);
    ck_assert_str_eq(found.table, at.name);
    bool other_is_less = change.other[change.value_size - 1] < change.value[change.value_size - 1];
    ck_assert(names_row(&found, &change, other_is_less ? change.other : change.value, at.is_fixed));
    ck_assert_int_eq(found.in_a, !at.is_fixed || !other_is_less);
    ck_assert_int_eq(found.in_b, !at.is_fixed || other_is_less);
}
END_TEST

START_TEST(finds_a_missing_row_in_every_table_on_either_side)
{
    struct state state;
    assert_ok(state_begin(b.ledger, true, &state));
    struct whole_table at = table_at(&state, (size_t)_i);
    struct row_change change = last_row(&state, at.table);
    struct bytes key = bytes_of(change.key, change.key_size);
    if (at.is_fixed)
        ck_assert(txn_remove(&state.txn, at.table, key, bytes_of(change.value, change.value_size)));
    else
        ck_assert(txn_delete(&state.txn, at.table, key));
    assert_ok(txn_commit(&state.txn));

    struct ledger_difference found;
    assert_err(ledger_compare(a.ledger, b.ledger, &found), DIVERGED);
    ck_assert_str_eq(found.table, at.name);
    ck_assert(found.in_a && !found.in_b);
    ck_assert(names_row(&found, &change, change.value, at.is_fixed));
    assert_err(ledger_compare(b.ledger, a.ledger, &found), DIVERGED);
    ck_assert(!found.in_a && found.in_b);
    ck_assert(names_row(&found, &change, change.value, at.is_fixed));
}
END_TEST

START_TEST(ledgers_at_two_heights_differ)
{
    struct ledger_difference found;
    accept(&b, chain_speak(&b.chain, ALFA_ONE, OP_BLOCK, &(struct item){{5}, {5}}, 1));
    assert_err(ledger_compare(a.ledger, b.ledger, &found), DIVERGED);
    ck_assert_str_eq(found.table, "standing");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ledger/compare");
    TCase *all = tcase_create("compare");
    tcase_add_checked_fixture(all, open_both, close_both);
    tcase_add_test(all, the_same_blocks_give_the_same_rows);
    tcase_add_loop_test(all, finds_a_changed_row_in_every_table, 0, STATE_TABLE_COUNT);
    tcase_add_loop_test(all, finds_a_missing_row_in_every_table_on_either_side, 0,
                        STATE_TABLE_COUNT);
    tcase_add_test(all, ledgers_at_two_heights_differ);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
