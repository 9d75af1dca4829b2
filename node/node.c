#include "node/node.h"

#include "node/clock.h"
#include "node/contacts.h"
#include "node/data.h"
#include "node/exchange.h"
#include "node/intake.h"
#include "node/mender.h"
#include "node/newcomer.h"
#include "node/reads.h"
#include "node/steward.h"
#include "proto/hex.h"

#include <stdlib.h>
#include <sys/random.h>
#include <systemd/sd-daemon.h>

/* How long a stopping leader waits for another node to take over. */
#define HAND_OVER_MS 2000

/* How often it is looked whether the certificate expires. */
#define EXPIRY_EVERY_MS (UINT64_C(24) * 3600 * 1000)

struct node {
    const struct config *config;
    struct identity identity;
    struct data data;
    struct queue mail;
    struct facts facts;
    struct writer_thread *writer;
    struct applier *applier;
    struct peers *peers;
    struct driver *driver;
    struct steward steward;
    struct contacts contacts;
    struct intake *intake;
    struct exchange *exchange;
    struct reads *reads;
    struct server *server;
    uv_loop_t loop;
    uv_async_t wake;
    uv_prepare_t prepare;
    uv_timer_t timer;
    uv_timer_t daily;
    uv_signal_t signals[2];
    bool has_loop;
    uint64_t started_ms;
    uint64_t stopping_ms; /* since when; 0: not */
    bool hands_over;      /* another node is asked to lead */
    bool is_damaged;      /* it ends because its log could not be read */
    enum node_exit result;
};

/* ---- stopping ---- */

/* A failure on the way to the end outweighs the wish to end. */
static void begin_stop(struct node *node, enum node_exit result)
{
    if (result != NODE_EXIT_STOPPED)
        node->result = result;
    if (node->stopping_ms != 0)
        return;
    node->stopping_ms = clock_monotonic_ms();
    sd_notify(0, "STOPPING=1");
    if (result == NODE_EXIT_STOPPED)
        node->hands_over = driver_hand_over(node->driver);
}

static void on_signal(uv_signal_t *handle, int number)
{
    struct node *node = handle->data;
    log_event(LOG_INFO, "stopping", "signal=%d", number);
    node->is_damaged = false; /* this end is the last one */
    begin_stop(node, NODE_EXIT_STOPPED);
}

/* A driver or intake that cannot go on. */
static void on_failure(void *context, enum err err, const char *what)
{
    struct node *node = context;
    const char *remedy =
        err == ERR_SET_BACK
            ? "do not start it again: its votes could lose statements; it joins under a fresh id"
            : "nothing acknowledged is lost; mend the cause and start the node again";
    log_event(LOG_ERROR, "failed", "why=%s text=\"%s: %s\" do=\"%s\"", err_name(err), what,
              err_sentence(err), remedy);
    begin_stop(node, NODE_EXIT_FAILED);
}

static void say_removed(const char *why)
{
    log_event(LOG_ERROR, "removed", "text=\"%s: %s\" do=\"%s\"",
              "this node is a member of the network no longer", why,
              "stop its service; its data can go, or be kept as a copy of the ledger");
}

/* The network goes on without this node. */
static void on_removed(void *context, const char *why)
{
    say_removed(why);
    begin_stop(context, NODE_EXIT_REMOVED);
}

static bool may_end(struct node *node)
{
    bool leads = driver_status(node->driver).state == NODE_LEADER;
    bool has_waited = clock_monotonic_ms() - node->stopping_ms >= HAND_OVER_MS;
    if (node->hands_over && leads && !has_waited && node->result == NODE_EXIT_STOPPED)
        return false;
    intake_stop(node->intake);
    exchange_stop(node->exchange);
    reads_stop(node->reads);
    return intake_is_idle(node->intake) && exchange_is_idle(node->exchange);
}

/* ---- what others may know ---- */

static void publish(struct node *node)
{
    const struct genesis_node *self = node->identity.node;
    const struct genesis *genesis = node->identity.genesis;
    const struct genesis_organisation *organisation = &genesis->organisations[self->organisation];
    struct driver_status driver = driver_status(node->driver);
    struct facts_row row = {
        .fresh_at_ms = driver.fresh_at_ms,
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
                .uptime_ms = clock_monotonic_ms() - node->started_ms,
                .pending = intake_waiting(node->intake),
            },
    };
    peers_status(node->peers, node->driver, &row.status);
    facts_set(&node->facts, &row);
}

/* ---- the loop ---- */

