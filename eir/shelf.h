/*
 * shelf.h: what stands in one TAC: its allocation, claims on devices, claims on ranges.
 *
 * Made once and never changed: whoever has one can read it. A change makes another one, which
 * shares the leaves that are the same: so a device's own claims and those on ranges around it are
 * always of one moment.
 */
#ifndef EIR_SHELF_H
#define EIR_SHELF_H

#include "eir/spans.h"

/* Rows of a leaf: 4 KiB, what a change of one device copies. A device's rows are never parted, so
 * one with more has a leaf that is larger. */
#define LEAF_ROWS_MAX 1024
/* A leaf that would be smaller takes the next one in. */
#define LEAF_ROWS_MIN 256

/* Serial and class, 20 and 12 bits, ascending. */
struct leaf {
    const uint32_t *rows;
    uint32_t count;
    uint32_t first; /* the first serial */
};

struct shelf {
    uint64_t tac_time_ms;
    bool is_tac_known;
    uint32_t leaf_count;
    const struct spans *spans; /* NULL: none */
    struct leaf leaves[];      /* ascending */
};

/* The rows of a device's own claims; `count` 0 when there are none. */
const uint32_t *shelf_find(const struct shelf *shelf, uint32_t serial, size_t *count);

/* Leaves in the making. */
struct leaves {
    struct leaf *list;
    size_t count;
    size_t capacity;
};

/* Makes of `before`, which may be NULL, what it is after these changes of one TAC, in order.
 * ERR_MEMORY, ERR_DAMAGED as workshop_merge(): then nothing is left behind. */
enum err shelf_change(const struct shelf *before, const struct note *notes, size_t count,
                      struct workshop *workshop, struct leaves *scratch,
                      struct shelf **out) must_check;

/* Nobody finds `shelf` any more: retires it, and of what it holds all that `next` does not share.
 * Both may be NULL. */
void shelf_retire(const struct shelf *shelf, const struct shelf *next, struct heap *heap);

#endif
