/*
 * chunks.h: the chunks of a state that stands at a checkpoint: what it gives to a node that takes
 * the state from others (ledger/loader.h) instead of applying all blocks.
 *
 * It is a snapshot: it does not change while later blocks are applied, and keeps the pages that it
 * needs from being used again for as long as it is open. It belongs to one thread.
 */
#ifndef LEDGER_CHUNKS_H
#define LEDGER_CHUNKS_H

#include "ledger/chunk.h"
#include "ledger/ledger.h"

struct chunks;

/* ERR_NOT_FOUND unless the last block that is committed to the state is a checkpoint, or it is that
 * of the genesis: of any other height the hashes are not known. The errors of the store. */
enum err chunks_open(struct ledger *ledger, struct chunks **out) must_check;
void chunks_close(struct chunks *chunks); /* NULL is allowed */

/* What it is the state of. */
struct checkpoint chunks_checkpoint(const struct chunks *chunks);

/* The first chunk with a larger id than `after`; after the last ERR_NOT_FOUND. From {0} on these
 * are all, and their root (struct chunk_tree) is the checkpoint's. */
enum err chunks_next(struct chunks *chunks, struct chunk_id after, struct chunk *out) must_check;

/* Writes the chunk's bytes, chunk->size of them, to `buffer`. ERR_TOO_LARGE when they do not fit;
 * ERR_DAMAGED when the rows are no longer those of its hash. */
enum err chunks_read(struct chunks *chunks, const struct chunk *chunk, uint8_t *buffer,
                     size_t capacity) must_check;

#endif