static void arm(struct node *node)
{
    uint64_t now_ms = clock_monotonic_ms();
    uint64_t driver_ms = driver_deadline_ms(node->driver);
    uint64_t due_ms = intake_deadline_ms(node->intake);
    uint64_t exchange_ms = exchange_deadline_ms(node->exchange);
    uint64_t reads_ms = reads_deadline_ms(node->reads);
    if (driver_ms < due_ms)
        due_ms = driver_ms;
    if (exchange_ms < due_ms)
        due_ms = exchange_ms;
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
    steward_tend(&node->steward, node->driver);
    contacts_tend(&node->contacts, node->driver, node->peers);
    peers_follow(node->peers, node->driver);
    exchange_go_on(node->exchange);
    intake_propose(node->intake);
    reads_work(node->reads);
    server_tend(node->server);
    publish(node);
    if (node->stopping_ms != 0 && may_end(node))
        uv_stop(&node->loop);
    else
        arm(node);
}

static void on_timer(uv_timer_t *timer)
{
    struct node *node = timer->data;
    if (clock_monotonic_ms() >= driver_deadline_ms(node->driver))
        driver_tick(node->driver);
    intake_tick(node->intake);
}

static void on_day(uv_timer_t *timer)
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
    else if (kind == PEER_READ_WANTED || kind == PEER_READ_INDEX)
        reads_receive(node->reads, frame->from, frame->bytes);
    else
        intake_receive(node->intake, frame->from, frame->bytes);
}

static void take_link(struct node *node, const struct mail_link *mail)
{
    peers_take_link(node->peers, mail);
    if (mail->channel == PEER_CONTROL)
        exchange_link(node->exchange, mail->peer, mail->is_up);
}

static void take_applied(struct node *node, const struct mail_applied *mail)
{
    if (mail->err != ERR_OK) {
        log_event(LOG_ERROR, "apply", "height=%llu why=%s", (unsigned long long)mail->height,
                  err_name(mail->err));
        on_failure(node, mail->err, "a committed block cannot be applied");
        return;
    }
    driver_applied(node->driver, mail->height);
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

static void on_mail(uv_async_t *handle)
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

static void wake_loop(void *context)
{
    struct node *node = context;
    uv_async_send(&node->wake);
}

/* ---- starting ---- */

static enum err open_peers(struct node *node)
{
    struct peers_options options = {
        .config = node->config,
        .identity = &node->identity,
        .ledger = node->data.ledger,
        .disk = node->data.disk,
        .mail = &node->mail,
        .removed = on_removed,
        .fail = on_failure,
        .context = node,
    };
    return peers_open(&options, &node->peers);
}

static enum err read_members(const struct node *node, struct raft_members *out)
{
    struct view *view;
    enum err err = view_open(node->data.ledger, &view);
    if (err != ERR_OK)
        return err;
    err = view_members(view, out);
    view_close(view);
    return err;
}

static void on_read(void *context, uint64_t read, uint64_t index)
{
    struct node *node = context;
    reads_index(node->reads, read, index);
}

static enum err open_driver(struct node *node)
{
    const struct config *config = node->config;
    struct driver_options options = {
        .genesis = node->identity.genesis,
        .node = node->identity.node->id,
        .timing =
            {
                .heartbeat_ms = (uint32_t)config->heartbeat_ms,
                .election_min_ms = (uint32_t)config->election_min_ms,
                .election_max_ms = (uint32_t)config->election_max_ms,
                .window_bytes = (uint32_t)config->window_bytes,
                .window_messages = 64,
                .message_bytes = BLOCK_SIZE_MAX,
            },
        .applied = ledger_position(node->data.ledger).height,
        .disk = node->data.disk,
        .links = peers_links(node->peers),
        .writer = node->writer,
        .applier = node->applier,
        .fail = on_failure,
        .read = on_read,
        .context = node,
    };
    ssize_t drawn = getrandom(&options.seed, sizeof options.seed, 0);
    if (drawn != (ssize_t)sizeof options.seed)
        return ERR_INTERNAL;
    enum err err = read_members(node, &options.members);
    return err == ERR_OK ? driver_open(&options, &node->driver) : err;
}

static void begin_membership(struct node *node)
{
    struct join_question question = newcomer_question(node->config, &node->identity);
    contacts_init(&node->contacts, &question);
    struct steward_options options = {
        .ledger = node->data.ledger,
        .node = node->identity.node->id,
        .heartbeat_ms = node->config->heartbeat_ms,
        .election_ms = node->config->election_max_ms,
        .fail = on_failure,
        .context = node,
    };
    steward_init(&node->steward, &options);
}

static enum err open_intake(struct node *node)
{
    struct intake_options options = {
        .loop = &node->loop,
        .ledger = node->data.ledger,
        .driver = node->driver,
        .links = peers_links(node->peers),
        .verified = node->data.verified,
        .pool_bytes = node->config->pool_bytes,
        .block_wait_ms = node->config->block_wait_ms,
        .fail = on_failure,
        .context = node,
    };
    return intake_open(&options, &node->intake);
}

static enum err open_exchange(struct node *node)
{
    struct exchange_options options = {
        .loop = &node->loop,
        .node = node->identity.node->id,
        .disk = node->data.disk,
        .driver = node->driver,
        .links = peers_links(node->peers),
        .fail = on_failure,
        .context = node,
    };
    return exchange_open(&options, &node->exchange);
}

static enum err open_reads(struct node *node)
{
    struct reads_options options = {
        .driver = node->driver,
        .links = peers_links(node->peers),
        .resend_ms = (uint32_t)node->config->election_min_ms,
    };
    ssize_t drawn = getrandom(&options.seed, sizeof options.seed, 0);
    if (drawn != (ssize_t)sizeof options.seed)
        return ERR_INTERNAL;
    return reads_open(&options, &node->reads);
}

static enum err open_server(struct node *node)
{
    struct server_options options = {
        .address = node->config->clients,
        .ledger = node->data.ledger,
        .disk = node->data.disk,
        .facts = &node->facts,
        .mail = &node->mail,
    };
    return server_open(&options, &node->server);
}

static void open_loop(struct node *node)
{
    static const int numbers[2] = {SIGTERM, SIGINT};
    static const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL); /* a reader of our log that goes away is no reason to end */
    uv_loop_init(&node->loop);
    uv_async_init(&node->loop, &node->wake, on_mail);
    uv_prepare_init(&node->loop, &node->prepare);
    uv_timer_init(&node->loop, &node->timer);
    node->wake.data = node->prepare.data = node->timer.data = node;
    node->timer.timer_cb = on_timer;
    uv_timer_init(&node->loop, &node->daily);
    node->daily.data = node;
    uv_timer_start(&node->daily, on_day, 0, EXPIRY_EVERY_MS);
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(&node->loop, &node->signals[i]);
        node->signals[i].data = node;
        uv_signal_start(&node->signals[i], on_signal, numbers[i]);
    }
    queue_on_put(&node->mail, wake_loop, node);
    node->has_loop = true;
}

