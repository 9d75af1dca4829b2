#include "node/node.h"

#include "node/clock.h"
#include "node/node_state.h"
#include "proto/hex.h"

#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

/* How long a stopping leader waits for another node to take over. */
#define HAND_OVER_MS 2000

/* ---- stopping ---- */

/* A failure on the way to the end outweighs the wish to end. */
void node_begin_stop(struct node *node, enum node_exit result)
{
    if (result != NODE_EXIT_STOPPED)
        node->result = result;
    if (node->stopping_ms != 0)
        return;
    node->stopping_ms = clock_monotonic_ms();
    /* A service manager must not end the next run, which begins in this process. */
    bool begins_again = node->is_damaged || node->is_replaced;
    if (!begins_again)
        sd_notify(0, "STOPPING=1");
    if (result == NODE_EXIT_STOPPED)
        node->hands_over = driver_hand_over(node->driver);
}

void node_on_signal(uv_signal_t *handle, int number)
{
    struct node *node = handle->data;
    log_event(LOG_INFO, "stopping", "signal=%d", number);
    node->is_damaged = node->is_replaced = false; /* this end is the last one */
    node_begin_stop(node, NODE_EXIT_STOPPED);
}

static const char *remedy_of(enum err err)
{
    if (err == ERR_SET_BACK)
        return "do not start it again: its votes could lose statements; it joins under a fresh id";
    if (err == ERR_CHECKPOINT)
        return "nothing acknowledged is lost; 'imei audit' says what is wrong with this node's "
               "state: move 'state' away, and the node makes it again from its log";
    return "nothing acknowledged is lost; mend the cause and start the node again";
}

/* A driver or intake that cannot go on. */
void node_on_failure(void *context, enum err err, const char *what)
{
    struct node *node = context;
    log_event(LOG_ERROR, "failed", "why=%s text=\"%s: %s\" do=\"%s\"", err_name(err), what,
              err_sentence(err), remedy_of(err));
    if (err == ERR_DAMAGED && node->stopping_ms == 0)
        node->is_damaged = true;
    node_begin_stop(node, NODE_EXIT_FAILED);
}

void node_say_removed(const char *why)
{
    log_event(LOG_ERROR, "removed", "text=\"%s: %s\" do=\"%s\"",
              "this node is a member of the network no longer", why,
              "stop its service; its data can go, or be kept as a copy of the ledger");
}

/* The network goes on without this node. */
void node_on_removed(void *context, const char *why)
{
    node_say_removed(why);
    node_begin_stop(context, NODE_EXIT_REMOVED);
}

/* With the new state everything begins again, as at any start. */
void node_on_replaced(void *context)
{
    struct node *node = context;
    node->is_replaced = node->stopping_ms == 0;
    node_begin_stop(node, NODE_EXIT_STOPPED);
}

static bool may_end(struct node *node)
{
    bool leads = driver_status(node->driver).state == NODE_LEADER;
    bool has_waited = clock_monotonic_ms() - node->stopping_ms >= HAND_OVER_MS;
    if (node->hands_over && leads && !has_waited && node->result == NODE_EXIT_STOPPED)
        return false;
    intake_stop(node->intake);
    exchange_stop(node->exchange);
    states_stop(node->states);
    reads_stop(node->reads);
    return intake_is_idle(node->intake) && exchange_is_idle(node->exchange) &&
           states_is_idle(node->states);
}

/* ---- what others may know ---- */

void node_publish(struct node *node)
{
    const struct genesis_node *self = node->identity.node;
    const struct genesis *genesis = node->identity.genesis;
    const struct genesis_organisation *organisation = &genesis->organisations[self->organisation];
    struct driver_status driver = driver_status(node->driver);
    struct checkpoint checkpoint = ledger_checkpoint(node->data.ledger);
    struct facts_row row = {
        .fresh_at_ms = driver.fresh_at_ms,
        .takes_state = driver_takes_state(node->driver),
        .status =
            {
                .version = IMEID_VERSION,
                .network_name = genesis->name,
                .network = genesis->network,
                .id = self->id,
                .name = self->name,
                .organisation = organisation->name,
                .country = organisation->country,
                .roles = organisation->roles,
                .state = driver.state,
                .term = driver.term,
                .leader = driver.leader,
                .committed = driver.committed,
                .last = driver.tip.height,
                .checkpoint_height = checkpoint.height,
                .state_root = checkpoint.state_root,
                .uptime_ms = clock_monotonic_ms() - node->started_ms,
                .pending = intake_waiting(node->intake),
            },
    };
    memcpy(row.submissions, intake_submissions(node->intake), sizeof row.submissions);
    peers_status(node->peers, node->driver, &row.status);
    heads_status(&node->heads, &row.status);
    facts_set(&node->facts, &row);
    struct ledger_position position = ledger_position(node->data.ledger);
    struct freshness freshness = {
        .height = position.height,
        .time_ms = position.time_ms,
        .fresh_at_ms = row.fresh_at_ms,
        .is_unable = row.takes_state,
    };
    eir_publish(node->eir, &freshness);
}

