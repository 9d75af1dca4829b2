/*
 * judge.h: what the operator's policy makes of claims: their entries of a list.
 *
 * Of a policy that is what it says of claims, and the golden list. What it says of TACs that nobody
 * allocated or registered, or of a node that is stale, is no matter of lists.
 *
 * Remembers what it looked up: claims of one organisation, kind and reason are judged alike, and
 * neighbouring claims come from few transactions. Belongs to the thread of its view.
 */
#ifndef LISTS_JUDGE_H
#define LISTS_JUDGE_H

#include "eir/policy.h"
#include "ledger/standing.h"
#include "lists/entry.h"

struct judge;

/* `view` stays open and at its height for as long as the judge, and so does `policy`. ERR_MEMORY.
 */
enum err judge_open(struct view *view, const struct policy *policy, struct judge **out) must_check;
void judge_close(struct judge *judge); /* NULL is allowed */

/* The golden list of the policy. */
const struct golden *judge_golden(const struct judge *judge);

/* The errors of the store. */
enum err judge_claim(struct judge *judge, const struct standing *claim,
                     struct entry *out) must_check;

#endif
