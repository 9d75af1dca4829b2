/*
 * organisations.h: who may speak: organisations by number and by name. Inside ledger/ only.
 */
#ifndef LEDGER_ORGANISATIONS_H
#define LEDGER_ORGANISATIONS_H

#include "ledger/rows.h"
#include "ledger/state.h"

/* Writes the organisations and keys of the genesis: numbers from 1, keys in force from height 0. */
void organisations_found(struct state *state, const struct genesis *genesis);

/* True when it is there. False also after an error: ask state->txn.err. */
bool organisation_get(struct state *state, uint16_t number, struct organisation *out);
bool organisation_named(struct state *state, const struct name *name, struct organisation *out);

/* What is told of it when it is made or changed. */
struct change organisation_change(const struct organisation *organisation);

/* Makes or changes the organisation of that number. */
void organisation_put(struct state *state, const struct organisation *organisation);
/* Writes down where each one's name stands, as organisation_put() does. */
void organisations_index(struct state *state);

/* Organisations so far: the last one's number. */
uint64_t organisation_count(struct state *state);

static inline bool organisation_is_regulator(const struct organisation *organisation)
{
    return (organisation->roles & ROLE_REGULATOR) != 0;
}

#endif
