/*
 * checkpoints.h: what the state was at the last checkpoint, and what it is at the next.
 *
 * The tables `chunks` and `sections` hold the hashes of the last checkpoint, `dirty` names the
 * chunks that have been written since: only these are read again. Inside ledger/ only.
 */
#ifndef LEDGER_CHECKPOINTS_H
#define LEDGER_CHECKPOINTS_H

#include "ledger/chunk.h"
#include "ledger/state.h"
#include "proto/checkpoint.h"

/* The last checkpoint. ERR_DAMAGED, the errors of the store. */
enum err checkpoint_last(struct state *state, struct checkpoint *out) must_check;

/* ERR_CHECKPOINT unless the entry of a checkpoint block is the last checkpoint, byte for byte. */
enum err checkpoint_check(struct state *state, struct bytes entry) must_check;

/* Makes the checkpoint of the state as it is now, whose position has been set, and keeps it as the
 * last. Costs a read of every dirty chunk. The errors of the store. */
enum err checkpoint_make(struct state *state, const struct ledger_position *position,
                         struct checkpoint *out) must_check;

/* The root over what `chunks` and `sections` hold. */
struct hash checkpoint_root(struct state *state);

/* Writes the row of a chunk, or takes it away when the chunk has no rows. */
void chunk_put(struct state *state, const struct chunk *chunk);
/* Computes the section of that chunk again from `chunks`. */
void section_put(struct state *state, struct chunk_id id);

/* Keeps it as the last checkpoint. */
void checkpoint_keep(struct state *state, const struct checkpoint *checkpoint);

#endif
