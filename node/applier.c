#include "node/applier.h"

#include "node/clock.h"
#include "node/mail.h"
#include "node/worker.h"
#include "proto/invariant.h"

#include <stdlib.h>

/* Blocks of one LMDB transaction: bounds its dirty pages, and how long outcomes wait. */
enum { ROUND_BLOCKS_MAX = 64, ROUND_BYTES_MAX = 4 * 1024 * 1024 };

struct applier {
    struct worker worker;
    struct ledger *ledger;
    struct queue *mail;
    struct offer *offer;        /* NULL: none */
    struct mail_applied *spare; /* to tell that there is no memory to tell */
};

struct job {
    struct queue_item item;
    struct block_ref *block;
};

/* Outcomes of the round under way. */
struct round {
    struct mail_applied *mail;
    size_t capacity;
};

static void collect(void *context, const struct outcome *outcome)
{
    struct round *round = context;
    invariant(round->mail->outcome_count < round->capacity);
    round->mail->outcomes[round->mail->outcome_count++] = *outcome;
}

static void job_drop(struct queue_item *item)
{
    struct job *job = (struct job *)item;
    block_ref_drop(job->block);
    free(job);
}

/* How many of the queued blocks go into one round, and how many transactions they hold. */
static size_t round_size(const struct queue_item *items, size_t *transactions)
{
    size_t bytes = 0;
    size_t count = 0;
    *transactions = 0;
    for (; items != NULL && count < ROUND_BLOCKS_MAX; items = items->next, count++) {
        const struct job *job = (const struct job *)items;
        bytes += items->weight;
        if (count > 0 && bytes > ROUND_BYTES_MAX)
            break;
        *transactions += job->block->block.header.count;
        if (job->block->block.header.kind == BLOCK_CHECKPOINT)
            return count + 1; /* the state as it is there may be wanted */
    }
    return count;
}

static enum err apply_blocks(struct applier *applier, const struct queue_item *items, size_t count,
                             struct round *round)
{
    enum err err = ledger_begin(applier->ledger);
    if (err != ERR_OK)
        return err;
    bool ends_at_checkpoint = false;
    for (size_t i = 0; i < count && err == ERR_OK; i++, items = items->next) {
        const struct block *block = &((const struct job *)items)->block->block;
        ends_at_checkpoint = block->header.kind == BLOCK_CHECKPOINT;
        round->mail->height = block->header.height;
        round->mail->brings_members |= block->header.kind == BLOCK_CONFIGURATION;
        err = ledger_apply(applier->ledger, block, collect, round);
    }
    if (err != ERR_OK) {
        ledger_abort(applier->ledger);
        return err;
    }
    err = ledger_commit(applier->ledger);
    if (err == ERR_OK && applier->offer != NULL && ends_at_checkpoint)
        offer_seize(applier->offer, clock_monotonic_ms());
    return err;
}

static enum err apply_round(void *context, struct queue_item **items)
{
    struct applier *applier = context;
    struct round round;
    size_t count = round_size(*items, &round.capacity);
    size_t size = sizeof *round.mail + round.capacity * sizeof round.mail->outcomes[0];
    round.mail = malloc(size);
    bool has_room = round.mail != NULL;
    if (!has_room) {
        round.mail = applier->spare;
        applier->spare = NULL;
    }
    *round.mail = (struct mail_applied){
        .mail = {.item = {.weight = size}, .kind = MAIL_APPLIED},
    };
    enum err err = has_room ? apply_blocks(applier, *items, count, &round) : ERR_MEMORY;
    round.mail->err = err;
    if (err != ERR_OK)
        round.mail->outcome_count = 0;
    for (size_t i = 0; i < count; i++)
        job_drop(worker_take(items));
    if (queue_put_always(applier->mail, &round.mail->mail.item) != ERR_OK)
        free(round.mail);
    return err;
}

enum err applier_start(struct ledger *ledger, struct queue *mail, struct applier **out)
{
    *out = NULL;
    struct applier *applier = calloc(1, sizeof *applier);
    if (applier == NULL)
        return ERR_MEMORY;
    applier->spare = malloc(sizeof *applier->spare);
    applier->ledger = ledger;
    applier->mail = mail;
    applier->worker = (struct worker){
        .name = "apply", .round = apply_round, .drop = job_drop, .context = applier};
    enum err err =
        applier->spare == NULL ? ERR_MEMORY : worker_start(&applier->worker, APPLIER_QUEUE_BYTES);
    if (err != ERR_OK) {
        free(applier->spare);
        free(applier);
        return err;
    }
    *out = applier;
    return ERR_OK;
}

void applier_stop(struct applier *applier)
{
    if (applier == NULL)
        return;
    worker_stop(&applier->worker);
    worker_destroy(&applier->worker);
    free(applier->spare);
    free(applier);
}

void applier_offer(struct applier *applier, struct offer *offer)
{
    applier->offer = offer;
}

enum err applier_queue(struct applier *applier, struct block_ref *block)
{
    struct job *job = malloc(sizeof *job);
    if (job == NULL)
        return ERR_MEMORY;
    *job =
        (struct job){.item = {.weight = block->block.encoded.size}, .block = block_ref_hold(block)};
    enum err err = queue_put(&applier->worker.queue, &job->item);
    if (err != ERR_OK)
        job_drop(&job->item);
    return err;
}