/* ---- the loop ---- */

static void arm(struct node *node)
{
    uint64_t now_ms = clock_monotonic_ms();
    uint64_t driver_ms = driver_deadline_ms(node->driver);
    uint64_t due_ms = intake_deadline_ms(node->intake);
    uint64_t exchange_ms = exchange_deadline_ms(node->exchange);
    uint64_t states_ms = states_deadline_ms(node->states);
    uint64_t reads_ms = reads_deadline_ms(node->reads);
    if (driver_ms < due_ms)
        due_ms = driver_ms;
    if (exchange_ms < due_ms)
        due_ms = exchange_ms;
    if (states_ms < due_ms)
        due_ms = states_ms;
    if (reads_ms < due_ms)
        due_ms = reads_ms;
    if (node->hands_over && node->stopping_ms + HAND_OVER_MS < due_ms)
        due_ms = node->stopping_ms + HAND_OVER_MS;
    uv_update_time(&node->loop);
    uv_timer_start(&node->timer, node->timer.timer_cb, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

/* After every batch of events, whatever they were (mail, a timer, a verification), before the loop
 * sleeps. */
static void on_prepare(uv_prepare_t *prepare)
{
    struct node *node = prepare->data;
    skew_tend(&node->skew, node->driver, node->identity.genesis->skew_max_ms);
    steward_tend(&node->steward, node->driver);
    checkpointer_tend(&node->checkpointer, node->driver);
    contacts_tend(&node->contacts, node->driver, node->peers);
    peers_follow(node->peers, node->driver);
    exchange_go_on(node->exchange);
    states_go_on(node->states);
    intake_propose(node->intake);
    reads_work(node->reads);
    heads_tend(&node->heads, node->driver, peers_links(node->peers), clock_monotonic_ms());
    node_publish(node);
    if (node->stopping_ms != 0 && may_end(node))
        uv_stop(&node->loop);
    else
        arm(node);
}

void node_on_timer(uv_timer_t *timer)
{
    struct node *node = timer->data;
    if (clock_monotonic_ms() >= driver_deadline_ms(node->driver))
        driver_tick(node->driver);
    intake_tick(node->intake);
}

void node_on_day(uv_timer_t *timer)
{
    const struct node *node = timer->data;
    identity_warn_of_expiry(&node->identity);
}

static void take_frame(struct node *node, const struct links_frame *frame)
{
    enum peer_frame kind;
    if (!peers_hears(node->peers, node->driver, frame->from) ||
        peer_frame_kind(frame->bytes, &kind) != ERR_OK)
        return;
    if (kind == PEER_RAFT)
        driver_receive(node->driver, frame->from, frame->bytes);
    else if (kind >= PEER_ANCHOR_WANTED && kind <= PEER_BLOCKS)
        exchange_receive(node->exchange, frame->from, frame->bytes);
    else if (kind >= PEER_LIST_WANTED && kind <= PEER_CHUNKS)
        states_receive(node->states, frame->from, frame->bytes);
    else if (kind == PEER_READ_WANTED || kind == PEER_READ_INDEX)
        reads_receive(node->reads, frame->from, frame->bytes);
    else if (kind == PEER_HEAD)
        heads_receive(&node->heads, frame->from, frame->bytes);
    else if (!skew_receive(&node->skew, frame->from, frame->bytes))
        intake_receive(node->intake, frame->from, frame->bytes);
}

static void take_link(struct node *node, const struct mail_link *mail)
{
    peers_take_link(node->peers, mail);
    if (mail->channel == PEER_BULK)
        return;
    exchange_link(node->exchange, mail->peer, mail->is_up);
    states_link(node->states, mail->peer, mail->is_up);
}

static void take_applied(struct node *node, const struct mail_applied *mail)
{
    if (mail->err != ERR_OK) {
        log_event(LOG_ERROR, "apply", "height=%llu why=%s", (unsigned long long)mail->height,
                  err_name(mail->err));
        node_on_failure(node, mail->err, "a committed block cannot be applied");
        return;
    }
    driver_applied(node->driver, mail->height);
    for (size_t i = 0; i < mail->block_count; i++)
        heads_applied(&node->heads, &mail->blocks[i]);
    if (mail->brings_members)
        peers_look_again(node->peers);
    intake_applied(node->intake, mail->outcomes, mail->outcome_count);
}

static void take(struct node *node, const struct mail *mail)
{
    switch (mail->kind) {
    case MAIL_FRAME: take_frame(node, &((const struct mail_frame *)mail)->frame); break;
    case MAIL_LINK: take_link(node, (const struct mail_link *)mail); break;
    case MAIL_WORD:
        peers_take_word(node->peers, node->driver, (const struct mail_word *)mail);
        break;
    case MAIL_WRITTEN: driver_written(node->driver, (const struct mail_written *)mail); break;
    case MAIL_APPLIED: take_applied(node, (const struct mail_applied *)mail); break;
    case MAIL_FILLED: states_filled(node->states, (const struct mail_filled *)mail); break;
    case MAIL_SUBMIT: {
        const struct mail_submit *submit = (const struct mail_submit *)mail;
        intake_submit(node->intake, submit->call, submit->tx);
        break;
    }
    case MAIL_ASK: {
        const struct mail_ask *ask = (const struct mail_ask *)mail;
        intake_ask(node->intake, ask->call, &ask->id);
        break;
    }
    case MAIL_READ: reads_ask(node->reads, ((const struct mail_read *)mail)->call); break;
    }
}

void node_on_mail(uv_async_t *handle)
{
    struct node *node = handle->data;
    struct queue_item *items = queue_take(&node->mail);
    while (items != NULL) {
        struct mail *mail = (struct mail *)items;
        items = items->next;
        take(node, mail);
        mail_free(mail);
    }
}

/* ---- callbacks of other threads ---- */

void node_wake(void *context)
{
    struct node *node = context;
    uv_async_send(&node->wake);
}

void node_drop_mail(struct node *node)
{
    struct queue_item *items = queue_take(&node->mail);
    while (items != NULL) {
        struct mail *mail = (struct mail *)items;
        items = items->next;
        mail_free(mail);
    }
}

/* ---- life ---- */

static enum node_exit load(const struct config *config, struct identity *identity)
{
    struct complaint complaint = {.text = "out of memory"};
    if (identity_load(config, identity, &complaint) == ERR_OK)
        return NODE_EXIT_STOPPED;
    log_event(LOG_ERROR, "config", "text=\"%s\"", complaint.text);
    return NODE_EXIT_CONFIG;
}

static void announce(const struct node *node)
{
    char network[2 * HASH_SIZE + 1];
    struct ledger_position position = ledger_position(node->data.ledger);
    hex_encode(node->identity.genesis->network.bytes, HASH_SIZE, network);
    log_event(LOG_INFO, "started", "version=%s node=%s network=%s height=%llu clients=\"%s\"",
              IMEID_VERSION, node->identity.node->name.text, network,
              (unsigned long long)position.height, node->config->clients);
    sd_notify(0, "READY=1");
}

/* Why a run is followed by another one. */
enum next_run {
    NEXT_NONE,
    NEXT_MENDS,    /* it met damage: the next one begins by mending it, as at any start */
    NEXT_IS_TAKEN, /* its state was replaced by one that it took from others */
};

/* `next`: why this one was begun; then, why there is to be another. */
static enum node_exit run(const struct config *config, enum next_run *next)
{
    bool was_damaged = *next == NEXT_MENDS;
    *next = NEXT_NONE;
    struct node *node = calloc(1, sizeof *node);
    if (node == NULL)
        return NODE_EXIT_FAILED;
    node->config = config;
    node->data.lock = -1;
    node->started_ms = clock_monotonic_ms();
    node->result = load(config, &node->identity);
    if (node->result != NODE_EXIT_STOPPED) {
        free(node);
        return NODE_EXIT_CONFIG;
    }
    queue_init(&node->mail, MAIL_BYTES_MAX);
    facts_init(&node->facts);
    enum node_exit begun = node_open(node, was_damaged);
    if (node->stopping_ms == 0)
        node->result = begun; /* else a failure on the way has set it */
    if (node->result == NODE_EXIT_STOPPED && node->stopping_ms == 0) {
        announce(node);
        uv_prepare_start(&node->prepare, on_prepare);
        uv_run(&node->loop, UV_RUN_DEFAULT);
    }
    enum node_exit result = node->result;
    *next = node->is_damaged ? NEXT_MENDS : NEXT_NONE;
    if (node->is_replaced && result == NODE_EXIT_STOPPED)
        *next = NEXT_IS_TAKEN;
    node_close(node);
    facts_destroy(&node->facts);
    queue_destroy(&node->mail);
    identity_free(&node->identity);
    free(node);
    log_event(LOG_INFO, "stopped", "exit=%d", (int)result);
    return result;
}

enum node_exit node_run(const struct config *config)
{
    enum node_exit result;
    enum next_run next = NEXT_NONE;
    do
        result = run(config, &next);
    while (next != NEXT_NONE);
    return result;
}
