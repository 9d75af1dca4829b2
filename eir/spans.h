/*
 * spans.h: claims on ranges of one TAC, as intervals.
 *
 * Made once and never changed: whoever has one can read it.
 */
#ifndef EIR_SPANS_H
#define EIR_SPANS_H

#include "eir/workshop.h"

/* Ranges have a width of 1 to so many bits (note_width()). */
#define SPANS_WIDTH_MAX 20

struct spans {
    uint32_t count;
    uint32_t starts[SPANS_WIDTH_MAX + 2]; /* rows of width w are starts[w] to starts[w + 1] */
    uint64_t rows[];
};

/* A set of classes. */
struct class_set {
    uint64_t words[(CLASS_BEYOND + 64) / 64];
};

/* Adds the classes of those around a serial. The cost is that of a search for each width, and of
 * the ranges around this serial and around one below it. */
void spans_find(const struct spans *spans, uint32_t serial, struct class_set *set);

/* Makes of `before`, which may be NULL, what it is after these changes of ranges: NULL when none is
 * left. ERR_MEMORY, ERR_DAMAGED as workshop_merge(). */
enum err spans_change(const struct spans *before, const struct note *notes, size_t count,
                      struct workshop *workshop, struct spans **out) must_check;

#endif
