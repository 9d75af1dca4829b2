/*
 * decide.h: the one decision: state, policy and question in, verdict out.
 *
 * A pure function, the same for every interface, for lists and for tools without a node. It looks
 * at, in this order:
 *
 *   golden     the operator's golden list: white, whatever else is known
 *   pair       this subscriber may use this device: white, instead of anything worse
 *   stale      the node has not heard of the others for too long: the set verdict, if there is one,
 *              instead of what follows
 *   device     the claims on the device, and
 *   range      on ranges around it and on its TAC, each as the policy honours it
 *   test-tac   what a TAC of a test body means
 *   tac-unknown  what a TAC that nobody allocated means, after the delay of its reporting body
 *   unregistered  what it means that nobody registered the device
 *
 * Of the last five the worst verdict is the answer (white, unknown, grey, black), and the first
 * that says it is the rule that decided; when none says anything it is white, by default.
 */
#ifndef EIR_DECIDE_H
#define EIR_DECIDE_H

#include "eir/decision.h"
#include "eir/found.h"
#include "eir/policy.h"
#include "eir/question.h"
#include "proto/client.h"

/* What a decision depends on beside policy and question. */
struct circumstances {
    const struct found *found;
    bool has_pair;     /* this node's pairs have the question's IMEI and IMSI */
    uint32_t tac_days; /* how long ago the TAC was first asked for; of no matter once allocated */
    uint64_t age_ms;   /* of the state; AGE_UNKNOWN: older than anything */
};

/* `grounds` may be NULL. */
void decide(const struct policy *policy, const struct question *question,
            const struct circumstances *circumstances, struct decision *out,
            struct grounds *grounds);

/* What the claims alone amount to, with no question: for lists. BLACK, GREY, or WHITE. */
enum verdict decide_claims(const struct policy *policy, const struct found *found);

#endif
