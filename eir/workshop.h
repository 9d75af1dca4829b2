/*
 * workshop.h: where the writer makes what readers will see: its memory, its classes, and rows in
 * the making.
 *
 * A row is a claim: the place that it is about (note_place()), shifted by CLASS_BITS, and its
 * class.
 */
#ifndef EIR_WORKSHOP_H
#define EIR_WORKSHOP_H

#include "eir/classes.h"
#include "eir/note.h"

#define CLASS_BITS 12
_Static_assert(CLASS_BEYOND < 1 << CLASS_BITS, "a class fits its bits");

static inline uint16_t row_class(uint64_t row)
{
    return row & ((1 << CLASS_BITS) - 1);
}

static inline uint64_t row_place(uint64_t row)
{
    return row >> CLASS_BITS;
}

/* Ascending, each once. */
struct claim_rows {
    uint64_t *list;
    size_t count;
    size_t capacity;
};

struct workshop {
    struct heap heap;
    struct classes classes;
    struct claim_rows before;
    struct claim_rows after;
    /* The classes of one place in hand, in any order. CLASS_BEYOND stands for any number of claims,
     * and stays: which of them are left only the ledger knows. */
    size_t hand_count;
    uint16_t hand[CLASSES_MAX + 1];
};

void workshop_close(struct workshop *workshop);

/* Room for so many rows more. ERR_MEMORY. */
enum err rows_reserve(struct claim_rows *rows, size_t more) must_check;

/* Puts behind `after` what `before` is with these changes: in order, of one kind. ERR_MEMORY;
 * ERR_DAMAGED when they do not fit what is there: a claim is lifted that does not stand, or is of
 * an organisation that nobody told of. */
enum err workshop_merge(struct workshop *workshop, const struct note *notes,
                        size_t count) must_check;

#endif
