/*
 * compare.h: two states, row by row.
 *
 * The same blocks give the same rows: an audit applies all blocks of a log to a scratch ledger and
 * compares it with the one that stands on disk.
 */
#ifndef LEDGER_COMPARE_H
#define LEDGER_COMPARE_H

#include "ledger/ledger.h"

#define DIFFERENCE_KEY_MAX 64

/* The first row, in order of tables and keys, that is not the same in both. */
struct ledger_difference {
    const char *table; /* its name; static */
    size_t key_size;
    uint8_t key[DIFFERENCE_KEY_MAX]; /* of a table of kind FIXED: the key and the value */
    bool in_a;                       /* in both: with another value */
    bool in_b;
};

/* Compares both as committed. ERR_OK when every row of every table is the same; ERR_DIVERGED with
 * `out` filled; the errors of the store. Reads everything: about a second for each 10 million
 * rows. */
enum err ledger_compare(struct ledger *a, struct ledger *b,
                        struct ledger_difference *out) must_check;

#endif
