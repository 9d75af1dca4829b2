/*
 * chunk.h: the state in pieces, each with a hash, and the one hash over all of them.
 *
 * A chunk is all rows of a table whose keys lie in a fixed range (STATE_TABLES in ledger/state.h):
 * which chunk a row is in depends on its key alone, so every node cuts alike. The hash of a chunk
 * is SHA-256 of its bytes (ledger/chunk_rows.h). A chunk without rows is none.
 *
 * The state root is a tree of two storeys: 256 neighbouring ranges of a table are a section, whose
 * hash is the RFC 6962 root over the entries of its chunks; the state root is the RFC 6962 root
 * over the sections. docs/internals/storage.md has the bytes.
 */
#ifndef LEDGER_CHUNK_H
#define LEDGER_CHUNK_H

#include "proto/hash.h"
#include "proto/merkle.h"
#include "proto/reader.h"
#include "proto/writer.h"

/* The number of a table, 1 byte, and of a range in it, 4 bytes: chunks are in the order of their
 * ids, and rows in the order of their chunks. 0: none. */
struct chunk_id {
    uint64_t value;
};

struct chunk {
    struct chunk_id id;
    struct hash hash;
    uint64_t rows;
    uint64_t size; /* of its bytes */
};

#define CHUNK_ID_SIZE    5
#define CHUNK_VALUE_SIZE (HASH_SIZE + 8 + 8)
/* An entry is what a list of chunks holds of one: its id, hash, rows, size. */
#define CHUNK_ENTRY_SIZE (CHUNK_ID_SIZE + CHUNK_VALUE_SIZE)
/* What the chunks of one section have in common: the beginning of their ids. */
#define SECTION_ID_SIZE (CHUNK_ID_SIZE - 1)

/* Integers are big-endian. What is read may be ERR_OUT_OF_RANGE: a number that no table has, a
 * range that no key of it is in, a chunk without rows; it sticks in the reader. */
void chunk_id_write(struct writer *writer, struct chunk_id id);
struct chunk_id chunk_id_read(struct reader *reader);
void chunk_entry_write(struct writer *writer, const struct chunk *chunk);
void chunk_entry_read(struct reader *reader, struct chunk *out);

/* A row of the table `chunks`: ERR_DAMAGED. */
enum err chunk_row_read(struct bytes key, struct bytes value, struct chunk *out) must_check;

/* The root over a list of chunks, which is as long as it likes: add them in order, ask at the end.
 * A node that is given a list from outside so learns whether it is that of a checkpoint. */
struct chunk_tree {
    struct chunk_id last;
    struct merkle_frontier section; /* the one under way */
    struct merkle_frontier sections;
};

/* Start with a zeroed one. ERR_NOT_CANONICAL unless its id is larger than the last. */
enum err chunk_tree_add(struct chunk_tree *tree, const struct chunk *chunk) must_check;
struct hash chunk_tree_root(const struct chunk_tree *tree);

/* Whether the two lie in one section. */
bool chunk_same_section(struct chunk_id a, struct chunk_id b);

/* The leaves of the two storeys. */
struct hash chunk_leaf(const struct chunk *chunk);
struct hash section_leaf(const uint8_t id[SECTION_ID_SIZE], const struct hash *root);

/* ---- inside ledger/ ---- */

struct table_cut {
    const char *name;
    size_t place; /* in STATE_TABLES */
    bool is_fixed;
    uint8_t number; /* 0: its rows are in no chunk */
    uint8_t lead;
    uint8_t shift;
};

/* How the table at that place is cut. */
const struct table_cut *table_cut(size_t place);
/* The table of a chunk. NULL when there is none with that number. */
const struct table_cut *chunk_cut(struct chunk_id id);

/* The chunk of a row; 0 when the table's rows are in none, or the key is shorter than its lead. */
struct chunk_id chunk_of(const struct table_cut *cut, struct bytes key);

/* The smallest key of a chunk: a place to seek. `out` has room for CHUNK_LEAD_MAX; returns its
 * size. */
#define CHUNK_LEAD_MAX 5
size_t chunk_first_key(struct chunk_id id, uint8_t out[CHUNK_LEAD_MAX]);

#endif