static void drop_mail(struct node *node)
{
    struct queue_item *items = queue_take(&node->mail);
    while (items != NULL) {
        struct mail *mail = (struct mail *)items;
        items = items->next;
        mail_free(mail);
    }
}

static void default_signals(void)
{
    static const struct sigaction end = {.sa_handler = SIG_DFL};
    sigaction(SIGTERM, &end, NULL);
    sigaction(SIGINT, &end, NULL);
}

/* Before the loop and the core are there: nothing comes of the links but the blocks that are asked
 * for, until the log is whole. */
static enum err mend(struct node *node)
{
    struct mender_options options = {
        .disk = node->data.disk,
        .mail = &node->mail,
        .position = ledger_position(node->data.ledger),
        .first = node->data.damaged,
    };
    default_signals();
    enum err err = open_peers(node);
    if (err == ERR_OK)
        err = peers_call_members(node->peers);
    if (err == ERR_OK && node->stopping_ms != 0)
        err = ERR_SHUTTING_DOWN; /* it is no member any more */
    if (err == ERR_OK) {
        options.links = peers_links(node->peers);
        err = mender_run(&options);
    }
    peers_hang_up(node->peers);
    peers_close(node->peers);
    node->peers = NULL;
    drop_mail(node);
    /* What could not be mended is refused with the words of any damage. */
    return err == ERR_OK || err == ERR_DAMAGED ? data_check(node->config->data, &node->data) : err;
}

/* Who this node is, where the genesis does not say so. Sets `stopping_ms` when it is told to end
 * while it waits for that. */
static enum node_exit become_member(struct node *node)
{
    struct identity *identity = &node->identity;
    struct join_answer answer;
    struct complaint complaint = {.text = "out of memory"};
    enum err err = data_find_node(&node->data, &identity->public_key, &answer.self);
    if (err == ERR_NOT_FOUND)
        err = newcomer_wait(node->config, identity, &answer);
    if (err == ERR_SHUTTING_DOWN) {
        node->stopping_ms = clock_monotonic_ms();
        return NODE_EXIT_STOPPED;
    }
    if (err == ERR_OK && answer.self.wanted == WANTED_REMOVED) {
        say_removed("the ledger says so");
        return NODE_EXIT_REMOVED;
    }
    if (err == ERR_OK)
        err = identity_become(node->config, &answer.self, identity, &complaint);
    if (err == ERR_OK)
        return NODE_EXIT_STOPPED;
    log_event(LOG_ERROR, "config", "text=\"%s\"", complaint.text);
    return err == ERR_CONFIG ? NODE_EXIT_CONFIG : NODE_EXIT_FAILED;
}

