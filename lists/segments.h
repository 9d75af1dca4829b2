/*
 * segments.h: the ranges of one TAC as a list tells them: without overlap, in order, each with the
 * entry of a device in it that has no claim of its own. Golden devices are in none.
 *
 * Neighbours differ, and nothing is told of serials on no list: so a state has one such form, and
 * two states can be compared by it.
 */
#ifndef LISTS_SEGMENTS_H
#define LISTS_SEGMENTS_H

#include "lists/judge.h"

struct segment {
    uint32_t from; /* serials, both included */
    uint32_t to;
    struct entry entry;
};

struct segments {
    struct segment *list;
    size_t count;
    size_t capacity;
};

/* Those of a TAC at that place. ERR_MEMORY, the errors of the walk. `out` is closed by the caller
 * in any case. */
enum err segments_make(struct judge *judge, struct view *view, uint32_t tac, uint64_t place,
                       struct segments *out) must_check;
void segments_close(struct segments *segments);

#endif
