#include "node/intake.h"

#include "node/clock.h"
#include "node/log.h"
#include "node/pool.h"
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

/* A client that waits for a transaction. */
struct waiter {
    struct waiter *next;
    struct server_call *call;
    uint64_t deadline_ms;
};

/* A transaction that this node has taken and that has no outcome yet. */
struct waiting {
    struct id_entry entry;
    struct waiting *next; /* in order of arrival */
    struct waiting **previous;
    struct tx_ref *tx;
    struct waiter *waiters;
    uint64_t until_ms; /* carried until then */
    uint64_t sent_ms;  /* 0: not yet */
    uint32_t sent_to;  /* the leader it was sent to */
};

struct intake {
    struct intake_options options;
    struct view *view;
    struct pool pool;
    struct id_map map; /* of waiting */
    struct waiting *first;
    struct waiting **last;
    uint64_t ticked_ms;
    unsigned verifications; /* under way */
    bool has_led;
    bool is_closing;
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

static struct tx_answer pending(const struct hash *id)
{
    return (struct tx_answer){.id = *id, .state = TX_PENDING};
}

/* Not now: the client may send the same bytes again. */
static void put_off(struct server_call *call, enum err err)
{
    server_answer_tx(call, err, NULL);
}

/* ---- the list of those that wait ---- */

static struct waiting *waiting_find(struct intake *intake, const struct hash *id)
{
    return (struct waiting *)id_map_find(&intake->map, id);
}

static struct waiting *waiting_add(struct intake *intake, struct tx_ref *tx)
{
    struct waiting *waiting = calloc(1, sizeof *waiting);
    if (waiting == NULL)
        return NULL;
    waiting->entry.id = tx->tx.id;
    waiting->tx = tx_ref_hold(tx);
    waiting->until_ms = clock_monotonic_ms() + INTAKE_CARRY_MS;
    waiting->previous = intake->last;
    *intake->last = waiting;
    intake->last = &waiting->next;
    id_map_add(&intake->map, &waiting->entry);
    return waiting;
}

static void waiting_remove(struct intake *intake, struct waiting *waiting)
{
    *waiting->previous = waiting->next;
    if (waiting->next != NULL)
        waiting->next->previous = waiting->previous;
    else
        intake->last = waiting->previous;
    id_map_remove(&intake->map, &waiting->entry);
    tx_ref_drop(waiting->tx);
    free(waiting);
}

static void answer_all(struct waiting *waiting, enum err err, const struct tx_answer *answer)
{
    while (waiting->waiters != NULL) {
        struct waiter *waiter = waiting->waiters;
        waiting->waiters = waiter->next;
        server_answer_tx(waiter->call, err, answer);
        free(waiter);
    }
}

/* The outcome is known: tell everybody, and forget it. */
static void settle(struct intake *intake, struct waiting *waiting, const struct tx_answer *answer)
{
    answer_all(waiting, ERR_OK, answer);
    waiting_remove(intake, waiting);
}

/* ---- where blocks are made ---- */

/* True when no block or pool entry is under way that could change what the rules say now. */
static bool is_settled(const struct intake *intake)
{
    struct driver_status status = driver_status(intake->options.driver);
    return status.applied == status.tip.height && pool_is_empty(&intake->pool);
}

/* The key that a transaction names, in force or not. ERR_UNKNOWN_KEY may only mean that this node
 * is behind. */
static enum err find_key(struct intake *intake, const struct tx_ref *tx, struct public_key *out)
{
    struct key_info key = {.organisation = 0};
    enum err err = view_refresh(intake->view);
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
    return err == ERR_OK ? view_would_accept(intake->view, &tx->tx, clock_wall_ms()) : err;
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
    if (err == ERR_UNKNOWN_KEY && !is_settled(intake))
        return ERR_BUSY; /* a block under way may bring the key */
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
    waiting->sent_to = leader;
    waiting->sent_ms = clock_monotonic_ms();
}

/* Brings a waiting transaction to where blocks are made, if that is known and it is not there. */
static void route(struct intake *intake, struct waiting *waiting)
{
    uint64_t now_ms = clock_monotonic_ms();
    if (driver_leads(intake->options.driver)) {
        enum err err = admit(intake, waiting->tx);
        struct tx_answer answer = refusal(&waiting->entry.id, err);
        if (err != ERR_OK && err_kind(err) != ERR_KIND_LIMIT)
            settle(intake, waiting, &answer);
        return;
    }
    struct driver_status status = driver_status(intake->options.driver);
    bool is_due = waiting->sent_ms == 0 || waiting->sent_to != status.leader ||
                  now_ms - waiting->sent_ms >= RESEND_MS;
    if (status.leader != 0 && status.state != NODE_LEADER && is_due)
        send_to_leader(intake, waiting, status.leader);
}

/* ---- verification, on other threads ---- */

struct verification {
    uv_work_t work;
    struct intake *intake;
    struct tx_ref *tx;
    struct public_key key;
    enum err err;
    struct server_call *call; /* a client's; else NULL */
    uint32_t from;            /* a peer's */
};

static void verify(uv_work_t *work)
{
    struct verification *verification = work->data;
    verification->err = verified_check(verification->intake->options.verified,
                                       &verification->tx->tx, &verification->key);
}

static void take_client(struct intake *intake, struct server_call *call, struct tx_ref *tx);
static void take_peer(struct intake *intake, uint32_t from, struct tx_ref *tx);
static void refuse_peer(struct intake *intake, uint32_t from, const struct hash *id, enum err err);

static void verify_done(uv_work_t *work, int status)
{
    struct verification *verification = work->data;
    struct intake *intake = verification->intake;
    struct server_call *call = verification->call;
    const struct hash *id = &verification->tx->tx.id;
    intake->verifications--;
    if (status != 0 || intake->is_closing) {
        if (call != NULL)
            put_off(call, ERR_SHUTTING_DOWN);
    } else if (verification->err != ERR_OK) {
        struct tx_answer answer = refusal(id, verification->err);
        if (call != NULL)
            server_answer_tx(call, ERR_OK, &answer);
        else
            refuse_peer(intake, verification->from, id, verification->err);
    } else if (call != NULL) {
        take_client(intake, call, verification->tx);
    } else {
        take_peer(intake, verification->from, verification->tx);
    }
    tx_ref_drop(verification->tx);
    free(verification);
}

/* ERR_BUSY when too many are under way: nothing is taken over then. */
static enum err verify_later(struct intake *intake, struct tx_ref *tx, const struct public_key *key,
                             struct server_call *call, uint32_t from)
{
    if (intake->verifications >= INTAKE_WAITING_MAX)
        return ERR_BUSY;
    struct verification *verification = malloc(sizeof *verification);
    if (verification == NULL)
        return ERR_BUSY;
    *verification = (struct verification){
        .intake = intake,
        .tx = tx_ref_hold(tx),
        .key = *key,
        .call = call,
        .from = from,
    };
    verification->work.data = verification;
    intake->verifications++;
    int status = uv_queue_work(intake->options.loop, &verification->work, verify, verify_done);
    invariant(status == 0);
    return ERR_OK;
}

/* ---- clients ---- */

/* Answers the clients whose time is over: the transaction goes on without them. */
static void expire(struct waiting *waiting, uint64_t now_ms)
{
    struct tx_answer answer = pending(&waiting->entry.id);
    struct waiter **at = &waiting->waiters;
    while (*at != NULL) {
        struct waiter *waiter = *at;
        if (waiter->deadline_ms > now_ms) {
            at = &waiter->next;
            continue;
        }
        *at = waiter->next;
        server_answer_tx(waiter->call, ERR_OK, &answer);
        free(waiter);
    }
}

/* Adds the client to those that wait for the transaction. */
static enum err attach(struct waiting *waiting, struct server_call *call)
{
    struct waiter *waiter = malloc(sizeof *waiter);
    if (waiter == NULL)
        return ERR_BUSY;
    uint64_t now_ms = clock_monotonic_ms();
    *waiter = (struct waiter){
        .next = waiting->waiters,
        .call = call,
        .deadline_ms = server_call_waits(call) ? now_ms + server_call_timeout_ms(call) : now_ms,
    };
    waiting->waiters = waiter;
    return ERR_OK;
}

/* A client's transaction that is verified, or whose key only the leader may know. */
static void take_client(struct intake *intake, struct server_call *call, struct tx_ref *tx)
{
    const struct hash id = tx->tx.id;
    struct tx_answer place;
    enum err err = view_refresh(intake->view);
    if (err == ERR_OK)
        err = view_transaction(intake->view, &id, &place);
    if (err != ERR_OK || place.state != TX_UNKNOWN) {
        server_answer_tx(call, err, &place);
        return;
    }
    struct waiting *waiting = waiting_find(intake, &id);
    if (waiting == NULL && intake->map.count < INTAKE_WAITING_MAX)
        waiting = waiting_add(intake, tx);
    if (waiting == NULL || attach(waiting, call) != ERR_OK) {
        put_off(call, ERR_BUSY);
        return;
    }
    route(intake, waiting);
    waiting = waiting_find(intake, &id);
    if (waiting != NULL)
        expire(waiting, clock_monotonic_ms());
}

void intake_submit(struct intake *intake, struct server_call *call, struct tx_ref *tx)
{
    struct public_key key;
    enum err err = intake->is_closing ? ERR_SHUTTING_DOWN : find_key(intake, tx, &key);
    if (err == ERR_OK)
        err = verify_later(intake, tx, &key, call, 0);
    if (err == ERR_UNKNOWN_KEY)
        take_client(intake, call, tx); /* the leader may know it */
    else if (err != ERR_OK)
        put_off(call, err);
    tx_ref_drop(tx);
}

void intake_ask(struct intake *intake, struct server_call *call, const struct hash *id)
{
    struct tx_answer answer = pending(id);
    if (waiting_find(intake, id) == NULL)
        answer.state = TX_UNKNOWN;
    server_answer_tx(call, ERR_OK, &answer);
}

/* ---- peers ---- */

static void refuse_peer(struct intake *intake, uint32_t from, const struct hash *id, enum err err)
{
    uint8_t buffer[64];
    struct peer_refused refused = {.id = *id, .err = err};
    struct writer writer = writer_over(buffer, sizeof buffer);
    peer_refused_write(&writer, &refused);
    struct bytes frame = writer_view(&writer);
    /* When it is lost, the peer sends the transaction again and is answered again. */
    (void)!links_send(intake->options.links, from, PEER_CONTROL, &frame, 1);
}

/* A peer's verified transaction. */
static void take_peer(struct intake *intake, uint32_t from, struct tx_ref *tx)
{
    if (!driver_leads(intake->options.driver))
        return; /* the peer sends it to whoever does */
    enum err err = admit(intake, tx);
    if (err != ERR_OK && err_kind(err) != ERR_KIND_LIMIT)
        refuse_peer(intake, from, &tx->tx.id, err);
}

static void receive_transaction(struct intake *intake, uint32_t from, struct bytes encoded)
{
    struct tx_ref *tx;
    struct public_key key;
    if (tx_ref_make(encoded, &tx) != ERR_OK)
        return; /* an honest node parses before it sends */
    enum err err = find_key(intake, tx, &key);
    if (err == ERR_OK)
        (void)!verify_later(intake, tx, &key, NULL, from);
    else if (err == ERR_UNKNOWN_KEY && is_settled(intake))
        refuse_peer(intake, from, &tx->tx.id, err);
    tx_ref_drop(tx);
}

/* The leader does not take a transaction of a client of ours. */
static void receive_refused(struct intake *intake, uint32_t from,
                            const struct peer_refused *refused)
{
    struct waiting *waiting = waiting_find(intake, &refused->id);
    if (waiting == NULL || from != driver_status(intake->options.driver).leader)
        return;
    struct tx_answer answer = refusal(&refused->id, refused->err);
    settle(intake, waiting, &answer);
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
    for (size_t i = 0; i < count; i++) {
        pool_applied(&intake->pool, &outcomes[i].id);
        struct waiting *waiting = waiting_find(intake, &outcomes[i].id);
        if (waiting == NULL || outcomes[i].err == ERR_DUPLICATE)
            continue;
        struct tx_answer answer = answer_of(&outcomes[i]);
        settle(intake, waiting, &answer);
    }
}

/* A block is due when nothing is under way, when it is large, or when its first has waited. */
static bool is_block_due(const struct intake *intake)
{
    struct driver_status status = driver_status(intake->options.driver);
    uint64_t under_way = status.tip.height - status.committed;
    uint64_t oldest_ms = pool_oldest_ms(&intake->pool);
    if (intake->pool.first == NULL || under_way >= BLOCKS_UNDER_WAY_MAX)
        return false;
    return under_way == 0 || intake->pool.waiting_bytes >= BLOCK_BYTES_DUE ||
           clock_monotonic_ms() - oldest_ms >= intake->options.block_wait_ms;
}

void intake_propose(struct intake *intake)
{
    bool leads = driver_leads(intake->options.driver);
    if (leads != intake->has_led) {
        intake->has_led = leads;
        pool_clear(
            &intake->pool); /* what is in the log comes back applied, the rest is sent again */
        for (struct waiting *at = intake->first; at != NULL; at = at->next)
            at->sent_ms = 0;
        intake->ticked_ms = 0;
    }
    while (leads && is_block_due(intake)) {
        size_t waiting = intake->pool.waiting_count;
        enum err err = driver_propose(intake->options.driver, pool_fill, &intake->pool);
        if (err == ERR_OK)
            continue;
        if (intake->pool.waiting_count != waiting)
            pool_clear(&intake->pool); /* filled into a block that was not taken */
        break;
    }
}

void intake_tick(struct intake *intake)
{
    uint64_t now_ms = clock_monotonic_ms();
    if (now_ms < intake->ticked_ms + TICK_MS)
        return;
    intake->ticked_ms = now_ms;
    struct waiting *next;
    for (struct waiting *at = intake->first; at != NULL; at = next) {
        next = at->next;
        expire(at, now_ms);
        if (at->waiters == NULL && at->until_ms <= now_ms)
            waiting_remove(intake, at);
        else
            route(intake, at);
    }
}

uint64_t intake_deadline_ms(const struct intake *intake)
{
    uint64_t tick_ms = intake->first == NULL ? UINT64_MAX : intake->ticked_ms + TICK_MS;
    uint64_t oldest_ms = pool_oldest_ms(&intake->pool);
    uint64_t block_ms =
        oldest_ms == UINT64_MAX ? UINT64_MAX : oldest_ms + intake->options.block_wait_ms;
    return tick_ms < block_ms ? tick_ms : block_ms;
}

uint32_t intake_waiting(const struct intake *intake)
{
    return (uint32_t)intake->map.count;
}

/* ---- life ---- */

enum err intake_open(const struct intake_options *options, struct intake **out)
{
    *out = NULL;
    struct intake *intake = calloc(1, sizeof *intake);
    if (intake == NULL)
        return ERR_MEMORY;
    intake->options = *options;
    intake->last = &intake->first;
    enum err err = id_map_open(&intake->map);
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
    for (struct waiting *at = intake->first; at != NULL; at = at->next)
        answer_all(at, ERR_SHUTTING_DOWN, NULL);
}

bool intake_is_idle(const struct intake *intake)
{
    return intake->verifications == 0;
}

void intake_close(struct intake *intake)
{
    if (intake == NULL)
        return;
    invariant(intake_is_idle(intake));
    while (intake->first != NULL) {
        answer_all(intake->first, ERR_SHUTTING_DOWN, NULL);
        waiting_remove(intake, intake->first);
    }
    pool_close(&intake->pool);
    id_map_close(&intake->map);
    view_close(intake->view);
    free(intake);
}