static enum node_exit open_data(struct node *node, bool was_damaged)
{
    if (data_open(node->config->data, &node->identity, &node->data) != ERR_OK)
        return NODE_EXIT_DATA;
    if (node->identity.node == NULL) {
        enum node_exit result = become_member(node);
        if (result != NODE_EXIT_STOPPED || node->stopping_ms != 0)
            return result;
    }
    if (data_open_log(node->config->data, &node->identity, &node->data) != ERR_OK)
        return NODE_EXIT_DATA;
    if (was_damaged && node->data.damaged == 0)
        return NODE_EXIT_FAILED; /* which to begin again does not mend */
    return node->data.damaged == 0 || mend(node) == ERR_OK ? NODE_EXIT_STOPPED : NODE_EXIT_DATA;
}

/* Everything from the data directory to the clients' socket, in the order in which each needs the
 * one before. */
static enum node_exit start(struct node *node, bool was_damaged)
{
    enum node_exit result = open_data(node, was_damaged);
    if (result != NODE_EXIT_STOPPED || node->stopping_ms != 0)
        return result;
    open_loop(node);
    enum err err = writer_start(node->data.disk, &node->mail, &node->writer);
    if (err == ERR_OK)
        err = applier_start(node->data.ledger, &node->mail, &node->applier);
    if (err == ERR_OK)
        err = open_peers(node);
    if (err == ERR_OK)
        err = open_driver(node);
    begin_membership(node);
    if (err == ERR_OK)
        err = open_intake(node);
    if (err == ERR_OK)
        err = open_exchange(node);
    if (err == ERR_OK)
        err = open_reads(node);
    if (err == ERR_OK) {
        publish(node); /* before anybody can ask */
        err = open_server(node);
    }
    if (err == ERR_OK)
        return NODE_EXIT_STOPPED;
    log_event(LOG_ERROR, "not_started", "why=%s text=\"%s\"", err_name(err), err_sentence(err));
    return err == ERR_CONFIG || err == ERR_BAD_KEY ? NODE_EXIT_CONFIG
           : err == ERR_NETWORK                    ? NODE_EXIT_NETWORK
                                                   : NODE_EXIT_FAILED;
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void ignore_signals(void)
{
    static const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGTERM, &ignore, NULL);
    sigaction(SIGINT, &ignore, NULL);
}

/* In the reverse order: first those that bring work, then those that finish it. */
static void stop(struct node *node)
{
    server_close(node->server);
    contacts_close(&node->contacts);
    peers_hang_up(node->peers);
    writer_stop(node->writer);
    applier_stop(node->applier);
    queue_close(&node->mail);
    drop_mail(node);
    intake_close(node->intake);
    exchange_close(node->exchange);
    reads_close(node->reads);
    server_free(node->server);
    driver_close(node->driver);
    peers_close(node->peers);
    if (node->has_loop) {
        uv_walk(&node->loop, close_handle, NULL);
        uv_run(&node->loop, UV_RUN_DEFAULT);
        uv_loop_close(&node->loop);
        ignore_signals(); /* which libuv has given back: the end under way keeps its exit status */
    }
    data_close(&node->data);
}

static enum node_exit load(const struct config *config, struct identity *identity)
{
    struct complaint complaint = {.text = "out of memory"};
    if (identity_load(config, identity, &complaint) == ERR_OK)
        return NODE_EXIT_STOPPED;
    log_event(LOG_ERROR, "config", "text=\"%s\"", complaint.text);
    return NODE_EXIT_CONFIG;
}

enum node_exit node_check(const struct config *config)
{
    struct identity identity;
    enum node_exit result = load(config, &identity);
    if (result == NODE_EXIT_STOPPED)
        identity_free(&identity);
    return result;
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

/* `is_damaged`: the run before has ended by damage; this one has. */
static enum node_exit run(const struct config *config, bool *is_damaged)
{
    bool was_damaged = *is_damaged;
    *is_damaged = false;
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
    enum node_exit begun = start(node, was_damaged);
    if (node->stopping_ms == 0)
        node->result = begun; /* else a failure on the way has set it */
    if (node->result == NODE_EXIT_STOPPED && node->stopping_ms == 0) {
        announce(node);
        uv_prepare_start(&node->prepare, on_prepare);
        uv_run(&node->loop, UV_RUN_DEFAULT);
    }
    enum node_exit result = node->result;
    *is_damaged = node->is_damaged;
    stop(node);
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
    bool is_damaged = false;
    /* A node that met damage steps out and begins again by mending it, as it would at any start. */
    do
        result = run(config, &is_damaged);
    while (is_damaged);
    return result;
}
