/*
 * tables.h: the tables of a state one by one, with something in each, and a row to change.
 */
#ifndef TESTS_LEDGER_TABLES_H
#define TESTS_LEDGER_TABLES_H

#include "tests/unit/ledger/said.h"

/* One row or more in every table. */
static inline void say_everything(struct scene *scene)
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

struct whole_table {
    const char *name;
    bool is_fixed;
    const struct table *in; /* of the state's tables */
    struct table table;
};

static inline struct whole_table table_at(const struct state *state, size_t place)
{
    const struct whole_table tables[STATE_TABLE_COUNT] = {
#define X(name, kind, ...)                                                                         \
    {#name, TABLE_##kind == TABLE_FIXED, &state->tables->name, state->tables->name},
        STATE_TABLES(X)
#undef X
    };
    return tables[place];
}

/* The last row of a table, as it is and with its last byte changed. */
struct row_change {
    uint8_t key[64];
    size_t key_size;
    uint8_t value[256];
    uint8_t other[256];
    size_t value_size;
};

static inline struct row_change last_row(struct state *state, struct table table)
{
    struct row_change change;
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

#endif
