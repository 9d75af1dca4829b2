/*
 * entry.h: what a list says of a device: on which list it is, since when, and why.
 *
 * Entries of several claims are merged: the worst verdict counts, with the earliest date and all
 * reasons of the claims that give it. Merging is associative and commutative, so it does not matter
 * in which order claims are met, nor whether those of a range were merged before.
 */
#ifndef LISTS_ENTRY_H
#define LISTS_ENTRY_H

#include "proto/reason.h"

enum list_name { LIST_NONE, LIST_GREY, LIST_BLACK }; /* the worse, the larger */

struct entry {
    enum list_name list;
    uint32_t day;     /* since when: days from 1970-01-01, UTC, by the ledger's time */
    uint32_t reasons; /* a bit for each row of reason_rows() */
};

/* On no list. */
#define ENTRY_NONE ((struct entry){LIST_NONE, 0, 0})

struct entry entry_of(enum list_name list, uint64_t time_ms, enum reason reason);
struct entry entry_merge(struct entry a, struct entry b);
bool entry_equal(const struct entry *a, const struct entry *b);

/* "20260921" and a terminator. */
#define ENTRY_DATE_SIZE 9
void entry_date(const struct entry *entry, char text[ENTRY_DATE_SIZE]);

/* The words of the reasons in order of their codes, joined by '|': "stolen|fraud". Empty when there
 * is none. */
#define ENTRY_REASONS_SIZE 128
void entry_reasons(const struct entry *entry, char text[ENTRY_REASONS_SIZE]);

#endif
