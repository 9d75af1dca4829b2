/*
 * tacs.h: type allocation codes: who allocated them, and for which model. Inside ledger/ only.
 */
#ifndef LEDGER_TACS_H
#define LEDGER_TACS_H

#include "ledger/act.h"

/* True when it is allocated. False also after an error: ask state->txn.err. */
bool tac_get(struct state *state, uint32_t tac, struct tac_row *out);

/* TAC_ALLOCATE. */
act_check tacs_check;
act_change tacs_change;

#endif
