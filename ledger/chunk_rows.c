#include "ledger/chunk_rows.h"

#include "proto/invariant.h"

/* ---- from rows ---- */

enum { PIECE_SIZE = 8192 };

/* Rows on their way out. */
struct outlet {
    chunk_take *take;
    void *context;
    struct chunk *chunk;
    struct writer writer;
};

static void outlet_flush(struct outlet *outlet)
{
    outlet->chunk->size += outlet->writer.size;
    outlet->take(outlet->context, writer_view(&outlet->writer));
    outlet->writer.size = 0;
}

static void outlet_reserve(struct outlet *outlet, size_t size)
{
    invariant(size <= outlet->writer.capacity);
    if (outlet->writer.capacity - outlet->writer.size < size)
        outlet_flush(outlet);
}

/* A value may be larger than a piece. */
static void outlet_put(struct outlet *outlet, struct bytes bytes)
{
    while (bytes.size > 0) {
        size_t room = outlet->writer.capacity - outlet->writer.size;
        size_t size = bytes.size < room ? bytes.size : room;
        writer_bytes(&outlet->writer, bytes.data, size);
        bytes = bytes_of(bytes.data + size, bytes.size - size);
        if (outlet->writer.size == outlet->writer.capacity)
            outlet_flush(outlet);
    }
}

static void put_key(struct outlet *outlet, struct bytes key, struct bytes value, uint64_t values)
{
    outlet_reserve(outlet, 8);
    writer_u16(&outlet->writer, (uint16_t)key.size);
    writer_u16(&outlet->writer, (uint16_t)value.size);
    writer_u32(&outlet->writer, (uint32_t)values);
    outlet_put(outlet, key);
}

/* A value that a chunk cannot hold is none that this ledger writes. */
static bool is_sound(struct state *state, struct bytes key, struct bytes value, uint64_t values)
{
    bool is_sound = key.size > 0 && value.size <= UINT16_MAX && values > 0 && values <= UINT32_MAX;
    if (!is_sound)
        state_fail(state, ERR_DAMAGED);
    return is_sound;
}

static void write_rows(struct state *state, const struct table_cut *cut, struct cursor *cursor,
                       struct outlet *outlet)
{
    uint8_t first[CHUNK_LEAD_MAX];
    struct bytes from = bytes_of(first, chunk_first_key(outlet->chunk->id, first));
    struct bytes key = {0};
    struct bytes value = {0};
    uint64_t left = 0;
    bool more = cursor_seek(cursor, from, &key, &value);
    for (; more; more = cursor_next(cursor, &key, &value)) {
        if (left == 0) {
            if (chunk_of(cut, key).value != outlet->chunk->id.value)
                break;
            left = cut->is_fixed ? cursor_values(cursor) : 1;
            if (!is_sound(state, key, value, left))
                break;
            put_key(outlet, key, value, left);
        }
        outlet_put(outlet, value);
        outlet->chunk->rows++;
        left--;
    }
}

void chunk_rows_write(struct state *state, struct chunk_id id, chunk_take *take, void *context,
                      struct chunk *out)
{
    const struct table_cut *cut = chunk_cut(id);
    invariant(cut != NULL);
    uint8_t piece[PIECE_SIZE];
    struct outlet outlet = {.take = take,
                            .context = context,
                            .chunk = out,
                            .writer = writer_over(piece, sizeof(piece))};
    *out = (struct chunk){.id = id};
    chunk_id_write(&outlet.writer, id);
    struct cursor cursor = cursor_open(&state->txn, state_table(state, cut->place));
    write_rows(state, cut, &cursor, &outlet);
    cursor_close(&cursor);
    outlet_flush(&outlet);
}

/* ---- from bytes ---- */

struct chunk_walk chunk_walk(struct bytes bytes)
{
    struct chunk_walk walk = {.reader = reader_over(bytes)};
    walk.id = chunk_id_read(&walk.reader);
    walk.cut = chunk_cut(walk.id);
    return walk;
}

/* As LMDB has keys: byte for byte, the shorter first. */
static bool is_less(struct bytes a, struct bytes b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int difference = size > 0 ? memcmp(a.data, b.data, size) : 0;
    return difference != 0 ? difference < 0 : a.size < b.size;
}

static void next_key(struct chunk_walk *walk)
{
    struct reader *reader = &walk->reader;
    uint16_t key_size = reader_u16(reader);
    walk->value_size = reader_u16(reader);
    walk->values = reader_u32(reader);
    struct bytes key = reader_bytes(reader, key_size);
    if (!reader_ok(reader))
        return;
    bool is_fixed = walk->cut->is_fixed;
    bool value_fits = !is_fixed || (walk->value_size > 0 && walk->value_size <= STORE_KEY_SIZE_MAX);
    if (key_size > STORE_KEY_SIZE_MAX || !value_fits || walk->values == 0 ||
        (walk->values > 1 && !is_fixed) || chunk_of(walk->cut, key).value != walk->id.value)
        reader_fail(reader, ERR_OUT_OF_RANGE);
    else if (!is_less(walk->key, key))
        reader_fail(reader, ERR_NOT_CANONICAL);
    walk->key = key;
    walk->value = (struct bytes){0};
}

bool chunk_walk_next(struct chunk_walk *walk, struct bytes *key, struct bytes *value)
{
    struct reader *reader = &walk->reader;
    if (reader_ok(reader) && walk->values == 0) {
        if (reader_left(reader) == 0)
            return false;
        next_key(walk);
    }
    struct bytes next = reader_bytes(reader, walk->value_size);
    if (!reader_ok(reader))
        return false;
    if (walk->value.size > 0 && !is_less(walk->value, next)) {
        reader_fail(reader, ERR_NOT_CANONICAL);
        return false;
    }
    walk->value = next;
    walk->values--;
    walk->rows++;
    *key = walk->key;
    *value = next;
    return true;
}

enum err chunk_rows_parse(struct bytes bytes, struct chunk *out)
{
    struct chunk_walk walk = chunk_walk(bytes);
    struct bytes key;
    struct bytes value;
    while (chunk_walk_next(&walk, &key, &value))
        ;
    *out = (struct chunk){.id = walk.id, .rows = walk.rows, .size = bytes.size};
    if (walk.rows == 0)
        reader_fail(&walk.reader, ERR_OUT_OF_RANGE);
    if (reader_ok(&walk.reader))
        out->hash = hash_of(bytes);
    return reader_done(&walk.reader);
}

enum err chunk_rows_check(struct bytes bytes, const struct chunk *chunk)
{
    struct chunk found;
    if (bytes.size != chunk->size || chunk_rows_parse(bytes, &found) != ERR_OK)
        return ERR_DAMAGED;
    bool is_it = found.id.value == chunk->id.value && found.rows == chunk->rows &&
                 hash_equal(&found.hash, &chunk->hash);
    return is_it ? ERR_OK : ERR_DAMAGED;
}
