/*
 * classes.h: the classes of claims (found.h) by small numbers, so that a claim takes four bytes.
 *
 * A class keeps its number for as long as the table lives. One thread writes; readers look up
 * numbers between grace_enter() and grace_leave().
 */
#ifndef EIR_CLASSES_H
#define EIR_CLASSES_H

#include "eir/found.h"
#include "eir/heap.h"
#include "ledger/change.h"

#include <stdatomic.h>

/* Of a claim whose class has no number any more: the ledger knows it. */
#define CLASS_BEYOND CLASSES_MAX

#define CLASS_PLACE_BITS 13
#define CLASS_PLACES     (1 << CLASS_PLACE_BITS)

struct classes {
    _Atomic(const struct claim_class *) rows[CLASSES_MAX];
    /* The writer's: */
    uint16_t count;
    uint16_t places[CLASS_PLACES]; /* numbers + 1 by hash; 0: none */
    struct change *organisations;  /* by number */
    size_t organisation_count;
    uint16_t last; /* that was asked for: neighbours are alike */
};

void classes_close(struct classes *classes, struct heap *heap);

/* An organisation is new, or changed: its classes get other rows. ERR_MEMORY. */
enum err classes_organisation(struct classes *classes, struct heap *heap,
                              const struct change *organisation) must_check;

/* The number of a class, which may be a new one; CLASS_BEYOND when there are CLASSES_MAX of them.
 * ERR_MEMORY, ERR_DAMAGED when nobody told of the organisation. */
enum err classes_number(struct classes *classes, struct heap *heap, uint16_t organisation,
                        enum claim_kind kind, enum reason reason, uint16_t *out) must_check;

/* Below CLASS_BEYOND, of a claim that was met. */
static inline const struct claim_class *classes_row(const struct classes *classes, uint16_t number)
{
    return atomic_load_explicit(&classes->rows[number], memory_order_acquire);
}

#endif
