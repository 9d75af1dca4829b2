#include "ledger/ledger.h"

#include "ledger/checkpoints.h"
#include "ledger/marks.h"
#include "ledger/nodes.h"
#include "ledger/organisations.h"
#include "ledger/records.h"
#include "ledger/rules.h"
#include "ledger/state.h"
#include "proto/invariant.h"

#include <pthread.h>
#include <stdlib.h>

/* Where the committed state stands, for any thread. */
struct committed {
    pthread_mutex_t mutex;
    struct ledger_position position;
    struct checkpoint checkpoint;
};

/* Blocks between begin and commit. */
struct batch {
    bool is_open;
    struct state state;
    struct ledger_position position;
    struct merkle_frontier frontier;
    struct checkpoint checkpoint;
};

struct ledger {
    struct store *store;
    struct tables tables;
    struct founding founding;
    ledger_verify *verify;
    void *verify_context;
    struct committed *committed;
    struct batch batch;
    struct marks marks; /* of the write transaction under way */
    struct ledger_watch watch;
};

static enum err verify_here(void *context, const struct transaction *transaction,
                            const struct public_key *key)
{
    (void)context;
    return transaction_verify(transaction, key);
}

/* ---- open and close ---- */

/* Writes the rows of the genesis, and the first checkpoint. */
static enum err found_rows(struct state *state, const struct genesis *genesis)
{
    const struct merkle_frontier frontier = {0};
    struct ledger_position position = {.time_ms = genesis->time_ms,
                                       .head = genesis->network,
                                       .root = merkle_frontier_root(&frontier)};
    struct checkpoint checkpoint;
    state_found(state, STATE_FORMAT);
    organisations_found(state, genesis);
    nodes_found(state, genesis);
    state_set_position(state, &position, &frontier);
    return checkpoint_make(state, &position, &checkpoint);
}

static enum err found_state(struct ledger *ledger, const struct genesis *genesis)
{
    struct state state;
    enum err err = state_begin(ledger, true, &state);
    if (err != ERR_OK)
        return err;
    err = state_open(&state, &ledger->tables);
    if (err == ERR_NOT_FOUND)
        err = found_rows(&state, genesis);
    if (err == ERR_OK)
        return txn_commit(&state.txn);
    txn_abort(&state.txn);
    return err;
}

/* Committed, as that is what keeps the tables open. */
static enum err read_state(struct ledger *ledger)
{
    struct state state;
    struct merkle_frontier frontier;
    enum err err = state_begin(ledger, false, &state);
    if (err != ERR_OK)
        return err;
    err = state_open(&state, &ledger->tables);
    if (err == ERR_OK)
        err = state_position(&state, &ledger->committed->position, &frontier);
    if (err == ERR_OK)
        err = checkpoint_last(&state, &ledger->committed->checkpoint);
    enum err end = txn_commit(&state.txn);
    return err != ERR_OK ? err : end;
}

static enum err open_store(const struct ledger_options *options, struct store **out)
{
    struct store_options store = {.directory = options->directory,
                                  .tables_max = STATE_TABLE_COUNT,
                                  .read_only = options->read_only,
                                  .lazy_meta = !options->scratch,
                                  .no_sync = options->scratch};
    return store_open(&store, out);
}

enum err ledger_open(const struct ledger_options *options, struct ledger **out)
{
    *out = NULL;
    struct ledger *ledger = calloc(1, sizeof(*ledger));
    if (ledger == NULL)
        return ERR_MEMORY;
    ledger->founding = (struct founding){.network = options->genesis->network,
                                         .ballots = options->genesis->ballots};
    ledger->verify = options->verify != NULL ? options->verify : verify_here;
    ledger->verify_context = options->verify_context;

    enum err err = ERR_MEMORY;
    ledger->committed = calloc(1, sizeof(*ledger->committed));
    if (ledger->committed == NULL || pthread_mutex_init(&ledger->committed->mutex, NULL) != 0)
        goto out;
    err = open_store(options, &ledger->store);
    if (err == ERR_OK && !options->read_only)
        err = found_state(ledger, options->genesis);
    if (err == ERR_OK)
        err = read_state(ledger);
out:
    if (err == ERR_OK)
        *out = ledger;
    else
        ledger_close(ledger);
    return err;
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    ledger_abort(ledger);
    store_close(ledger->store);
    if (ledger->committed != NULL)
        pthread_mutex_destroy(&ledger->committed->mutex);
    free(ledger->committed);
    free(ledger);
}

