/*
 * progress.h: how far a long run is.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdint.h>
#include <stdio.h>

/* A line "label [########............] 42 %  1234 of 2940 rows, 617 a second, 3 s left", rewritten
 * a few times a second, and only where `file` is a terminal. The bar is shorter, and the line cut,
 * where the terminal is too narrow for it. */
struct progress {
    FILE *file; /* NULL: shows nothing */
    const char *label;
    const char *unit;
    uint64_t total;
    uint64_t started_ms;
    uint64_t shown_ms;
};

struct progress progress_begin(FILE *file, const char *label, const char *unit, uint64_t total);
void progress_show(struct progress *progress, uint64_t done);
/* Takes the line away. */
void progress_end(struct progress *progress);

#endif
