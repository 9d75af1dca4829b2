/*
 * act.h: an authentic statement on its way into the state.
 *
 * Each form of operation has two functions: `check` says what is wrong with the statement and
 * changes nothing; `change` carries out what check found right and says how much it changed.
 * Admission runs the first, apply both, so there is one set of rules. Inside ledger/ only.
 */
#ifndef LEDGER_ACT_H
#define LEDGER_ACT_H

#include "ledger/rows.h"
#include "ledger/state.h"

struct act {
    const struct statement *statement;
    const struct operation_row *operation;
    const struct hash *id;
    struct organisation signer;
    /* Not read by checks: */
    uint64_t height;  /* of its block */
    uint64_t time_ms; /* of its block */
    uint64_t index;   /* of the transaction in the ledger */
};

typedef enum err act_check(struct state *state, const struct act *act);
typedef uint32_t act_change(struct state *state, const struct act *act);

#endif
