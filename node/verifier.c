#include "node/verifier.h"

#include "proto/invariant.h"

#include <stdlib.h>

/* Lots under way at once: libuv's pool has as many threads. */
#define LOTS_MAX 4

/* Of a lot: its transactions are told together. About a millisecond. */
#define LOT_MAX 32

struct verifier_job {
    struct verifier_job *next;
    struct verifier_asker asker;
    struct tx_ref *tx;
    struct public_key key;
    enum err err;
};

struct lot {
    uv_work_t work;
    struct verifier *verifier;
    struct verifier_job *jobs;
};

static void verify(uv_work_t *work)
{
    struct lot *lot = work->data;
    for (struct verifier_job *job = lot->jobs; job != NULL; job = job->next)
        job->err = verified_check(lot->verifier->verified, &job->tx->tx, &job->key);
}

static void finish(struct verifier *verifier, struct verifier_job *job)
{
    verifier->count--;
    verifier->bytes -= job->tx->tx.encoded.size;
    verifier->done(verifier->context, &job->asker, job->tx, job->err);
    tx_ref_drop(job->tx);
    free(job);
}

static void verify_done(uv_work_t *work, int status)
{
    struct lot *lot = work->data;
    struct verifier *verifier = lot->verifier;
    invariant(status == 0); /* nothing is cancelled */
    verifier->lots--;
    while (lot->jobs != NULL) {
        struct verifier_job *job = lot->jobs;
        lot->jobs = job->next;
        finish(verifier, job);
    }
    free(lot);
    verifier_go(verifier);
}

enum err verifier_start(struct verifier *verifier, struct tx_ref *tx, const struct public_key *key,
                        const struct verifier_asker *asker)
{
    size_t size = tx->tx.encoded.size;
    if (verifier->count >= VERIFIER_JOBS_MAX || verifier->bytes_max - verifier->bytes < size)
        return ERR_BUSY;
    struct verifier_job *job = malloc(sizeof *job);
    if (job == NULL)
        return ERR_BUSY;
    *job = (struct verifier_job){.asker = *asker, .tx = tx_ref_hold(tx), .key = *key};
    verifier->count++;
    verifier->bytes += size;
    verifier->waiting++;
    if (verifier->first == NULL)
        verifier->first = job;
    else
        verifier->last->next = job;
    verifier->last = job;
    return ERR_OK;
}

/* The first `count` jobs that wait, as a list of their own. */
static struct verifier_job *take(struct verifier *verifier, size_t count)
{
    struct verifier_job *jobs = verifier->first;
    struct verifier_job *last = jobs;
    for (size_t i = 1; i < count; i++)
        last = last->next;
    verifier->first = last->next;
    verifier->waiting -= count;
    last->next = NULL;
    return jobs;
}

/* It takes about as long as to wake a thread of the pool and to be woken by it. */
static void verify_alone(struct verifier *verifier)
{
    struct verifier_job *job = take(verifier, 1);
    job->err = verified_check(verifier->verified, &job->tx->tx, &job->key);
    finish(verifier, job);
}

void verifier_go(struct verifier *verifier)
{
    if (verifier->waiting == 1 && verifier->lots == 0)
        verify_alone(verifier);
    while (verifier->waiting > 0 && verifier->lots < LOTS_MAX) {
        struct lot *lot = malloc(sizeof *lot);
        if (lot == NULL)
            return; /* they are tried again with the next event */
        size_t free_lots = LOTS_MAX - verifier->lots;
        size_t share = (verifier->waiting + free_lots - 1) / free_lots;
        *lot = (struct lot){.verifier = verifier,
                            .jobs = take(verifier, share < LOT_MAX ? share : LOT_MAX)};
        lot->work.data = lot;
        verifier->lots++;
        invariant(uv_queue_work(verifier->loop, &lot->work, verify, verify_done) == 0);
    }
}
