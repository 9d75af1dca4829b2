/*
 * change.h: what a block changed of that which a network is answered from.
 *
 * Told on the applying thread as the rows are written, in order; it counts once the batch is
 * committed (ledger.h).
 */
#ifndef LEDGER_CHANGE_H
#define LEDGER_CHANGE_H

#include "ledger/ledger.h"
#include "proto/operation.h"
#include "proto/reason.h"
#include "proto/statement.h"

enum change_kind {
    CHANGE_RAISED,       /* a claim */
    CHANGE_LIFTED,       /* a claim: that of (item, organisation, claim), whatever its reason */
    CHANGE_TAC,          /* a TAC is allocated, or allocated anew with other texts */
    CHANGE_ORGANISATION, /* an organisation is new, or has another country or other roles */
};

struct change {
    enum change_kind kind;
    struct item item;       /* RAISED, LIFTED: a device, or a range of one TAC */
    uint16_t organisation;  /* RAISED, LIFTED: whose claim; ORGANISATION: its number */
    enum claim_kind claim;  /* RAISED, LIFTED */
    enum reason reason;     /* RAISED */
    uint32_t tac;           /* TAC */
    uint64_t time_ms;       /* TAC: of the block */
    struct country country; /* ORGANISATION */
    unsigned roles;         /* ORGANISATION */
    struct name name;       /* ORGANISATION */
};

typedef void ledger_change(void *context, const struct change *change);

/* From now on `tell` hears of each change; NULL: nobody. Before the first ledger_begin(). */
void ledger_watch(struct ledger *ledger, ledger_change *tell, void *context);

#endif
