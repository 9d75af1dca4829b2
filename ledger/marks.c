#include "ledger/marks.h"

#include "proto/invariant.h"

void marks_forget(struct marks *marks)
{
    memset(marks, 0, sizeof(*marks));
}

void marks_add(struct state *state, const struct table *table, struct bytes key)
{
    const struct table_cut *cut = table_cut(state_table_place(state, table));
    if (cut->number == 0)
        return;
    struct chunk_id id = chunk_of(cut, key);
    invariant(id.value != 0);
    /* Fibonacci hashing: neighbours, and the same range of two tables, lie apart. */
    struct chunk_id *known =
        &state->marks->known[(id.value * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - MARKS_BITS)];
    if (known->value == id.value)
        return;
    *known = id;
    uint8_t row[CHUNK_ID_SIZE];
    struct writer writer = writer_over(row, sizeof(row));
    chunk_id_write(&writer, id);
    txn_put(&state->txn, state->tables->dirty, writer_view(&writer), bytes_of("\1", 1));
}

/* ---- the writes of state.h ---- */

void state_put(struct state *state, const struct table *table, struct bytes key, struct bytes value)
{
    marks_add(state, table, key);
    txn_put(&state->txn, *table, key, value);
}

void state_append(struct state *state, const struct table *table, struct bytes key,
                  struct bytes value)
{
    marks_add(state, table, key);
    txn_append(&state->txn, *table, key, value);
}

void state_append_value(struct state *state, const struct table *table, struct bytes key,
                        struct bytes value)
{
    marks_add(state, table, key);
    txn_append_value(&state->txn, *table, key, value);
}

void state_add(struct state *state, const struct table *table, struct bytes key, struct bytes value)
{
    marks_add(state, table, key);
    txn_add(&state->txn, *table, key, value);
}

void state_append_value_at(struct state *state, const struct table *table, struct cursor *cursor,
                           struct bytes key, struct bytes value)
{
    marks_add(state, table, key);
    cursor_append_value(cursor, key, value);
}

void state_add_at(struct state *state, const struct table *table, struct cursor *cursor,
                  struct bytes key, struct bytes value)
{
    marks_add(state, table, key);
    cursor_add(cursor, key, value);
}

void state_remove(struct state *state, const struct table *table, struct bytes key,
                  struct bytes value)
{
    marks_add(state, table, key);
    txn_remove(&state->txn, *table, key, value);
}

void state_delete(struct state *state, const struct table *table, struct bytes key)
{
    marks_add(state, table, key);
    txn_delete(&state->txn, *table, key);
}
