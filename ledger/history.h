/*
 * history.h: what happened to a device: its claims that stand, and the events of those that do not.
 *
 * A claim's row names the transaction that raised it. When it is lifted the row goes, and two
 * events take its place: the raise and the lift. So a claim that stands has one row and not two.
 * Inside ledger/ only.
 */
#ifndef LEDGER_HISTORY_H
#define LEDGER_HISTORY_H

#include "ledger/rows.h"
#include "ledger/state.h"

/* Adds an event: a transaction raised or lifted that claim. */
void event_add(struct state *state, const struct trace *event);

/* The first traces of a walk in order of their rank: as many as `capacity`, and whether there are
 * more. */
struct traces {
    size_t capacity;
    size_t count;
    bool more;
    struct ranked {
        uint64_t rank;
        struct trace trace;
    } list[HISTORY_ROWS_MAX];
};

/* Claims that stand on the device or on a range around it; by kind, then by transaction: what
 * weighs most is never what is left out. The cost is that of the claims on the device, and for each
 * width of range that its TAC has, a seek and the ranges around the device and around one serial
 * below it (docs/internals/storage.md). */
void history_standing(struct state *state, struct imei imei, struct traces *out);

/* The same claims, every one of them, in no order. `visit` may read the state. */
typedef void trace_visit(void *context, const struct trace *trace);
void history_standing_all(struct state *state, struct imei imei, trace_visit *visit, void *context);

/* Transactions that changed the device, by index, from `first` on. The cost is that of
 * history_standing(), a seek, a row for each event on the device that is told, and all events on
 * ranges around it. */
void history_changes(struct state *state, struct imei imei, uint64_t first, struct traces *out);

#endif
