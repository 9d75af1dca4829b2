/*
 * change.h: what a block changed of that which a network is answered from.
 *
 * Told as the rows are written, in order; it counts once the batch is committed (ledger.h).
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

/* Who hears of a batch, on the thread that applies. Members that are NULL hear nothing. */
struct ledger_watch {
    ledger_change *change;
    /* The batch is committed, and views see it; nobody else was told yet. */
    void (*commit)(void *context, const struct ledger_position *position);
    /* The batch is gone, with all its changes. */
    void (*drop)(void *context);
    void *context;
};

/* Not while a batch is open. NULL: nobody hears any more. */
void ledger_set_watch(struct ledger *ledger, const struct ledger_watch *watch);

#endif
