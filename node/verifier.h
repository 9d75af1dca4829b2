/*
 * verifier.h: signatures are verified on libuv's thread pool, one that is alone on the loop itself;
 * who asked is told on the loop.
 *
 * What comes between two looks of the loop is divided evenly among the pool's threads, in lots: to
 * wake a thread, and the loop again, costs as much as a part of a signature.
 *
 * Belongs to the loop's thread. What is under way is bounded in number and in bytes.
 */
#ifndef NODE_VERIFIER_H
#define NODE_VERIFIER_H

#include "node/tx_ref.h"
#include "node/verified.h"

#include <uv.h>

#define VERIFIER_JOBS_MAX 4096

struct call;

/* For whom a transaction is verified: a client's call, or a peer. */
struct verifier_asker {
    struct call *call; /* NULL: the peer's */
    uint32_t peer;
};

/* On the loop's thread. `tx` is held until this returns. */
typedef void verifier_done(void *context, const struct verifier_asker *asker, struct tx_ref *tx,
                           enum err err);

struct verifier_job;

struct verifier {
    uv_loop_t *loop;
    struct verified *verified;
    verifier_done *done;
    void *context;
    size_t bytes_max;
    size_t bytes; /* under way */
    size_t count;
    size_t waiting; /* of these, for a thread */
    size_t lots;    /* that threads have */
    struct verifier_job *first;
    struct verifier_job *last;
};

/* Takes a count of the transaction; `done` will be called some time after verifier_go(). ERR_BUSY:
 * it will not. */
enum err verifier_start(struct verifier *verifier, struct tx_ref *tx, const struct public_key *key,
                        const struct verifier_asker *asker) must_check;

/* Before the loop sleeps; may call `done`. */
void verifier_go(struct verifier *verifier);

#endif
