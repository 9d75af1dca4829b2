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

/* The first row of the lane from that number on. */
static bool lane_seek(struct state *state, const struct row *lane, uint64_t from, uint64_t *number,
                      uint64_t *index)
{
    struct row least = lane_pack(from, 0);
    struct cursor cursor = cursor_open(&state->txn, state->tables->numbers);
    struct bytes row = {0};
    bool is_there = cursor_seek_value(&cursor, row_view(lane), row_view(&least), &row);
    if (is_there)
        state_fail(state, lane_unpack(row, number, index));
    cursor_close(&cursor);
    return is_there && state->txn.err == ERR_OK;
}

bool record_of_number(struct state *state, const struct transaction *transaction, uint64_t *index)
{
    const struct statement *statement = &transaction->statement;
    struct row lane = lane_key(&transaction->envelope.kid, statement->lane);
    uint64_t number;
    return lane_seek(state, &lane, statement->number, &number, index) &&
           number == statement->number;
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
    state_append(state, &state->tables->transactions, row_view(&key), row_view(&row));
    record_index(state, index, record);
}

/* Numbers mostly rise along a lane: appended, they fill their pages. */
static void index_number(struct state *state, uint64_t index, const struct record *record)
{
    struct row lane = lane_key(&record->key, record->lane);
    struct row row = lane_pack(record->number, index);
    uint64_t next;
    uint64_t next_index;
    if (lane_seek(state, &lane, record->number, &next, &next_index))
        state_add(state, &state->tables->numbers, row_view(&lane), row_view(&row));
    else
        state_append_value(state, &state->tables->numbers, row_view(&lane), row_view(&row));
}

void record_index(struct state *state, uint64_t index, const struct record *record)
{
    if (!record_is_authentic(record))
        return;
    struct row row = index_pack(index);
    state_put(state, &state->tables->ids, id_bytes(&record->id), row_view(&row));
    if (record->err != ERR_NUMBER_TAKEN)
        index_number(state, index, record);
}
