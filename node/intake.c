#include "node/intake.h"

#include "node/clock.h"
#include "node/frames.h"
#include "node/log.h"
#include "node/pool.h"
#include "node/verifier.h"
#include "node/waiting.h"
#include "proto/invariant.h"

#include <stdlib.h>

/* How long after it was sent to a leader a transaction is sent again. */
#define RESEND_MS 1000

/* How often the list is looked through. */
#define TICK_MS 100

/* A block goes out at once at this size, even while another is under way. */
#define BLOCK_BYTES_DUE (256u * 1024)

/* Blocks under way at once. */
#define BLOCKS_UNDER_WAY_MAX 64

struct intake {
    struct intake_options options;
    struct view *view;
    bool is_view_new; /* it has seen all blocks of which intake_applied() has heard */
    struct pool pool;
    struct waiting_list waiting;
    struct verifier verifier;
    uint64_t ticked_ms;
    uint64_t led_term; /* the pool is that of this term's leader; 0: does not lead */
    bool is_held_up;   /* the last block was not taken: something must happen first */
    bool is_closing;
    uint64_t submissions[SUBMISSION_COUNT];
    uint8_t frame[TX_SIZE_MAX + 64]; /* under way to a peer */
};

/* ---- answers ---- */

static struct tx_answer answer_of(const struct outcome *outcome)
{
    return (struct tx_answer){
        .id = outcome->id,
        .state = outcome->err == ERR_OK ? TX_COMMITTED : TX_REFUSED,
        .err = outcome->err,
        .height = outcome->height,
        .position = outcome->position,
        .index = outcome->index,
        .time_ms = outcome->time_ms,
        .changed = outcome->changed,
    };
}

static struct tx_answer refusal(const struct hash *id, enum err err)
{
    return (struct tx_answer){.id = *id, .state = TX_REFUSED, .err = err};
}

/* Not now: the client may send the same bytes again. */
static void put_off(struct intake *intake, struct call *call, enum err err)
{
    intake->submissions[SUBMISSION_PUT_OFF]++;
    clerk_answer_tx(call, err, NULL);
}

/* The outcome is known: tell everybody, and forget it. */
static void settle(struct intake *intake, struct waiting *waiting, const struct tx_answer *answer)
{
    bool is_committed = answer->state == TX_COMMITTED;
    intake->submissions[is_committed ? SUBMISSION_COMMITTED : SUBMISSION_REFUSED]++;
    waiting_answer(waiting, ERR_OK, answer);
    waiting_remove(&intake->waiting, waiting);
}

/* True when that error is of a copy that somebody else has made of it: the id does not cover the
 * signature, and this node has verified its own. */
static bool is_of_a_copy(const struct waiting *waiting, enum err err)
{
    return waiting->is_verified && (err == ERR_BAD_SIGNATURE || err == ERR_HIGH_S);
}

/* True when no sending of it is under way. A link that was silent brings late what it holds, to a
 * leader that may take then what another state refused. */
static bool is_nowhere_else(const struct waiting *waiting)
{
    return waiting->refusals >= waiting->sendings;
}

/* ---- where blocks are made ---- */

/* True when no block or pool entry is under way that could change what the rules say now. */
static bool is_settled(const struct intake *intake)
{
    struct driver_status status = driver_status(intake->options.driver);
    return status.applied == status.tip.height && pool_is_empty(&intake->pool);
}

/* Once for all that comes between two sleeps of the loop and two rounds of blocks: that no
 * transaction waits for an outcome that has been told, no more is needed. */
static enum err look(struct intake *intake)
{
    enum err err = intake->is_view_new ? ERR_OK : view_refresh(intake->view);
    intake->is_view_new = err == ERR_OK;
    return err;
}

/* The key that a transaction names, in force or not. ERR_UNKNOWN_KEY may only mean that this node
 * is behind. */
static enum err find_key(struct intake *intake, const struct tx_ref *tx, struct public_key *out)
{
    struct key_info key = {.organisation = 0};
    enum err err = look(intake);
    if (err == ERR_OK)
        err = view_key(intake->view, &tx->tx.envelope.kid, &key);
    *out = key.key;
    return err;
}

/* What the rules say of it after this node's state; the signature comes from memory as a rule. */
static enum err judge(struct intake *intake, const struct tx_ref *tx)
{
    struct public_key key;
    enum err err = find_key(intake, tx, &key);
    if (err == ERR_OK)
        err = verified_check(intake->options.verified, &tx->tx, &key);
    uint64_t time_ms = driver_block_time_ms(intake->options.driver);
    return err == ERR_OK ? view_would_accept(intake->view, &tx->tx, time_ms) : err;
}

/* A block under way may bring a key that the state does not have. */
static bool may_come(const struct intake *intake, enum err err)
{
    return err == ERR_UNKNOWN_KEY && !is_settled(intake);
}

