#include "ledger/records.h"

static struct row lane_of(const struct transaction *transaction)
{
    return lane_pack(&transaction->envelope.kid, transaction->statement.lane,
                     transaction->statement.number);
}

static bool index_get(struct state *state, struct table table, struct bytes key, uint64_t *index)
{
    struct bytes value = {0};
    if (!txn_get(&state->txn, table, key, &value))
        return false;
    enum err err = index_unpack(value, index);
    state_fail(state, err);
    return err == ERR_OK;
}

bool record_of_id(struct state *state, const struct hash *id, uint64_t *index)
{
    return index_get(state, state->tables->ids, bytes_of(id->bytes, HASH_SIZE), index);
}

bool record_of_number(struct state *state, const struct transaction *transaction, uint64_t *index)
{
    struct row key = lane_of(transaction);
    return index_get(state, state->tables->numbers, row_view(&key), index);
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
    txn_put(&state->txn, state->tables->ids, bytes_of(id->bytes, HASH_SIZE), row_view(&row));
}

void record_add_number(struct state *state, uint64_t index, const struct transaction *transaction)
{
    struct row key = lane_of(transaction);
    struct row row = index_pack(index);
    txn_put(&state->txn, state->tables->numbers, row_view(&key), row_view(&row));
}