enum err state_begin(struct ledger *ledger, bool write, struct state *out)
{
    *out = (struct state){.tables = &ledger->tables, .founding = &ledger->founding};
    if (write) {
        out->marks = &ledger->marks;
        out->watch = &ledger->watch;
        marks_forget(out->marks);
    }
    return txn_begin(ledger->store, write, &out->txn);
}

void ledger_set_watch(struct ledger *ledger, const struct ledger_watch *watch)
{
    invariant(!ledger->batch.is_open);
    ledger->watch = watch != NULL ? *watch : (struct ledger_watch){0};
}

struct ledger_position ledger_position(const struct ledger *ledger)
{
    struct committed *committed = ledger->committed;
    pthread_mutex_lock(&committed->mutex);
    struct ledger_position position = committed->position;
    pthread_mutex_unlock(&committed->mutex);
    return position;
}

struct checkpoint ledger_checkpoint(const struct ledger *ledger)
{
    struct committed *committed = ledger->committed;
    pthread_mutex_lock(&committed->mutex);
    struct checkpoint checkpoint = committed->checkpoint;
    pthread_mutex_unlock(&committed->mutex);
    return checkpoint;
}

/* ---- a transaction ---- */

/* Whether an error is the transaction's, to be recorded, and not this node's. */
static bool is_recorded(enum err err)
{
    switch (err_kind(err)) {
    case ERR_KIND_INPUT:
    case ERR_KIND_REFUSED: return true;
    case ERR_KIND_LIMIT:
    case ERR_KIND_BROKEN: return false;
    }
    return false;
}

/* Judges the transaction, carries it out when it is right, and writes down what it says of itself
 * when it is authentic. */
static void settle(const struct rules *rules, const struct transaction *transaction, uint64_t index,
                   struct record *record)
{
    struct ruling ruling = rules_judge(rules, transaction);
    record->err = ruling.err;
    if (!ruling.is_authentic)
        return;
    const struct statement *statement = &transaction->statement;
    record->id = transaction->id;
    record->key = transaction->envelope.kid;
    record->lane = statement->lane;
    record->number = statement->number;
    record->issued_at_ms = statement->issued_at_ms;
    record->organisation = ruling.signer.number;
    record->operation = statement->operation;
    record->reason = statement->reason;
    if (ruling.err == ERR_OK)
        record->changed = rules_carry_out(rules, transaction, &ruling.signer, index);
}

static enum err apply_entry(struct ledger *ledger, const struct rules *rules, struct bytes entry,
                            uint32_t position, struct outcome *out)
{
    struct batch *batch = &ledger->batch;
    struct record record = {
        .height = rules->height, .position = position, .time_ms = rules->time_ms};
    struct hash leaf = merkle_leaf(entry);
    uint64_t index = batch->position.transactions++;
    merkle_frontier_add(&batch->frontier, &leaf);

    struct transaction transaction;
    record.err = transaction_parse(entry, &transaction);
    if (record.err == ERR_OK)
        settle(rules, &transaction, index, &record);
    if (!is_recorded(record.err))
        return record.err;
    record_add(&batch->state, index, &record);
    *out = (struct outcome){.id = transaction.id,
                            .err = record.err,
                            .is_authentic = record_is_authentic(&record),
                            .height = record.height,
                            .position = position,
                            .index = index,
                            .time_ms = record.time_ms,
                            .changed = record.changed};
    return batch->state.txn.err;
}

/* ---- a block ---- */

static enum err apply_transactions(struct ledger *ledger, const struct block *block,
                                   ledger_outcome *outcome, void *context)
{
    struct rules rules = {.state = &ledger->batch.state,
                          .height = block->header.height,
                          .time_ms = block->header.time_ms,
                          .verify = ledger->verify,
                          .verify_context = ledger->verify_context};
    struct block_walk walk = block_walk(block);
    struct bytes entry;
    for (uint32_t position = 0; block_walk_next(&walk, &entry); position++) {
        struct outcome out;
        enum err err = apply_entry(ledger, &rules, entry, position, &out);
        if (err != ERR_OK)
            return err;
        if (outcome != NULL)
            outcome(context, &out);
    }
    return ERR_OK;
}

