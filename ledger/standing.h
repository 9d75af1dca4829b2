/*
 * standing.h: which claims stand, or stood at an earlier place of the ledger, device by device.
 *
 * A place is a number of transactions: what the first so many of them amount to. A device's claims
 * there are told from those that stand now and from the events of those that do not, so the cost is
 * that of the rows in the range asked about, whatever the place, and a record for each event.
 *
 * A walk reads the view it was opened on and belongs to its thread; close it before the view is
 * refreshed, rested or closed. Errors of the store stick, as in a view.
 */
#ifndef LEDGER_STANDING_H
#define LEDGER_STANDING_H

#include "ledger/view.h"

/* The place that no ledger reaches: now. */
#define PLACE_NOW UINT64_MAX

/* The place as of that height: the number of transactions in all blocks up to it. A height above
 * the view's gives the view's. */
enum err view_place(struct view *view, uint64_t height, uint64_t *place) must_check;

struct standing {
    struct item item;
    enum claim_kind kind;
    uint16_t organisation;
    uint64_t index; /* of the transaction that raised it */
};

struct standing_walk;

/* Claims on single devices, from `from` to `to`, both of one TAC, in order of the devices; those of
 * one device follow each other in an order that means nothing. ERR_MEMORY. */
enum err standing_devices(struct view *view, struct imei from, struct imei to, uint64_t place,
                          struct standing_walk **out) must_check;

/* Claims on ranges of a TAC, the same way: by width of the range, then in order of the ranges. */
enum err standing_ranges(struct view *view, uint32_t tac, uint64_t place,
                         struct standing_walk **out) must_check;

/* The next claim; false at the end and after an error. */
bool standing_next(struct standing_walk *walk, struct standing *out);

/* Says what went wrong on the way: ERR_DAMAGED, ERR_MEMORY, the errors of the store. Closes the
 * walk in any case; NULL is allowed, and ERR_OK. */
enum err standing_end(struct standing_walk *walk) must_check;

/* A page of the single devices from `from` on, on which that organisation's claim of that kind
 * stands now, of that reason (REASON_NONE: of any); ends after STANDING_ROWS_MAX devices, or
 * STANDING_LOOKED_MAX claims of whomever. */
struct standing_of {
    uint16_t organisation;
    enum claim_kind kind;
    enum reason reason;
    struct imei from;
};

enum err view_standing_of(struct view *view, const struct standing_of *question,
                          struct standing_answer *out) must_check;

/* The smallest TAC from `from` on, which may be one above the last, that has claims on devices or
 * on ranges now. ERR_NOT_FOUND. */
enum err standing_tac(struct view *view, uint32_t from, uint32_t *tac) must_check;

/* How many claims stand on devices and on ranges. */
enum err standing_count(struct view *view, uint64_t *count) must_check;

/* What the rows of the ledger say of a claim beside its own. */
struct standing_facts {
    uint64_t time_ms; /* of the block that raised it */
    enum reason reason;
};

enum err view_standing_facts(struct view *view, uint64_t index,
                             struct standing_facts *out) must_check;

#endif
