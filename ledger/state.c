#include "ledger/state.h"

#include "proto/reader.h"
#include "proto/writer.h"

static struct bytes text(const char *word)
{
    return bytes_of(word, strlen(word));
}

void state_open_tables(struct txn *txn, struct tables *out)
{
#define X(name, kind) out->name = txn_table(txn, #name, TABLE_##kind);
    STATE_TABLES(X)
#undef X
}

void state_fail(struct state *state, enum err err)
{
    if (state->txn.err == ERR_OK)
        state->txn.err = err;
}

/* ---- whose state this is ---- */

enum err state_check(struct state *state)
{
    struct bytes value = {0};
    bool is_written = txn_get(&state->txn, state->tables->meta, text("format"), &value);
    if (state->txn.err != ERR_OK)
        return state->txn.err;
    if (!is_written)
        return ERR_NOT_FOUND;

    struct reader reader = reader_over(value);
    uint16_t format = reader_u16(&reader);
    if (reader_done(&reader) != ERR_OK || format != STATE_FORMAT)
        return ERR_OLD_FORMAT;
    if (!txn_get(&state->txn, state->tables->meta, text("network"), &value))
        return state->txn.err != ERR_OK ? state->txn.err : ERR_DAMAGED;
    if (!bytes_equal(value, bytes_of(state->founding->network.bytes, HASH_SIZE)))
        return ERR_FOREIGN_DATA;
    return ERR_OK;
}

void state_found(struct state *state)
{
    uint8_t format[2];
    struct writer writer = writer_over(format, sizeof(format));
    writer_u16(&writer, STATE_FORMAT);
    txn_put(&state->txn, state->tables->meta, text("format"), writer_view(&writer));
    txn_put(&state->txn, state->tables->meta, text("network"),
            bytes_of(state->founding->network.bytes, HASH_SIZE));
}

/* ---- where it stands ---- */

#define POSITION_SIZE (8 + 8 + 8 + HASH_SIZE + 8)

static enum err position_read(struct bytes value, struct ledger_position *out)
{
    struct reader reader = reader_over(value);
    out->height = reader_u64(&reader);
    out->term = reader_u64(&reader);
    out->time_ms = reader_u64(&reader);
    reader_copy(&reader, out->head.bytes, HASH_SIZE);
    out->transactions = reader_u64(&reader);
    return reader_done(&reader);
}

enum err state_position(struct state *state, struct ledger_position *position,
                        struct merkle_frontier *frontier)
{
    struct bytes value = {0};
    struct bytes peaks = {0};
    bool is_there = txn_get(&state->txn, state->tables->meta, text("position"), &value) &&
                    txn_get(&state->txn, state->tables->meta, text("frontier"), &peaks);
    if (state->txn.err != ERR_OK)
        return state->txn.err;
    if (!is_there || position_read(value, position) != ERR_OK)
        return ERR_DAMAGED;

    frontier->size = position->transactions;
    if (peaks.size != merkle_frontier_peaks(frontier) * HASH_SIZE ||
        peaks.size > sizeof(frontier->peaks))
        return ERR_DAMAGED;
    if (peaks.size > 0)
        memcpy(frontier->peaks, peaks.data, peaks.size);
    position->root = merkle_frontier_root(frontier);
    return ERR_OK;
}

void state_set_position(struct state *state, const struct ledger_position *position,
                        const struct merkle_frontier *frontier)
{
    uint8_t value[POSITION_SIZE];
    struct writer writer = writer_over(value, sizeof(value));
    writer_u64(&writer, position->height);
    writer_u64(&writer, position->term);
    writer_u64(&writer, position->time_ms);
    writer_bytes(&writer, position->head.bytes, HASH_SIZE);
    writer_u64(&writer, position->transactions);
    txn_put(&state->txn, state->tables->meta, text("position"), writer_view(&writer));
    txn_put(&state->txn, state->tables->meta, text("frontier"),
            bytes_of(frontier->peaks, merkle_frontier_peaks(frontier) * HASH_SIZE));
}
