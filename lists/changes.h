/*
 * changes.h: how the lists of one TAC differ between two places of the ledger.
 *
 * A full list is what has changed since nothing. Devices come in ascending order, each at most
 * once, then the ranges. Memory is that of the TAC's ranges.
 */
#ifndef LISTS_CHANGES_H
#define LISTS_CHANGES_H

#include "lists/segments.h"

/* The place before anything was said: nothing is on a list. */
#define PLACE_NOTHING 0

/* Serials, both included. */
struct stretch {
    uint32_t from;
    uint32_t to;
};

/* A device or a range, and what the lists said and say of it: not the same. */
struct list_change {
    bool is_range; /* what is left of one between others may be a single serial */
    struct item item;
    struct entry before;
    struct entry after;
};

typedef enum err change_tell(void *context, const struct list_change *change);

struct change_question {
    struct view *view;
    struct judge *judge;
    uint64_t before; /* the two places */
    uint64_t after;
    bool expand; /* ranges as the devices in them, and none as ranges */
    /* Also the ranges of the TAC; else they are the same at both places. */
    bool has_ranges;
    /* expand: devices without a claim of their own that may be looked at for the sake of a range;
     * is counted down. ERR_TOO_MANY beyond. */
    uint64_t expand_left;
    uint64_t claims; /* is counted up: claims on devices that were looked at */
    change_tell *tell;
    void *context;
};

/* Tells what differs on the devices of these stretches, which are in order and apart, and on the
 * TAC's ranges. Errors of `tell`, of the store, ERR_MEMORY, ERR_TOO_MANY. */
enum err changes_of_tac(struct change_question *question, uint32_t tac,
                        const struct stretch *stretches, size_t count) must_check;

#endif
