/*
 * marks.h: the chunks whose rows have been written since the last checkpoint.
 *
 * They stand in the table `dirty`, in the same LMDB transaction as the rows: a node that stops
 * between two checkpoints knows them again. What is remembered here only saves writing the same
 * mark twice in one transaction. Inside ledger/ only.
 */
#ifndef LEDGER_MARKS_H
#define LEDGER_MARKS_H

#include "ledger/chunk.h"
#include "ledger/state.h"

/* A mark that is forgotten because another one took its place is written again. */
#define MARKS_BITS 12

struct marks {
    struct chunk_id known[1 << MARKS_BITS];
};

/* Forgets what was known: at the beginning of each transaction, and when marks are taken away. */
void marks_forget(struct marks *marks);

/* Writes down that the chunk of this row changes. */
void marks_add(struct state *state, const struct table *table, struct bytes key);

#endif
