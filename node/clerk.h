/*
 * clerk.h: answers clients' questions from the local state on a thread of its own, and passes to
 * the loop what the loop must see to.
 *
 * A question under way is a `struct call`, by whichever way it came: the clients' socket
 * (server.h), a front end (asked.h). The way owns the call and its bytes; it hands both to
 * clerk_take() and gets them back with the answer.
 */
#ifndef NODE_CLERK_H
#define NODE_CLERK_H

#include "consensus/disk.h"
#include "eir/eir.h"
#include "ledger/ledger.h"
#include "node/facts.h"
#include "node/queue.h"
#include "node/tx_ref.h"

/* Calls of all ways that may wait for the loop (submissions, fresh answers); more are told BUSY.
 * A way takes more than that at once: so whoever waits for a commit that does not come keeps nobody
 * from looking up. */
#define CLERK_WAITING_MAX 768

struct clerk;
struct call;
struct sighter;

struct call_way {
    enum face face; /* among whose questions it is counted */
    /* The bytes of the request are of no use any more: at most once, before `answer`. */
    void (*forget)(struct call *call);
    /* Once for each call, on any thread, when the clerk has done with it. `response` is gone when
     * this returns. The bytes of the request are forgotten by then, or are here. */
    void (*answer)(struct call *call, struct bytes response);
    /* Whether who asks is on this machine; NULL: that is not known. On the clerk's thread. */
    bool (*is_local)(const struct call *call);
};

struct call {
    struct queue_item item; /* while it waits for the clerk's thread */
    const struct call_way *way;
    struct bytes request; /* set by the way; empty once it is forgotten */
    /* The clerk's: */
    struct clerk *clerk;
    bool is_with_loop;   /* counted among those that wait */
    bool is_fresh;       /* the loop has seen to it that its answer misses nothing */
    bool waits;          /* SUBMIT: for the outcome */
    uint32_t timeout_ms; /* of such a SUBMIT, or of a question that must miss nothing */
};

struct clerk_options {
    struct ledger *ledger;
    struct disk *disk;
    struct facts *facts;
    struct eir *eir;         /* open for as long as the clerk */
    struct sighter *sighter; /* NULL: sightings are not kept */
    struct queue *mail;      /* MAIL_SUBMIT, MAIL_ASK and MAIL_READ go there */
};

enum err clerk_open(const struct clerk_options *options, struct clerk **out) must_check;
/* Answers what has come, and all that comes later with SHUTTING_DOWN; joins its thread. Calls that
 * the loop has may still be answered until clerk_free(). */
void clerk_close(struct clerk *clerk); /* NULL is allowed */
void clerk_free(struct clerk *clerk);  /* NULL is allowed */

/* A request has come in, with `way` and `request` set: it is answered sooner or later, perhaps
 * before this returns. Any thread. */
void clerk_take(struct clerk *clerk, struct call *call);

/* The same for what request_is_submission(): it goes to the loop on the caller's thread, and its
 * bytes need not outlive this. `parsed` is the caller's, to be used meanwhile. */
void clerk_submit(struct clerk *clerk, struct call *call, struct request *parsed);

/* The way has no room for it: answers with the error. Any thread. */
void clerk_refuse(struct clerk *clerk, struct call *call, enum err err);

/* ---- for the loop ---- */

/* Answers a SUBMIT or TRANSACTION request; the call is gone afterwards. `err` other than ERR_OK
 * answers without a body. */
void clerk_answer_tx(struct call *call, enum err err, const struct tx_answer *tx);

/* The loop has done what a question that must miss nothing waited for: with ERR_OK it is answered
 * from the ledger as it is from now on, else with the error. The call is gone afterwards. */
void clerk_answer_read(struct call *call, enum err err);

#endif
