#include "ledger/loader.h"

#include "ledger/checkpoints.h"
#include "ledger/chunk_rows.h"
#include "ledger/keys.h"
#include "ledger/marks.h"
#include "ledger/nodes.h"
#include "ledger/organisations.h"
#include "ledger/records.h"

#include <stdlib.h>

/* What one commit takes: bytes of chunks, and transactions indexed. */
enum { COMMIT_BYTES = 16 * 1024 * 1024, COMMIT_RECORDS = 65536 };

struct loader {
    struct store *store;
    struct tables tables;
    struct founding founding;
    struct marks marks;
    struct state state;
    struct checkpoint checkpoint;
    struct chunk_id last;
    uint64_t uncommitted; /* bytes */
};

static enum err begin(struct loader *loader)
{
    loader->state = (struct state){
        .tables = &loader->tables, .founding = &loader->founding, .marks = &loader->marks};
    marks_forget(&loader->marks);
    loader->uncommitted = 0;
    return txn_begin(loader->store, true, &loader->state.txn);
}

enum err loader_keep(struct loader *loader)
{
    enum err err = txn_commit(&loader->state.txn);
    return err == ERR_OK ? begin(loader) : err;
}

/* ---- open and close ---- */

/* What is there is the beginning of the same load. */
static enum err check_begun(struct loader *loader)
{
    struct bytes format = {0};
    struct checkpoint begun;
    if (!state_meta(&loader->state, "format", &format))
        return loader->state.txn.err != ERR_OK ? loader->state.txn.err : ERR_DAMAGED;
    if (!bytes_equal(format, bytes_of("\0\0", 2)))
        return ERR_FOREIGN_DATA;
    enum err err = checkpoint_last(&loader->state, &begun);
    if (err == ERR_OK && !checkpoint_equal(&begun, &loader->checkpoint))
        err = ERR_FOREIGN_DATA;
    return err;
}

static enum err find_last(struct loader *loader)
{
    struct cursor cursor = cursor_open(&loader->state.txn, loader->tables.chunks);
    struct bytes key = {0};
    struct bytes value = {0};
    if (cursor_last(&cursor, &key, &value)) {
        struct chunk chunk;
        state_fail(&loader->state, chunk_row_read(key, value, &chunk));
        loader->last = chunk.id;
    }
    cursor_close(&cursor);
    return loader->state.txn.err;
}

static enum err begin_load(struct loader *loader)
{
    bool is_new = store_is_new(loader->store);
    enum err err = begin(loader);
    if (err == ERR_OK)
        err = state_open_tables(&loader->state, &loader->tables);
    if (err != ERR_OK)
        return err;
    if (!is_new)
        err = check_begun(loader);
    state_found(&loader->state, STATE_LOADING);
    checkpoint_keep(&loader->state, &loader->checkpoint);
    if (err == ERR_OK)
        err = find_last(loader);
    return err == ERR_OK ? loader_keep(loader) : err;
}

enum err loader_open(const char *directory, const struct genesis *genesis,
                     const struct checkpoint *checkpoint, struct loader **out)
{
    struct store_options options = {
        .directory = directory, .tables_max = STATE_TABLE_COUNT, .lazy_meta = true};
    *out = NULL;
    struct loader *loader = calloc(1, sizeof(*loader));
    if (loader == NULL)
        return ERR_MEMORY;
    loader->checkpoint = *checkpoint;
    loader->founding = (struct founding){.network = genesis->network, .ballots = genesis->ballots};
    enum err err = store_open(&options, &loader->store);
    if (err == ERR_OK)
        err = begin_load(loader);
    if (err == ERR_OK)
        *out = loader;
    else
        loader_close(loader);
    return err;
}

void loader_close(struct loader *loader)
{
    if (loader == NULL)
        return;
    if (loader->store != NULL)
        txn_abort(&loader->state.txn);
    store_close(loader->store);
    free(loader);
}

struct chunk_id loader_last(const struct loader *loader)
{
    return loader->last;
}

/* ---- chunks ---- */

