#include "ledger/compare.h"

#include "tests/unit/ledger/said.h"

static struct scene a;
static struct scene b;

/* One row or more in every table. */
static void say_everything(struct scene *scene)
{
    struct item items[] = {device_item(TAC, 1), device_item(TAC, 2), range_item(TAC, 10, 20),
                           range_item(TAC, 30, 40)};
    struct tac_item tac = {.tac = TAC, .brand = "Brand", .model = "Model"};
    struct statement statement = chain_statement(&scene->chain, ALLOCATOR, OP_TAC_ALLOCATE);
    chain_tacs(&scene->chain, &statement, &tac, 1);
    accept(scene, chain_sign(&scene->chain, ALLOCATOR, &statement));
    accept(scene, chain_speak(&scene->chain, ALFA_ONE, OP_BLOCK, items, 4));
    accept(scene, chain_speak(&scene->chain, ALFA_ONE, OP_UNBLOCK, items + 1, 2));
    accept(scene, propose(scene, ALFA_REGULATOR, "new-one", "DD", ROLE_OPERATOR, 70));
}

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

static struct table table_at(const struct state *state, size_t place, const char **name,
                             bool *is_fixed)
{
    const struct {
        const char *name;
        enum table_kind kind;
        struct table table;
    } tables[STATE_TABLE_COUNT] = {
#define X(name, kind) {#name, TABLE_##kind, state->tables->name},
        STATE_TABLES(X)
#undef X
    };
    *name = tables[place].name;
    *is_fixed = tables[place].kind == TABLE_FIXED;
    return tables[place].table;
}

/* The last row of a table, as it is and with its last byte changed. */
struct change {
    uint8_t key[64];
    size_t key_size;
    uint8_t value[256];
    uint8_t other[256];
    size_t value_size;
};

static struct change last_row(struct state *state, struct table table)
{
    struct change change;
    struct bytes key;
    struct bytes value;
    struct cursor cursor = cursor_open(&state->txn, table);
    ck_assert(cursor_last(&cursor, &key, &value));
    change.key_size = key.size;
    change.value_size = value.size;
    memcpy(change.key, key.data, key.size);
    memcpy(change.value, value.data, value.size);
    memcpy(change.other, value.data, value.size);
    change.other[value.size - 1] ^= 1;
    cursor_close(&cursor);
    return change;
}

static bool names_row(const struct ledger_difference *difference, const struct change *change,
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
    const char *name;
    bool is_fixed;
    assert_ok(state_begin(b.ledger, true, &state));
    struct table table = table_at(&state, (size_t)_i, &name, &is_fixed);
    struct change change = last_row(&state, table);
    struct bytes key = bytes_of(change.key, change.key_size);
    ck_assert(txn_remove(&state.txn, table, key, bytes_of(change.value, change.value_size)) ||
              txn_delete(&state.txn, table, key));
    txn_put(&state.txn, table, key, bytes_of(change.other, change.value_size));
    assert_ok(txn_commit(&state.txn));

    struct ledger_difference found;
    assert_err(ledger_compare(a.ledger, b.ledger, &found), DIVERGED);
    ck_assert_str_eq(found.table, name);
    bool other_is_less = change.other[change.value_size - 1] < change.value[change.value_size - 1];
    ck_assert(names_row(&found, &change, other_is_less ? change.other : change.value, is_fixed));
    ck_assert_int_eq(found.in_a, !is_fixed || !other_is_less);
    ck_assert_int_eq(found.in_b, !is_fixed || other_is_less);
}
END_TEST

START_TEST(finds_a_missing_row_in_every_table_on_either_side)
{
    struct state state;
    const char *name;
    bool is_fixed;
    assert_ok(state_begin(b.ledger, true, &state));
    struct table table = table_at(&state, (size_t)_i, &name, &is_fixed);
    struct change change = last_row(&state, table);
    struct bytes key = bytes_of(change.key, change.key_size);
    if (is_fixed)
        ck_assert(txn_remove(&state.txn, table, key, bytes_of(change.value, change.value_size)));
    else
        ck_assert(txn_delete(&state.txn, table, key));
    assert_ok(txn_commit(&state.txn));

    struct ledger_difference found;
    assert_err(ledger_compare(a.ledger, b.ledger, &found), DIVERGED);
    ck_assert_str_eq(found.table, name);
    ck_assert(found.in_a && !found.in_b);
    ck_assert(names_row(&found, &change, change.value, is_fixed));
    assert_err(ledger_compare(b.ledger, a.ledger, &found), DIVERGED);
    ck_assert(!found.in_a && found.in_b);
    ck_assert(names_row(&found, &change, change.value, is_fixed));
}
END_TEST

START_TEST(ledgers_at_two_heights_differ)
{
    struct ledger_difference found;
    accept(&b, chain_speak(&b.chain, ALFA_ONE, OP_BLOCK, &(struct item){{5}, {5}}, 1));
    assert_err(ledger_compare(a.ledger, b.ledger, &found), DIVERGED);
    ck_assert_str_eq(found.table, "meta");
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
