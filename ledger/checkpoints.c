#include "ledger/checkpoints.h"

#include "ledger/chunk_rows.h"
#include "ledger/marks.h"

#define LAST "checkpoint" /* row of `meta`: the last one */

/* ---- the last one ---- */

enum err checkpoint_last(struct state *state, struct checkpoint *out)
{
    struct bytes value = {0};
    bool is_sound = state_meta(state, LAST, &value) && checkpoint_parse(value, out) == ERR_OK;
    if (!is_sound)
        state_fail(state, ERR_DAMAGED);
    return state->txn.err;
}

void checkpoint_keep(struct state *state, const struct checkpoint *checkpoint)
{
    uint8_t value[CHECKPOINT_SIZE];
    struct writer writer = writer_over(value, sizeof(value));
    checkpoint_write(&writer, checkpoint);
    state_set_meta(state, LAST, writer_view(&writer));
}

enum err checkpoint_check(struct state *state, struct bytes entry)
{
    struct checkpoint said;
    struct checkpoint last;
    enum err err = checkpoint_last(state, &last);
    if (err != ERR_OK)
        return err;
    bool is_so = checkpoint_parse(entry, &said) == ERR_OK && checkpoint_equal(&said, &last);
    return is_so ? ERR_OK : ERR_CHECKPOINT;
}

/* ---- chunks ---- */

static void hash_piece(void *context, struct bytes piece)
{
    hasher_add(context, piece.data, piece.size);
}

void chunk_put(struct state *state, const struct chunk *chunk)
{
    uint8_t entry[CHUNK_ENTRY_SIZE];
    struct writer writer = writer_over(entry, sizeof(entry));
    chunk_entry_write(&writer, chunk);
    struct bytes key = bytes_of(entry, CHUNK_ID_SIZE);
    if (chunk->rows == 0)
        txn_delete(&state->txn, state->tables->chunks, key);
    else
        txn_put(&state->txn, state->tables->chunks, key,
                bytes_of(entry + CHUNK_ID_SIZE, CHUNK_VALUE_SIZE));
}

static void chunk_hash(struct state *state, struct chunk_id id)
{
    struct chunk chunk;
    struct hasher hasher;
    hasher_begin(&hasher);
    chunk_rows_write(state, id, hash_piece, &hasher, &chunk);
    chunk.hash = hasher_end(&hasher);
    chunk_put(state, &chunk);
}

/* ---- sections ---- */

void section_put(struct state *state, struct chunk_id id)
{
    uint8_t first[CHUNK_ID_SIZE];
    struct writer writer = writer_over(first, sizeof(first));
    chunk_id_write(&writer, id);
    first[SECTION_ID_SIZE] = 0;
    struct bytes section = bytes_of(first, SECTION_ID_SIZE);

    struct merkle_frontier leaves = {0};
    struct cursor cursor = cursor_open(&state->txn, state->tables->chunks);
    struct bytes key = {0};
    struct bytes value = {0};
    bool more = cursor_seek(&cursor, writer_view(&writer), &key, &value);
    for (; more; more = cursor_next(&cursor, &key, &value)) {
        struct chunk chunk;
        enum err err = chunk_row_read(key, value, &chunk);
        state_fail(state, err);
        if (err != ERR_OK || !chunk_same_section(chunk.id, id))
            break;
        struct hash leaf = chunk_leaf(&chunk);
        merkle_frontier_add(&leaves, &leaf);
    }
    cursor_close(&cursor);
    struct hash root = merkle_frontier_root(&leaves);
    if (leaves.size == 0)
        txn_delete(&state->txn, state->tables->sections, section);
    else
        txn_put(&state->txn, state->tables->sections, section, bytes_of(root.bytes, HASH_SIZE));
}

struct hash checkpoint_root(struct state *state)
{
    struct merkle_frontier leaves = {0};
    struct cursor cursor = cursor_open(&state->txn, state->tables->sections);
    struct bytes key = {0};
    struct bytes value = {0};
    bool more = cursor_first(&cursor, &key, &value);
    for (; more; more = cursor_next(&cursor, &key, &value)) {
        struct hash root;
        if (key.size != SECTION_ID_SIZE || value.size != HASH_SIZE) {
            state_fail(state, ERR_DAMAGED);
            break;
        }
        memcpy(root.bytes, value.data, HASH_SIZE);
        struct hash leaf = section_leaf(key.data, &root);
        merkle_frontier_add(&leaves, &leaf);
    }
    cursor_close(&cursor);
    return merkle_frontier_root(&leaves);
}

/* ---- the next one ---- */

static struct chunk_id dirty_id(struct state *state, struct bytes key)
{
    struct reader reader = reader_over(key);
    struct chunk_id id = chunk_id_read(&reader);
    if (reader_done(&reader) != ERR_OK)
        state_fail(state, ERR_DAMAGED);
    return id;
}

/* Dirty chunks come in order: those of one section come together. */
static void hash_dirty(struct state *state)
{
    struct chunk_id last = {0};
    struct cursor cursor = cursor_open(&state->txn, state->tables->dirty);
    struct bytes key = {0};
    while (cursor_first(&cursor, &key, NULL)) {
        struct chunk_id id = dirty_id(state, key);
        if (state->txn.err != ERR_OK)
            break;
        if (last.value != 0 && !chunk_same_section(last, id))
            section_put(state, last);
        last = id;
        cursor_delete(&cursor);
        chunk_hash(state, id);
    }
    cursor_close(&cursor);
    if (last.value != 0)
        section_put(state, last);
    marks_forget(state->marks);
}

enum err checkpoint_make(struct state *state, const struct ledger_position *position,
                         struct checkpoint *out)
{
    hash_dirty(state);
    *out = (struct checkpoint){.height = position->height,
                               .tree_size = position->transactions,
                               .tree_root = position->root,
                               .state_root = checkpoint_root(state)};
    checkpoint_keep(state, out);
    return state->txn.err;
}
