#include "ledger/chunk.h"

#include "ledger/state.h"
#include "proto/invariant.h"

/* Bits of a range, and of what a section's chunks do not have in common. */
enum { RANGE_BITS = 32, SECTION_BITS = 8 };

/* ---- how tables are cut ---- */

enum {
#define X(name, ...) PLACE_##name,
    STATE_TABLES(X)
#undef X
};

#define X(name, kind, number, lead, shift)                                                         \
    _Static_assert((lead) <= CHUNK_LEAD_MAX, "a key is sought by so many bytes at most");          \
    _Static_assert(8 * (lead) <= RANGE_BITS + (shift), "every range of " #name " has a number");   \
    _Static_assert(8 * (lead) >= (shift), "a shift within the lead of " #name);                    \
    _Static_assert((number) == 0 || (lead) > 0, #name " is cut by something");
STATE_TABLES(X)
#undef X

static const struct table_cut cuts[STATE_TABLE_COUNT] = {
#define X(name, kind, number, lead, shift)                                                         \
    [PLACE_##name] = {#name, PLACE_##name, TABLE_##kind == TABLE_FIXED, number, lead, shift},
    STATE_TABLES(X)
#undef X
};

const struct table_cut *table_cut(size_t place)
{
    invariant(place < STATE_TABLE_COUNT);
    return &cuts[place];
}

const struct table_cut *chunk_cut(struct chunk_id id)
{
    uint64_t number = id.value >> RANGE_BITS;
    for (size_t i = 0; number != 0 && i < STATE_TABLE_COUNT; i++) {
        if (cuts[i].number == number)
            return &cuts[i];
    }
    return NULL;
}

struct chunk_id chunk_of(const struct table_cut *cut, struct bytes key)
{
    if (cut->number == 0 || key.size < cut->lead)
        return (struct chunk_id){0};
    uint64_t lead = 0;
    for (size_t i = 0; i < cut->lead; i++)
        lead = lead << 8 | key.data[i];
    return (struct chunk_id){(uint64_t)cut->number << RANGE_BITS | lead >> cut->shift};
}

size_t chunk_first_key(struct chunk_id id, uint8_t out[CHUNK_LEAD_MAX])
{
    const struct table_cut *cut = chunk_cut(id);
    invariant(cut != NULL);
    uint64_t lead = (id.value & UINT32_MAX) << cut->shift;
    for (size_t i = cut->lead; i > 0; i--, lead >>= 8)
        out[i - 1] = (uint8_t)lead;
    return cut->lead;
}

/* ---- bytes ---- */

void chunk_id_write(struct writer *writer, struct chunk_id id)
{
    writer_u8(writer, (uint8_t)(id.value >> RANGE_BITS));
    writer_u32(writer, (uint32_t)id.value);
}

struct chunk_id chunk_id_read(struct reader *reader)
{
    uint64_t number = reader_u8(reader);
    struct chunk_id id = {number << RANGE_BITS | reader_u32(reader)};
    const struct table_cut *cut = chunk_cut(id);
    if (cut == NULL || (id.value & UINT32_MAX) >> (8 * cut->lead - cut->shift) != 0)
        reader_fail(reader, ERR_OUT_OF_RANGE);
    return id;
}

void chunk_entry_write(struct writer *writer, const struct chunk *chunk)
{
    chunk_id_write(writer, chunk->id);
    writer_bytes(writer, chunk->hash.bytes, HASH_SIZE);
    writer_u64(writer, chunk->rows);
    writer_u64(writer, chunk->size);
}

void chunk_entry_read(struct reader *reader, struct chunk *out)
{
    out->id = chunk_id_read(reader);
    reader_copy(reader, out->hash.bytes, HASH_SIZE);
    out->rows = reader_u64(reader);
    out->size = reader_u64(reader);
    if (out->rows == 0 || out->size <= CHUNK_ID_SIZE)
        reader_fail(reader, ERR_OUT_OF_RANGE);
}

enum err chunk_row_read(struct bytes key, struct bytes value, struct chunk *out)
{
    uint8_t entry[CHUNK_ENTRY_SIZE];
    struct writer writer = writer_over(entry, sizeof(entry));
    writer_bytes(&writer, key.data, key.size);
    writer_bytes(&writer, value.data, value.size);
    struct reader reader = reader_over(writer_view(&writer));
    chunk_entry_read(&reader, out);
    return key.size == CHUNK_ID_SIZE && reader_done(&reader) == ERR_OK ? ERR_OK : ERR_DAMAGED;
}

/* ---- the tree ---- */

bool chunk_same_section(struct chunk_id a, struct chunk_id b)
{
    return a.value >> SECTION_BITS == b.value >> SECTION_BITS;
}

struct hash section_leaf(const uint8_t id[SECTION_ID_SIZE], const struct hash *root)
{
    uint8_t entry[SECTION_ID_SIZE + HASH_SIZE];
    memcpy(entry, id, SECTION_ID_SIZE);
    memcpy(entry + SECTION_ID_SIZE, root->bytes, HASH_SIZE);
    return merkle_leaf(bytes_of(entry, sizeof(entry)));
}

/* Adds the section under way, if there is one, to the upper storey. */
static void end_section(struct chunk_tree *tree)
{
    if (tree->section.size == 0)
        return;
    uint8_t id[CHUNK_ID_SIZE];
    struct writer writer = writer_over(id, sizeof(id));
    chunk_id_write(&writer, tree->last);
    struct hash root = merkle_frontier_root(&tree->section);
    struct hash leaf = section_leaf(id, &root);
    merkle_frontier_add(&tree->sections, &leaf);
    tree->section = (struct merkle_frontier){0};
}

struct hash chunk_leaf(const struct chunk *chunk)
{
    uint8_t entry[CHUNK_ENTRY_SIZE];
    struct writer writer = writer_over(entry, sizeof(entry));
    chunk_entry_write(&writer, chunk);
    return merkle_leaf(writer_view(&writer));
}

enum err chunk_tree_add(struct chunk_tree *tree, const struct chunk *chunk)
{
    if (chunk->id.value <= tree->last.value)
        return ERR_NOT_CANONICAL;
    if (!chunk_same_section(chunk->id, tree->last))
        end_section(tree);
    tree->last = chunk->id;
    struct hash leaf = chunk_leaf(chunk);
    merkle_frontier_add(&tree->section, &leaf);
    return ERR_OK;
}

struct hash chunk_tree_root(const struct chunk_tree *tree)
{
    struct chunk_tree whole = *tree;
    end_section(&whole);
    return merkle_frontier_root(&whole.sections);
}