/* Chunks come in order, and so do the rows in each: they fill their pages. */
static void put_rows(struct loader *loader, struct bytes bytes)
{
    struct txn *txn = &loader->state.txn;
    struct chunk_walk walk = chunk_walk(bytes);
    struct table table = state_table(&loader->state, walk.cut->place);
    struct bytes key;
    struct bytes value;
    while (chunk_walk_next(&walk, &key, &value)) {
        if (walk.cut->is_fixed)
            txn_append_value(txn, table, key, value);
        else
            txn_append(txn, table, key, value);
    }
}

enum err loader_add(struct loader *loader, const struct chunk *chunk, struct bytes bytes)
{
    if (chunk->id.value <= loader->last.value)
        return ERR_NOT_CANONICAL;
    enum err err = chunk_rows_check(bytes, chunk);
    if (err != ERR_OK)
        return err;
    put_rows(loader, bytes);
    chunk_put(&loader->state, chunk);
    loader->last = chunk->id;
    loader->uncommitted += bytes.size;
    if (loader->state.txn.err != ERR_OK)
        return loader->state.txn.err;
    return loader->uncommitted < COMMIT_BYTES ? ERR_OK : loader_keep(loader);
}

/* ---- the end ---- */

static void put_sections(struct loader *loader)
{
    struct state *state = &loader->state;
    struct chunk_id last = {0};
    struct cursor cursor = cursor_open(&state->txn, loader->tables.chunks);
    struct bytes key = {0};
    struct bytes value = {0};
    bool more = cursor_first(&cursor, &key, &value);
    for (; more; more = cursor_next(&cursor, &key, &value)) {
        struct chunk chunk;
        state_fail(state, chunk_row_read(key, value, &chunk));
        if (last.value == 0 || !chunk_same_section(last, chunk.id))
            section_put(state, chunk.id);
        last = chunk.id;
    }
    cursor_close(&cursor);
}

/* That the rows are the checkpoint's, and say so themselves. */
static enum err check_whole(struct loader *loader)
{
    struct ledger_position position;
    struct merkle_frontier frontier;
    const struct checkpoint *checkpoint = &loader->checkpoint;
    struct hash root = checkpoint_root(&loader->state);
    if (loader->state.txn.err != ERR_OK)
        return loader->state.txn.err;
    if (!hash_equal(&root, &checkpoint->state_root))
        return ERR_CHECKPOINT;
    enum err err = state_position(&loader->state, &position, &frontier);
    if (err != ERR_OK)
        return err;
    bool is_it = position.height == checkpoint->height &&
                 position.transactions == checkpoint->tree_size &&
                 hash_equal(&position.root, &checkpoint->tree_root);
    return is_it ? ERR_OK : ERR_CHECKPOINT;
}

/* Up to COMMIT_RECORDS of them from `from` on; returns where to go on. */
static uint64_t index_records(struct state *state, uint64_t from)
{
    uint64_t end = from + COMMIT_RECORDS;
    uint64_t count = txn_count(&state->txn, state->tables->transactions);
    if (end > count)
        end = count;
    for (; from < end && state->txn.err == ERR_OK; from++) {
        struct record record;
        if (record_get(state, from, &record))
            record_index(state, from, &record);
    }
    return from;
}

static enum err index_transactions(struct loader *loader, uint64_t count)
{
    enum err err = ERR_OK;
    for (uint64_t from = 0; err == ERR_OK && from < count;) {
        uint64_t next = index_records(&loader->state, from);
        if (next == from && loader->state.txn.err == ERR_OK)
            return ERR_DAMAGED; /* fewer than the tree has leaves */
        from = next;
        err = loader_keep(loader);
    }
    return err;
}

enum err loader_end(struct loader *loader)
{
    struct state *state = &loader->state;
    put_sections(loader);
    enum err err = check_whole(loader);
    if (err != ERR_OK)
        return err;
    organisations_index(state);
    keys_index(state);
    nodes_index(state);
    err = state->txn.err != ERR_OK ? state->txn.err : loader_keep(loader);
    if (err == ERR_OK)
        err = index_transactions(loader, loader->checkpoint.tree_size);
    if (err != ERR_OK)
        return err;
    state_found(state, STATE_FORMAT);
    return loader_keep(loader);
}