/* The leader's admission. ERR_OK: it is on its way into a block, or stands in one. */
static enum err admit(struct intake *intake, struct tx_ref *tx)
{
    if (id_map_find(&intake->pool.map, &tx->tx.id) != NULL)
        return ERR_OK;
    enum err err = judge(intake, tx);
    if (err == ERR_DUPLICATE)
        return ERR_OK;
    if (err != ERR_OK && err_kind(err) == ERR_KIND_BROKEN) {
        intake->options.fail(intake->options.context, err, "the state cannot be read");
        return err;
    }
    if (may_come(intake, err))
        return ERR_BUSY;
    bool is_final = err_kind(err) == ERR_KIND_INPUT || err == ERR_UNKNOWN_KEY || is_settled(intake);
    /* Two statements under one number are evidence: the ledger keeps the second one too. */
    if (err != ERR_OK && err != ERR_NUMBER_TAKEN && is_final)
        return err;
    return pool_add(&intake->pool, tx, clock_monotonic_ms());
}

static void send_to_leader(struct intake *intake, struct waiting *waiting, uint32_t leader)
{
    struct writer writer = writer_over(intake->frame, sizeof intake->frame);
    peer_submit_write(&writer, &waiting->tx->tx.encoded, 1);
    struct bytes frame = writer_view(&writer);
    if (links_send(intake->options.links, leader, PEER_BULK, &frame, 1) != ERR_OK)
        return; /* the next tick tries again */
    waiting->sendings++;
    waiting->sent_to = leader;
    waiting->sent_ms = clock_monotonic_ms();
}

/* What the leader's state says of it: an outcome, unless it may be taken later or elsewhere. */
static void take_word(struct intake *intake, struct waiting *waiting, enum err err)
{
    struct tx_answer answer = refusal(&waiting->entry.id, err);
    if (err != ERR_OK && err_kind(err) != ERR_KIND_LIMIT && is_nowhere_else(waiting))
        settle(intake, waiting, &answer);
}

/* Brings a waiting transaction to where blocks are made, if that is known and it is not there. */
static void route(struct intake *intake, struct waiting *waiting)
{
    uint64_t now_ms = clock_monotonic_ms();
    if (driver_leads(intake->options.driver)) {
        take_word(intake, waiting, admit(intake, waiting->tx));
        return;
    }
    struct driver_status status = driver_status(intake->options.driver);
    bool is_due = waiting->sent_ms == 0 || waiting->sent_to != status.leader ||
                  now_ms - waiting->sent_ms >= RESEND_MS;
    if (status.leader != 0 && status.state != NODE_LEADER && is_due)
        send_to_leader(intake, waiting, status.leader);
}

/* ---- clients ---- */

static uint64_t deadline_of(const struct call *call)
{
    uint64_t wait_ms = call->waits ? call->timeout_ms : 0;
    if (wait_ms > INTAKE_WAIT_MAX_MS)
        wait_ms = INTAKE_WAIT_MAX_MS;
    return clock_monotonic_ms() + wait_ms;
}

/* A client's transaction that is verified, or whose key only the leader may know. */
static void take_client(struct intake *intake, struct call *call, struct tx_ref *tx,
                        bool is_verified)
{
    const struct hash id = tx->tx.id;
    struct tx_answer place = {.state = TX_UNKNOWN};
    enum err err = look(intake);
    if (err == ERR_OK)
        err = view_transaction(intake->view, &id, &place);
    if (err != ERR_OK || place.state != TX_UNKNOWN) {
        intake->submissions[err == ERR_OK ? SUBMISSION_REPEATED : SUBMISSION_PUT_OFF]++;
        clerk_answer_tx(call, err, &place);
        return;
    }
    uint64_t until_ms = clock_monotonic_ms() + INTAKE_CARRY_MS;
    struct waiting *waiting = waiting_add(&intake->waiting, tx, is_verified, until_ms);
    if (waiting == NULL || waiting_attach(waiting, call, deadline_of(call)) != ERR_OK) {
        put_off(intake, call, ERR_BUSY);
        return;
    }
    route(intake, waiting);
    waiting = waiting_find(&intake->waiting, &id);
    if (waiting != NULL)
        waiting_expire(waiting, clock_monotonic_ms());
}

void intake_submit(struct intake *intake, struct call *call, struct tx_ref *tx)
{
    struct public_key key;
    struct verifier_asker asker = {.call = call};
    enum err err = intake->is_closing ? ERR_SHUTTING_DOWN : find_key(intake, tx, &key);
    if (err == ERR_OK)
        err = verifier_start(&intake->verifier, tx, &key, &asker);
    if (err == ERR_UNKNOWN_KEY)
        take_client(intake, call, tx, false); /* the leader may know it */
    else if (err != ERR_OK)
        put_off(intake, call, err);
}

