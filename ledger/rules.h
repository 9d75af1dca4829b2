/*
 * rules.h: what makes a transaction count, decided from the state and the transaction alone.
 *
 * docs/internals/rules.md has the rules in the order in which they are tried. Admission and apply
 * both come through here. Inside ledger/ only.
 */
#ifndef LEDGER_RULES_H
#define LEDGER_RULES_H

#include "ledger/act.h"

/* The place in the ledger at which transactions are judged. */
struct rules {
    struct state *state;
    uint64_t height; /* not read by judgement: nothing depends on it */
    uint64_t time_ms;
    ledger_verify *verify; /* NULL: signatures are taken for granted */
    void *verify_context;
};

struct ruling {
    enum err err;               /* ERR_OK, the rule that is broken, or why nothing can be said */
    bool is_authentic;          /* known network and key, signature verified: worth remembering */
    struct organisation signer; /* when it is authentic */
};

struct ruling rules_judge(const struct rules *rules, const struct transaction *transaction);

/* Carries out what was judged ERR_OK, as the transaction at `index`; returns how many items
 * changed. */
uint32_t rules_carry_out(const struct rules *rules, const struct transaction *transaction,
                         const struct organisation *signer, uint64_t index);

#endif
