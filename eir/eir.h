/*
 * eir.h: the one place that every interface asks.
 *
 * A node has one eir. Each thread that asks has a desk of its own, opened and closed on that
 * thread: no lock is taken between them. An answer is of the state as it was committed last.
 */
#ifndef EIR_EIR_H
#define EIR_EIR_H

#include "eir/decision.h"
#include "eir/metrics.h"
#include "eir/question.h"
#include "ledger/ledger.h"

struct eir;
struct eir_desk;

struct eir_options {
    struct ledger *ledger;    /* open for as long as the eir */
    uint64_t (*now_ns)(void); /* a monotonic clock, to time answers by; NULL: they are not timed */
};

enum err eir_open(const struct eir_options *options, struct eir **out) must_check;
/* All desks are closed before. NULL is allowed. */
void eir_close(struct eir *eir);

enum err eir_desk_open(struct eir *eir, enum face face, struct eir_desk **out) must_check;
void eir_desk_close(struct eir_desk *desk); /* NULL is allowed */

/* False, with RULE_FAILED, when the state could not be read: the interface says that it is unable,
 * and gives no verdict. */
bool eir_ask(struct eir_desk *desk, const struct question *question,
             struct decision *out) must_check;

/* The desk's own counts: its front end says there what it has refused, and its connections. */
struct metrics_shard *eir_desk_metrics(struct eir_desk *desk);

/* What all desks have counted; any thread. */
void eir_sum(struct eir *eir, struct metrics_sum out[FACE_COUNT]);

#endif