static void refuse_client(struct intake *intake, struct call *call, const struct tx_answer *answer)
{
    intake->submissions[SUBMISSION_REFUSED]++;
    clerk_answer_tx(call, ERR_OK, answer);
}

static void client_verified(struct intake *intake, struct call *call, struct tx_ref *tx,
                            enum err err)
{
    struct tx_answer answer = refusal(&tx->tx.id, err);
    if (intake->is_closing)
        put_off(intake, call, ERR_SHUTTING_DOWN);
    else if (err != ERR_OK)
        refuse_client(intake, call, &answer);
    else
        take_client(intake, call, tx, true);
}

void intake_ask(struct intake *intake, struct call *call, const struct hash *id)
{
    bool waits = waiting_find(&intake->waiting, id) != NULL;
    struct tx_answer answer = {.id = *id, .state = waits ? TX_PENDING : TX_UNKNOWN};
    clerk_answer_tx(call, ERR_OK, &answer);
}

/* ---- peers ---- */

/* Says that it is not taken; of one that is, the block says it. */
static void answer_peer(struct intake *intake, uint32_t from, const struct hash *id, enum err err)
{
    if (err == ERR_OK || err_kind(err) == ERR_KIND_BROKEN)
        return;
    uint8_t buffer[64];
    struct peer_refused refused = {.id = *id, .err = err};
    struct writer writer = writer_over(buffer, sizeof buffer);
    peer_refused_write(&writer, &refused);
    frame_send(intake->options.links, from, PEER_CONTROL, writer_view(&writer), "refused");
}

static void peer_verified(struct intake *intake, uint32_t from, struct tx_ref *tx, enum err err)
{
    if (intake->is_closing || !driver_leads(intake->options.driver))
        return; /* the peer sends it to whoever leads */
    if (err == ERR_OK)
        err = admit(intake, tx);
    if (err == ERR_OK)
        (void)pool_await(&intake->pool, &tx->tx.id);
    answer_peer(intake, from, &tx->tx.id, err);
}

/* On the loop, after the thread pool. */
static void verified(void *context, const struct verifier_asker *asker, struct tx_ref *tx,
                     enum err err)
{
    if (asker->call != NULL)
        client_verified(context, asker->call, tx, err);
    else
        peer_verified(context, asker->peer, tx, err);
}

static void receive_transaction(struct intake *intake, uint32_t from, struct bytes encoded)
{
    struct tx_ref *tx;
    struct public_key key;
    struct verifier_asker asker = {.peer = from};
    if (tx_ref_make(encoded, &tx) != ERR_OK)
        return; /* an honest node parses before it sends */
    enum err err = find_key(intake, tx, &key);
    bool is_there = pool_await(&intake->pool, &tx->tx.id);
    if (err == ERR_OK && !is_there)
        err = verifier_start(&intake->verifier, tx, &key, &asker);
    else if (may_come(intake, err))
        err = ERR_BUSY;
    answer_peer(intake, from, &tx->tx.id, err);
    tx_ref_drop(tx);
}

/* The leader does not take a transaction of a client of ours; or not now, then it is sent again. */
static void receive_refused(struct intake *intake, uint32_t from,
                            const struct peer_refused *refused)
{
    struct waiting *waiting = waiting_find(&intake->waiting, &refused->id);
    if (waiting == NULL || from != driver_status(intake->options.driver).leader)
        return;
    if (is_of_a_copy(waiting, refused->err))
        return;
    waiting->refusals++;
    take_word(intake, waiting, refused->err);
}

void intake_receive(struct intake *intake, uint32_t from, struct bytes frame)
{
    enum peer_frame kind;
    struct bytes transactions;
    struct peer_refused refused;
    if (peer_frame_kind(frame, &kind) != ERR_OK || intake->is_closing)
        return;
    if (kind == PEER_REFUSED && peer_refused_parse(frame, &refused) == ERR_OK)
        receive_refused(intake, from, &refused);
    if (kind != PEER_SUBMIT || !driver_leads(intake->options.driver) ||
        peer_submit_parse(frame, &transactions) != ERR_OK)
        return;
    struct reader reader = reader_over(transactions);
    struct bytes encoded;
    while (block_frame_next(&reader, &encoded))
        receive_transaction(intake, from, encoded);
}

/* ---- blocks ---- */

void intake_applied(struct intake *intake, const struct outcome *outcomes, size_t count)
{
    intake->is_view_new = false;
    for (size_t i = 0; i < count; i++) {
        pool_applied(&intake->pool, &outcomes[i].id);
        struct waiting *waiting = waiting_find(&intake->waiting, &outcomes[i].id);
        if (waiting == NULL || outcomes[i].err == ERR_DUPLICATE ||
            is_of_a_copy(waiting, outcomes[i].err))
            continue;
        struct tx_answer answer = answer_of(&outcomes[i]);
        settle(intake, waiting, &answer);
    }
}

