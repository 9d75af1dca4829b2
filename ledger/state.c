#include "ledger/state.h"

#include "proto/invariant.h"
#include "proto/reader.h"
#include "proto/writer.h"

void state_fail(struct state *state, enum err err)
{
    if (state->txn.err == ERR_OK)
        state->txn.err = err;
}

void state_tell(const struct state *state, const struct change *change)
{
    if (state->watch->change != NULL)
        state->watch->change(state->watch->context, change);
}

bool state_meta(struct state *state, const char *name, struct bytes *out)
{
    return txn_get(&state->txn, state->tables->meta, bytes_of(name, strlen(name)), out);
}

void state_set_meta(struct state *state, const char *name, struct bytes value)
{
    txn_put(&state->txn, state->tables->meta, bytes_of(name, strlen(name)), value);
}

bool state_standing(struct state *state, const char *name, struct bytes *out)
{
    return txn_get(&state->txn, state->tables->standing, bytes_of(name, strlen(name)), out);
}

void state_set_standing(struct state *state, const char *name, struct bytes value)
{
    state_put(state, &state->tables->standing, bytes_of(name, strlen(name)), value);
}

/* ---- whose state this is ---- */

static enum err state_check(struct state *state)
{
    struct bytes value = {0};
    bool is_written = state_meta(state, "format", &value);
    if (state->txn.err != ERR_OK)
        return state->txn.err;
    if (!is_written)
        return ERR_NOT_FOUND;

    struct reader reader = reader_over(value);
    uint16_t format = reader_u16(&reader);
    if (reader_done(&reader) != ERR_OK || format != STATE_FORMAT)
        return ERR_OLD_FORMAT;
    if (!state_meta(state, "network", &value))
        return state->txn.err != ERR_OK ? state->txn.err : ERR_DAMAGED;
    if (!bytes_equal(value, bytes_of(state->founding->network.bytes, HASH_SIZE)))
        return ERR_FOREIGN_DATA;
    return ERR_OK;
}

enum err state_open(struct state *state, struct tables *out)
{
    /* Another format has other tables: `meta` is what all of them have. */
    out->meta = txn_table(&state->txn, "meta", TABLE_PLAIN);
    enum err err = state_check(state);
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return err;
    enum err opened = state_open_tables(state, out);
    return opened != ERR_OK ? opened : err;
}

enum err state_open_tables(struct state *state, struct tables *out)
{
#define X(name, kind, ...) out->name = txn_table(&state->txn, #name, TABLE_##kind);
    STATE_TABLES(X)
#undef X
    return state->txn.err;
}

/* `struct tables` has nothing but tables: it is an array whose places have names. */

struct table state_table(const struct state *state, size_t place)
{
    invariant(place < STATE_TABLE_COUNT);
    return ((const struct table *)(const void *)state->tables)[place];
}

size_t state_table_place(const struct state *state, const struct table *table)
{
    size_t place = (size_t)(table - (const struct table *)(const void *)state->tables);
    invariant(place < STATE_TABLE_COUNT);
    return place;
}

void state_found(struct state *state, uint16_t format)
{
    uint8_t value[2];
    struct writer writer = writer_over(value, sizeof(value));
    writer_u16(&writer, format);
    state_set_meta(state, "format", writer_view(&writer));
    state_set_meta(state, "network", bytes_of(state->founding->network.bytes, HASH_SIZE));
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
    bool is_there =
        state_standing(state, "position", &value) && state_standing(state, "frontier", &peaks);
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
    state_set_standing(state, "position", writer_view(&writer));
    state_set_standing(state, "frontier",
                       bytes_of(frontier->peaks, merkle_frontier_peaks(frontier) * HASH_SIZE));
}
