/*
 * judge.h: what the operator's policy makes of a claim: its entry of a list.
 *
 * Remembers what it looked up: claims of one organisation, kind and reason are judged alike, and
 * neighbouring claims come from few transactions. Belongs to the thread of its view.
 */
#ifndef LISTS_JUDGE_H
#define LISTS_JUDGE_H

#include "ledger/standing.h"
#include "lists/entry.h"

struct judge;

/* `view` stays open and at its height for as long as the judge. ERR_MEMORY. */
enum err judge_open(struct view *view, struct judge **out) must_check;
void judge_close(struct judge *judge); /* NULL is allowed */

/* The errors of the store. */
enum err judge_claim(struct judge *judge, const struct standing *claim,
                     struct entry *out) must_check;

#endif