static uint64_t blocks_under_way(const struct intake *intake)
{
    struct driver_status status = driver_status(intake->options.driver);
    return status.tip.height - status.committed;
}

/* When the next block is due: at once when nothing is under way or it is large, else when its first
 * transaction has waited. UINT64_MAX: not before something has happened. */
static uint64_t block_due_ms(const struct intake *intake)
{
    uint64_t under_way = blocks_under_way(intake);
    if (pool_oldest_ms(&intake->pool) == UINT64_MAX || under_way >= BLOCKS_UNDER_WAY_MAX)
        return UINT64_MAX;
    if (under_way == 0 || intake->pool.waiting_bytes >= BLOCK_BYTES_DUE)
        return 0;
    return pool_oldest_ms(&intake->pool) + intake->options.block_wait_ms;
}

/* The pool belongs to one term's leader. What is in the log comes back applied, the rest is sent
 * again, by this node as by the others. */
static void note_leadership(struct intake *intake)
{
    struct driver *driver = intake->options.driver;
    uint64_t term = driver_leads(driver) ? driver_status(driver).term : 0;
    if (term == intake->led_term)
        return;
    intake->led_term = term;
    pool_clear(&intake->pool);
    for (struct waiting *at = intake->waiting.first; at != NULL; at = at->next)
        at->sent_ms = 0;
    intake->ticked_ms = 0;
}

void intake_propose(struct intake *intake)
{
    note_leadership(intake);
    verifier_go(&intake->verifier);
    intake->is_held_up = false;
    while (!intake->is_held_up && block_due_ms(intake) <= clock_monotonic_ms()) {
        enum err err = driver_propose(intake->options.driver, pool_fill, &intake->pool);
        intake->is_held_up = err != ERR_OK;
        if (err == ERR_OK)
            pool_filled(&intake->pool);
    }
    view_rest(intake->view); /* nobody may submit for hours */
    intake->is_view_new = false;
}

void intake_tick(struct intake *intake)
{
    uint64_t now_ms = clock_monotonic_ms();
    if (now_ms < intake->ticked_ms + TICK_MS)
        return;
    intake->ticked_ms = now_ms;
    struct waiting *next;
    for (struct waiting *at = intake->waiting.first; at != NULL; at = next) {
        next = at->next;
        waiting_expire(at, now_ms);
        if (at->waiters == NULL && at->until_ms <= now_ms)
            waiting_remove(&intake->waiting, at);
        else
            route(intake, at);
    }
}

uint64_t intake_deadline_ms(const struct intake *intake)
{
    bool waits = intake->waiting.first != NULL;
    uint64_t tick_ms = waits ? intake->ticked_ms + TICK_MS : UINT64_MAX;
    uint64_t block_ms = intake->is_held_up ? UINT64_MAX : block_due_ms(intake);
    return tick_ms < block_ms ? tick_ms : block_ms;
}

uint32_t intake_waiting(const struct intake *intake)
{
    return (uint32_t)intake->waiting.map.count;
}

const uint64_t *intake_submissions(const struct intake *intake)
{
    return intake->submissions;
}

/* ---- life ---- */

enum err intake_open(const struct intake_options *options, struct intake **out)
{
    *out = NULL;
    struct intake *intake = calloc(1, sizeof *intake);
    if (intake == NULL)
        return ERR_MEMORY;
    intake->options = *options;
    intake->verifier = (struct verifier){
        .loop = options->loop,
        .verified = options->verified,
        .done = verified,
        .context = intake,
        .bytes_max = options->pool_bytes,
    };
    enum err err = waiting_open(&intake->waiting, options->pool_bytes);
    if (err == ERR_OK)
        err = pool_open(&intake->pool, options->pool_bytes);
    if (err == ERR_OK)
        err = view_open(options->ledger, &intake->view);
    if (err != ERR_OK) {
        intake_close(intake);
        return err;
    }
    *out = intake;
    return ERR_OK;
}

void intake_stop(struct intake *intake)
{
    intake->is_closing = true;
    for (struct waiting *at = intake->waiting.first; at != NULL; at = at->next)
        waiting_answer(at, ERR_SHUTTING_DOWN, NULL);
}

bool intake_is_idle(const struct intake *intake)
{
    return intake->verifier.count == 0;
}

void intake_close(struct intake *intake)
{
    if (intake == NULL)
        return;
    invariant(intake_is_idle(intake));
    intake_stop(intake);
    waiting_close(&intake->waiting);
    pool_close(&intake->pool);
    view_close(intake->view);
    free(intake);
}
