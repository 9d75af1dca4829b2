/*
 * golden.h: the operator's golden list: devices that are never refused.
 *
 * A text file, one entry a line: an IMEI of 14, 15 (the check digit is held) or 16 digits, a TAC of
 * eight, or a range FROM-TO of two IMEIs, both included. Blank lines, and what follows a `#`, are
 * skipped.
 */
#ifndef EIR_GOLDEN_H
#define EIR_GOLDEN_H

#include "conf/document.h"
#include "proto/items.h"

#define GOLDEN_LINES_MAX 1000000
#define GOLDEN_SIZE_MAX  (64 * 1024 * 1024)

struct golden;

/* ERR_CONFIG with `complaint` and its line; ERR_MEMORY. */
enum err golden_parse(struct bytes text, struct golden **out,
                      struct complaint *complaint) must_check;
void golden_free(struct golden *golden); /* NULL is allowed */

/* NULL: an empty list. */
bool golden_has(const struct golden *golden, struct imei imei);
/* The first stretch of golden devices that does not end before `from`; false when there is none.
 * NULL: an empty list. */
bool golden_next(const struct golden *golden, struct imei from, struct item *out);
/* Entries, after those that touch each other were made one. */
size_t golden_count(const struct golden *golden);

#endif
