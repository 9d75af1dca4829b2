/*
 * records.h: what became of each transaction, and where its id and its number stand. Inside ledger/
 * only.
 */
#ifndef LEDGER_RECORDS_H
#define LEDGER_RECORDS_H

#include "ledger/rows.h"
#include "ledger/state.h"

/* The place of the transaction with that id, or of the one that has taken that number. False when
 * there is none, and after an error: ask state->txn.err. */
bool record_of_id(struct state *state, const struct hash *id, uint64_t *index);
bool record_of_number(struct state *state, const struct transaction *transaction, uint64_t *index);

/* The record at that index. ERR_DAMAGED in state->txn.err when there is none. */
bool record_get(struct state *state, uint64_t index, struct record *out);

/* Adds the record at the next index, and indexes it. */
void record_add(struct state *state, uint64_t index, const struct record *record);

/* Writes down where an authentic transaction's id and number stand, unless another one has taken
 * its number. */
void record_index(struct state *state, uint64_t index, const struct record *record);

#endif