/* That of a block which has just one. */
static struct bytes only_entry(const struct block *block)
{
    struct block_walk walk = block_walk(block);
    struct bytes entry;
    bool has_entry = block_walk_next(&walk, &entry);
    invariant(has_entry); /* block_parse() */
    return entry;
}

static enum err apply_payload(struct ledger *ledger, const struct block *block,
                              ledger_outcome *outcome, void *context)
{
    switch (block->header.kind) {
    case BLOCK_TRANSACTIONS: return apply_transactions(ledger, block, outcome, context);
    case BLOCK_CONFIGURATION: return nodes_take_members(&ledger->batch.state, only_entry(block));
    case BLOCK_CHECKPOINT: return checkpoint_check(&ledger->batch.state, only_entry(block));
    case BLOCK_NOOP: return ERR_OK;
    }
    return ERR_INTERNAL;
}

static void set_position(struct batch *batch)
{
    batch->position.root = merkle_frontier_root(&batch->frontier);
    state_set_position(&batch->state, &batch->position, &batch->frontier);
}

/* The state as of this block is what the next checkpoint block names. */
static enum err make_checkpoint(struct batch *batch)
{
    set_position(batch);
    return checkpoint_make(&batch->state, &batch->position, &batch->checkpoint);
}

enum err ledger_apply(struct ledger *ledger, const struct block *block, ledger_outcome *outcome,
                      void *context)
{
    struct batch *batch = &ledger->batch;
    struct ledger_position *position = &batch->position;
    invariant(batch->is_open);
    if (batch->state.txn.err != ERR_OK)
        return batch->state.txn.err;
    /* The genesis has no block, so the first one has no time to follow. */
    uint64_t time_ms = position->height == 0 ? 0 : position->time_ms;
    enum err err =
        block_follows(&block->header, position->height, &position->head, position->term, time_ms);
    if (err == ERR_OK)
        err = apply_payload(ledger, block, outcome, context);
    position->height = block->header.height;
    position->term = block->header.term;
    position->time_ms = block->header.time_ms;
    position->head = block->hash;
    if (err == ERR_OK && block->header.kind == BLOCK_CHECKPOINT)
        err = make_checkpoint(batch);
    /* A block that was applied in part must never be committed. */
    state_fail(&batch->state, err);
    return err;
}

/* ---- a batch ---- */

enum err ledger_begin(struct ledger *ledger)
{
    struct batch *batch = &ledger->batch;
    invariant(!batch->is_open);
    enum err err = state_begin(ledger, true, &batch->state);
    if (err != ERR_OK)
        return err;
    err = state_position(&batch->state, &batch->position, &batch->frontier);
    if (err == ERR_OK)
        err = checkpoint_last(&batch->state, &batch->checkpoint);
    batch->is_open = true;
    if (err != ERR_OK)
        ledger_abort(ledger);
    return err;
}

static void tell_drop(const struct ledger *ledger)
{
    if (ledger->watch.drop != NULL)
        ledger->watch.drop(ledger->watch.context);
}

enum err ledger_commit(struct ledger *ledger)
{
    struct batch *batch = &ledger->batch;
    invariant(batch->is_open);
    batch->is_open = false;
    if (batch->position.height != batch->checkpoint.height)
        set_position(batch); /* else make_checkpoint() has, or nothing was applied */
    enum err err = txn_commit(&batch->state.txn);
    if (err != ERR_OK) {
        tell_drop(ledger);
        return err;
    }
    if (ledger->watch.commit != NULL)
        ledger->watch.commit(ledger->watch.context, &batch->position);
    pthread_mutex_lock(&ledger->committed->mutex);
    ledger->committed->position = batch->position;
    ledger->committed->checkpoint = batch->checkpoint;
    pthread_mutex_unlock(&ledger->committed->mutex);
    return ERR_OK;
}

void ledger_abort(struct ledger *ledger)
{
    if (!ledger->batch.is_open)
        return;
    ledger->batch.is_open = false;
    txn_abort(&ledger->batch.state.txn);
    tell_drop(ledger);
}
