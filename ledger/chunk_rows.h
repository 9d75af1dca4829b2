/*
 * chunk_rows.h: the rows of a chunk as bytes: what its hash is over, and what one node gives
 * another.
 *
 *    0  chunk       5   number of the table 1, range 4
 *    5  keys            one after the other, ascending as bytes
 *
 * Each key:
 *
 *    0  key size    2   1 or more
 *    2  value size  2   of a FIXED table 1 or more
 *    4  values      4   how many the key has: 1 or more; of a table that is not FIXED 1
 *    8  key
 *       values          all of the same size, ascending as bytes
 *
 * Nothing follows the last key, and there is one at least. So a chunk has one encoding.
 */
#ifndef LEDGER_CHUNK_ROWS_H
#define LEDGER_CHUNK_ROWS_H

#include "ledger/chunk.h"
#include "ledger/state.h"

/* Takes the next bytes: a few thousand at once. */
typedef void chunk_take(void *context, struct bytes piece);

/* Gives the bytes of a chunk, piece by piece, to `take`, and sets `out`; of a chunk without rows
 * only its id. Inside ledger/ only. Errors stick in state->txn. */
void chunk_rows_write(struct state *state, struct chunk_id id, chunk_take *take, void *context,
                      struct chunk *out);

/* Walks the rows of a chunk. The first error sticks in reader.err. */
struct chunk_walk {
    struct reader reader;
    struct chunk_id id;
    const struct table_cut *cut;
    struct bytes key;
    struct bytes value; /* the last; empty before the first of its key */
    uint16_t value_size;
    uint32_t values; /* left of the key */
    uint64_t rows;   /* so far */
};

struct chunk_walk chunk_walk(struct bytes bytes);
/* False at the end, and after an error: ERR_TRUNCATED, ERR_OUT_OF_RANGE (a field, or a key of
 * another chunk), ERR_NOT_CANONICAL (not in order). Key and value are views into the bytes. */
bool chunk_walk_next(struct chunk_walk *walk, struct bytes *key, struct bytes *value);

/* Parses a chunk to its end, and says what it is. The errors of chunk_walk_next(). */
enum err chunk_rows_parse(struct bytes bytes, struct chunk *out) must_check;

/* ERR_OK when these are the bytes of that chunk, as it stands in a list that is believed; else
 * ERR_DAMAGED. */
enum err chunk_rows_check(struct bytes bytes, const struct chunk *chunk) must_check;

#endif
