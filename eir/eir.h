/*
 * eir.h: the one place that every interface asks.
 *
 * A node has one eir. Each thread that asks has a desk of its own, opened and closed on that
 * thread: no lock is taken between them. An answer is of the state as it was committed last, under
 * the policy that was set last.
 */
#ifndef EIR_EIR_H
#define EIR_EIR_H

#include "eir/decide.h"
#include "eir/first_asked.h"
#include "eir/freshness.h"
#include "eir/index.h"
#include "eir/metrics.h"
#include "eir/tray.h"
#include "ledger/view.h"

struct eir;
struct eir_desk;

struct eir_options {
    struct ledger *ledger;      /* open for as long as the eir */
    struct index_options index; /* all but its ledger; zero is right */
    uint64_t (*now_ns)(void);  /* a monotonic clock: ages, and times of answers, which are not taken
                                  when it is NULL */
    uint64_t (*wall_ms)(void); /* Unix time: the days that a TAC waits; NULL: it is always 1970 */
    struct trays *trays;       /* where sightings go, open as long; NULL: nowhere */
};

/* Reads all that stands in the ledger (index.h), while nobody applies. Answers under the default
 * policy until another one is set. */
enum err eir_open(const struct eir_options *options, struct eir **out) must_check;
/* All desks are closed before, and nobody applies any more. NULL is allowed. */
void eir_close(struct eir *eir);

/* ---- what the node says ---- */

/* From now on under this policy, which is the eir's; the one before is freed when nobody reads it
 * any more: waits for that, some microseconds. One thread at a time. */
void eir_set_policy(struct eir *eir, struct policy *policy);

/* How new the state is. One thread. Before the first time it is of unknown age. */
void eir_publish(struct eir *eir, const struct freshness *freshness);

/* When TACs were first asked for, to be kept over restarts. */
struct first_asked *eir_first_asked(struct eir *eir);

/* ---- what others may know; any thread ---- */

/* What eir_ask() looks into. */
const struct index *eir_index(const struct eir *eir);

struct freshness eir_freshness(const struct eir *eir);
/* AGE_UNKNOWN: never known to be fresh. */
uint64_t eir_age_ms(const struct eir *eir);
/* Whether its policy calls this age stale, be it that it answers as known. Of a thread with a desk
 * (any desk). */
bool eir_is_stale(const struct eir *eir);

/* ---- desks ---- */

enum err eir_desk_open(struct eir *eir, enum face face, struct eir_desk **out) must_check;
void eir_desk_close(struct eir_desk *desk); /* NULL is allowed */

/* False, with RULE_FAILED, when the state could not be read, or there is none yet: the interface
 * says that it is unable, and gives no verdict. */
bool eir_ask(struct eir_desk *desk, const struct question *question,
             struct decision *out) must_check;

/* The same of the state at which a view of the caller's stands, so that the claims that it tells
 * belong together with the decision; with its grounds, which may be NULL. */
bool eir_ask_at(struct eir_desk *desk, struct view *view, const struct question *question,
                struct decision *out, struct grounds *grounds) must_check;

/* The desk's own counts: its front end says there what it has refused, and its connections. */
struct metrics_shard *eir_desk_metrics(struct eir_desk *desk);

/* What all desks have counted; any thread. */
void eir_sum(struct eir *eir, struct metrics_sum out[FACE_COUNT]);

#endif
