#include "node/verifier.h"

#include "proto/invariant.h"

#include <stdlib.h>

struct job {
    uv_work_t work;
    struct verifier *verifier;
    struct verifier_asker asker;
    struct tx_ref *tx;
    struct public_key key;
    enum err err;
};

static void verify(uv_work_t *work)
{
    struct job *job = work->data;
    job->err = verified_check(job->verifier->verified, &job->tx->tx, &job->key);
}

static void verify_done(uv_work_t *work, int status)
{
    struct job *job = work->data;
    struct verifier *verifier = job->verifier;
    invariant(status == 0); /* nothing is cancelled */
    verifier->count--;
    verifier->bytes -= job->tx->tx.encoded.size;
    verifier->done(verifier->context, &job->asker, job->tx, job->err);
    tx_ref_drop(job->tx);
    free(job);
}

enum err verifier_start(struct verifier *verifier, struct tx_ref *tx, const struct public_key *key,
                        const struct verifier_asker *asker)
{
    size_t size = tx->tx.encoded.size;
    if (verifier->count >= VERIFIER_JOBS_MAX || verifier->bytes_max - verifier->bytes < size)
        return ERR_BUSY;
    struct job *job = malloc(sizeof *job);
    if (job == NULL)
        return ERR_BUSY;
    *job = (struct job){
        .verifier = verifier,
        .asker = *asker,
        .tx = tx_ref_hold(tx),
        .key = *key,
    };
    job->work.data = job;
    verifier->count++;
    verifier->bytes += size;
    invariant(uv_queue_work(verifier->loop, &job->work, verify, verify_done) == 0);
    return ERR_OK;
}
