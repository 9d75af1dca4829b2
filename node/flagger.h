/*
 * flagger.h: says on the ledger that devices are suspected duplicates, under a key of the
 * operator's organisation.
 *
 * One DUPLICATE statement for a device, ever: where the organisation has said so before, be it that
 * the claim was lifted since, nothing is signed. A person's decision stands. It goes the way of any
 * client's statement, one at a time, at most so many a day.
 *
 * Devices wait in a list of fixed size; who adds them is told when there is room for those that did
 * not fit. Belongs to one thread, but for what says otherwise.
 */
#ifndef NODE_FLAGGER_H
#define NODE_FLAGGER_H

#include "ledger/ledger.h"
#include "node/clerk.h"
#include "proto/sign.h"

#define FLAGGER_WAITING_MAX 4096

/* How long after the last time all suspected devices are gone through again. */
#define FLAGGER_AGAIN_MS (UINT64_C(3600) * 1000)

/* After a statement that was not taken now, or a ledger that could not be read. */
#define FLAGGER_RETRY_MS 10000

struct flagger;

struct flagger_options {
    struct ledger *ledger;
    struct clerk *clerk; /* open for as long as the flagger */
    struct hash network;
    struct secret_key secret;
    uint64_t a_day;
};

/* ERR_MEMORY, ERR_BAD_KEY. The secret is copied; the copy is wiped in the end. */
enum err flagger_open(const struct flagger_options *options, struct flagger **out) must_check;
/* The clerk is freed before: nothing is under way any more. NULL is allowed. */
void flagger_close(struct flagger *flagger);

/* The device waits; when there is no room it is not remembered. */
void flagger_add(struct flagger *flagger, struct imei imei);

/* Whether it wants to be told all suspected devices from that one on; flagger_told() says the last
 * one it was told, or NULL when there are no more. */
bool flagger_wants(const struct flagger *flagger, struct imei *from);
void flagger_told(struct flagger *flagger, const struct imei *last);

/* Goes on with what is due; does not wait. */
void flagger_tend(struct flagger *flagger);

/* Devices of which the ledger has taken its word, since the start. */
uint64_t flagger_flagged(const struct flagger *flagger);

#endif
