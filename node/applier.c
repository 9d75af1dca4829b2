#include "node/applier.h"

#include "node/clock.h"
#include "node/log.h"
#include "node/mail.h"
#include "node/worker.h"
#include "proto/invariant.h"

#include <stdlib.h>

/* Bytes of the blocks of one LMDB transaction: see MAIL_APPLIED_BLOCKS_MAX. */
enum { ROUND_BYTES_MAX = 4 * 1024 * 1024 };

/* How many times the log may say the same warning in a row of blocks. */
#define WARNING_EVERY_MS 1000

struct applier {
    struct worker worker;
    struct ledger *ledger;
    struct queue *mail;
    struct offer *offer;        /* NULL: none */
    struct mail_applied *spare; /* to tell that there is no memory to tell */
    uint64_t warned_ms;
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

/* Admission lets none of these into a block: so whoever led when it was made lies. */
static bool is_forged(enum err err)
{
    return err != ERR_OK && (err_kind(err) == ERR_KIND_INPUT || err == ERR_OTHER_NETWORK);
}

/* Entries of the block that was applied last; `first` is its first outcome. They change nothing. */
static void warn_of_forged(struct applier *applier, const struct block *block,
                           const struct round *round, size_t first)
{
    size_t count = 0;
    enum err why = ERR_OK;
    for (size_t i = first; i < round->mail->outcome_count; i++) {
        enum err err = round->mail->outcomes[i].err;
        count += is_forged(err);
        why = is_forged(err) ? err : why;
    }
    if (count == 0 || clock_monotonic_ms() - applier->warned_ms < WARNING_EVERY_MS)
        return;
    applier->warned_ms = clock_monotonic_ms();
    log_event(LOG_WARNING, "forged_entries", "leader=%u height=%llu count=%zu why=%s text=\"%s\"",
              block->header.leader, (unsigned long long)block->header.height, count, err_name(why),
              err_sentence(why));
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
    for (; items != NULL && count < MAIL_APPLIED_BLOCKS_MAX; items = items->next, count++) {
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
        round->mail->blocks[round->mail->block_count++] = block->hash;
        round->mail->brings_members |= block->header.kind == BLOCK_CONFIGURATION;
        size_t first = round->mail->outcome_count;
        err = ledger_apply(applier->ledger, block, collect, round);
        warn_of_forged(applier, block, round, first);
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
        round.mail->outcome_count = round.mail->block_count = 0;
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
