#include "ledger/records.h"

static struct bytes id_bytes(const struct hash *id)
{
    return bytes_of(id->bytes, HASH_SIZE);
}

bool record_of_id(struct state *state, const struct hash *id, uint64_t *index)
{
    struct bytes value = {0};
    if (!txn_get(&state->txn, state->tables->ids, id_bytes(id), &value))
        return false;
    enum err err = index_unpack(value, index);
    state_fail(state, err);
    return err == ERR_OK;
}

static struct row lane_of(const struct transaction *transaction)
{
    return lane_key(&transaction->envelope.kid, transaction->statement.lane);
}

/* The first row of the transaction's lane from its number on. */
static bool lane_seek(struct state *state, const struct transaction *transaction, uint64_t *number,
                      uint64_t *index)
{
    struct row key = lane_of(transaction);
    struct row least = lane_pack(transaction->statement.number, 0);
    struct cursor cursor = cursor_open(&state->txn, state->tables->numbers);
    struct bytes row = {0};
    bool is_there = cursor_seek_value(&cursor, row_view(&key), row_view(&least), &row);
    if (is_there)
        state_fail(state, lane_unpack(row, number, index));
    cursor_close(&cursor);
    return is_there && state->txn.err == ERR_OK;
}

bool record_of_number(struct state *state, const struct transaction *transaction, uint64_t *index)
{
    uint64_t number;
    return lane_seek(state, transaction, &number, index) && number == transaction->statement.number;
}

bool record_get(struct state *state, uint64_t index, struct record *out)
{
    struct row key = index_pack(index);
    struct bytes value = {0};
    enum err err = ERR_DAMAGED;
    if (txn_get(&state->txn, state->tables->transactions, row_view(&key), &value))
        err = record_unpack(value, out);
    state_fail(state, err);
    return err == ERR_OK;
}

void record_add(struct state *state, uint64_t index, const struct record *record)
{
    struct row key = index_pack(index);
    struct row row = record_pack(record);
    txn_append(&state->txn, state->tables->transactions, row_view(&key), row_view(&row));
}

void record_add_id(struct state *state, uint64_t index, const struct hash *id)
{
    struct row row = index_pack(index);
    txn_put(&state->txn, state->tables->ids, id_bytes(id), row_view(&row));
}

/* Numbers mostly rise along a lane: appended, they fill their pages. */
void record_add_number(struct state *state, uint64_t index, const struct transaction *transaction)
{
    struct row key = lane_of(transaction);
    struct row row = lane_pack(transaction->statement.number, index);
    uint64_t next;
    uint64_t next_index;
    if (lane_seek(state, transaction, &next, &next_index))
        txn_add(&state->txn, state->tables->numbers, row_view(&key), row_view(&row));
    else
        txn_append_value(&state->txn, state->tables->numbers, row_view(&key), row_view(&row));
}
