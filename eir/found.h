/*
 * found.h: what the ledger has on a device, as the decision needs it and no more.
 *
 * Who said it, in words for people, is in the ledger's own answer (ledger/view.h): a decision is
 * made thousands of times for each time that somebody asks why.
 */
#ifndef EIR_FOUND_H
#define EIR_FOUND_H

#include "proto/genesis.h"
#include "proto/operation.h"
#include "proto/reason.h"

/*
 * What claims can have in common: all that a decision depends on. A network has some thousand
 * classes, however many claims. The row is immutable: when its organisation gets another country or
 * other roles, the class has another row.
 */
struct claim_class {
    enum claim_kind kind;
    enum reason reason;     /* REASON_NONE for kinds that need none */
    uint16_t organisation;  /* its number in the ledger, never another one's */
    unsigned roles;         /* of the organisation, as of now */
    struct country country; /* of the organisation, as of now */
    struct name name;       /* of the organisation, for good */
};

struct found_claim {
    const struct claim_class *class;
    bool is_range; /* it stands on a range around the device, or on its whole TAC */
};

/* Classes that an index tells apart; a device can have each as its own and by range. */
#define CLASSES_MAX 4095
#define FOUND_MAX   (2 * CLASSES_MAX)

/* Each class once as the device's own, and once by range, in no order. Of `claims` only `count` are
 * written. Large (128 KiB): on the heap, once a thread. */
struct found {
    uint64_t height;      /* nothing up to this height is missing; a later block may be seen */
    uint64_t time_ms;     /* of the block at that height, or of a later one */
    bool is_tac_known;    /* somebody allocated the TAC */
    uint64_t tac_time_ms; /* when it is: of the block of the last statement about it */
    bool is_cut;          /* there are more than could be told: only without an index */
    size_t count;
    struct found_claim claims[FOUND_MAX];
};

#endif
