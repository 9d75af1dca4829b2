/*
 * rows.h: many numbers: eight bytes each, sorted in place.
 */
#ifndef CLI_ROWS_H
#define CLI_ROWS_H

#include "proto/hash.h"

struct rows {
    uint64_t *data;
    size_t count;
    size_t capacity;
};

void rows_add(struct rows *rows, uint64_t row);
void rows_sort(struct rows *rows);
void rows_close(struct rows *rows);

/* SHA-256 over all rows, big-endian. */
struct hash rows_hash(const struct rows *rows);

#endif
