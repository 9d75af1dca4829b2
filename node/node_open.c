#include "node/node_state.h"

#include "node/clock.h"
#include "node/named_file.h"
#include "node/newcomer.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/random.h>

/* How often it is looked whether the certificate expires. */
#define EXPIRY_EVERY_MS (UINT64_C(24) * 3600 * 1000)

enum err node_open_peers(struct node *node)
{
    struct peers_options options = {
        .config = node->config,
        .identity = &node->identity,
        .ledger = node->data.ledger,
        .disk = node->data.disk,
        .mail = &node->mail,
        .removed = node_on_removed,
        .fail = node_on_failure,
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
        .takes_state = config->start_from == START_CHECKPOINT &&
                       ledger_position(node->data.ledger).height == 0,
        .disk = node->data.disk,
        .links = peers_links(node->peers),
        .writer = node->writer,
        .applier = node->applier,
        .ledger = node->data.ledger,
        .fail = node_on_failure,
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
        .fail = node_on_failure,
        .context = node,
    };
    steward_init(&node->steward, &options);
}

static void begin_checkpoints(struct node *node)
{
    node->checkpointer = (struct checkpointer){
        .ledger = node->data.ledger,
        .blocks = node->config->checkpoint_blocks,
        .wait_ms = node->config->checkpoint_seconds * 1000,
    };
}

static void begin_heads(struct node *node)
{
    struct ledger_position position = ledger_position(node->data.ledger);
    heads_init(&node->heads, node->identity.node->id, &position);
    heads_recall(&node->heads, node->data.disk);
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
        .fail = node_on_failure,
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
        .fail = node_on_failure,
        .context = node,
    };
    return exchange_open(&options, &node->exchange);
}

static enum err open_states(struct node *node)
{
    struct states_options options = {
        .loop = &node->loop,
        .directory = node->config->data,
        .genesis = node->identity.genesis,
        .disk = node->data.disk,
        .driver = node->driver,
        .links = peers_links(node->peers),
        .offer = node->offer,
        .mail = &node->mail,
        .checkpointer = &node->checkpointer,
        .replaced = node_on_replaced,
        .fail = node_on_failure,
        .context = node,
    };
    return states_open(&options, &node->states);
}

static enum err open_reads(struct node *node)
{
    struct reads_options options = {
        .driver = node->driver,
        .links = peers_links(node->peers),
        .resend_ms = (uint32_t)node->config->election_min_ms,
        .age_ms = (uint32_t)node->config->age_ms,
    };
    ssize_t drawn = getrandom(&options.seed, sizeof options.seed, 0);
    if (drawn != (ssize_t)sizeof options.seed)
        return ERR_INTERNAL;
    return reads_open(&options, &node->reads);
}

static enum err open_clerk(struct node *node)
{
    struct clerk_options options = {
        .ledger = node->data.ledger,
        .disk = node->data.disk,
        .facts = &node->facts,
        .eir = node->eir,
        .sighter = node->sighter,
        .mail = &node->mail,
    };
    return clerk_open(&options, &node->clerk);
}

static enum err open_eir(struct node *node)
{
    struct eir_options options = {
        .ledger = node->data.ledger,
        .index = index_log_options(&node->index_log),
        .now_ns = clock_monotonic_ns,
        .wall_ms = clock_wall_ms,
    };
    options.index.bytes_max = node->config->index_bytes;
    if (node->config->sightings.is_on) {
        struct sighter_options sighter = {.settings = &node->config->sightings,
                                          .directory = node->config->data};
        enum err err = sighter_open(&sighter, &node->sighter);
        if (err != ERR_OK)
            return err;
        options.trays = sighter_trays(node->sighter);
    }
    enum err err = eir_open(&options, &node->eir);
    if (err == ERR_OK)
        index_log_ready(&node->index_log, eir_index(node->eir));
    return err;
}

static enum err open_flagger(struct node *node)
{
    const struct sighter_settings *settings = &node->config->sightings;
    struct complaint complaint = {.text = "out of memory"};
    struct flagger_options options = {
        .ledger = node->data.ledger,
        .clerk = node->clerk,
        .network = node->identity.genesis->network,
        .a_day = settings->flags_a_day,
    };
    enum err err = named_file_key("flag_key", settings->flag_key, &options.secret, &complaint);
    if (err == ERR_OK)
        err = flagger_open(&options, &node->flagger);
    else
        log_event(LOG_ERROR, "config", "text=\"%s\"", complaint.text);
    secret_key_wipe(&options.secret);
    return err;
}

static enum err start_sighter(struct node *node)
{
    enum err err = ERR_OK;
    if (node->sighter != NULL && node->config->sightings.flag_key[0] != '\0')
        err = open_flagger(node);
    return err == ERR_OK && node->sighter != NULL ? sighter_start(node->sighter, node->flagger)
                                                  : err;
}

static enum err open_fronts(struct node *node)
{
    node->watched = (struct watched){
        .exposition = {.eir = node->eir,
                       .facts = &node->facts,
                       .ledger = node->data.ledger,
                       .sighter = node->sighter,
                       .started_ms = clock_wall_ms()},
    };
    struct fronts_options options = {
        .config = node->config,
        .eir = node->eir,
        .clerk = node->clerk,
        .watch = watched_port(&node->watched),
    };
    return fronts_open(&options, &node->fronts);
}

static void open_loop(struct node *node)
{
    static const int numbers[2] = {SIGTERM, SIGINT};
    static const struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGPIPE, &ignore, NULL); /* a reader of our log that goes away is no reason to end */
    uv_loop_init(&node->loop);
    uv_async_init(&node->loop, &node->wake, node_on_mail);
    uv_prepare_init(&node->loop, &node->prepare);
    uv_timer_init(&node->loop, &node->timer);
    node->wake.data = node->prepare.data = node->timer.data = node;
    node->timer.timer_cb = node_on_timer;
    uv_timer_init(&node->loop, &node->daily);
    node->daily.data = node;
    uv_timer_start(&node->daily, node_on_day, 0, EXPIRY_EVERY_MS);
    for (size_t i = 0; i < 2; i++) {
        uv_signal_init(&node->loop, &node->signals[i]);
        node->signals[i].data = node;
        uv_signal_start(&node->signals[i], node_on_signal, numbers[i]);
    }
    queue_on_put(&node->mail, node_wake, node);
    node->has_loop = true;
}

/* SIG_IGN or SIG_DFL. There is nothing to reload before all is read and after all is closed. */
static void set_end_signals(void (*handler)(int number))
{
    struct sigaction action = {.sa_handler = handler};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    sigaction(SIGHUP, &ignore, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
}

static enum node_exit not_started(enum err err)
{
    log_event(LOG_ERROR, "not_started", "why=%s text=\"%s\"", err_name(err), err_sentence(err));
    return err == ERR_CONFIG || err == ERR_BAD_KEY ? NODE_EXIT_CONFIG
           : err == ERR_NETWORK                    ? NODE_EXIT_NETWORK
                                                   : NODE_EXIT_FAILED;
}

/* Everything from the data directory to the clients' socket, in the order in which each needs the
 * one before. */
enum node_exit node_open(struct node *node, bool was_damaged)
{
    set_end_signals(SIG_DFL); /* until the loop takes them: a log is long to verify */
    enum node_exit result = node_open_data(node, was_damaged);
    if (result != NODE_EXIT_STOPPED || node->stopping_ms != 0)
        return result;
    enum err err = open_eir(node); /* long, with many claims */
    if (err != ERR_OK)
        return not_started(err);
    open_loop(node);
    err = writer_start(node->data.disk, &node->mail, &node->writer);
    if (err == ERR_OK)
        err = offer_open(node->data.ledger, &node->offer);
    if (err == ERR_OK)
        err = applier_start(node->data.ledger, &node->mail, &node->applier);
    if (err == ERR_OK)
        applier_offer(node->applier, node->offer);
    if (err == ERR_OK)
        err = node_open_peers(node);
    if (err == ERR_OK)
        err = open_driver(node);
    begin_membership(node);
    begin_checkpoints(node);
    begin_heads(node);
    if (err == ERR_OK)
        err = open_intake(node);
    if (err == ERR_OK)
        err = open_exchange(node);
    if (err == ERR_OK)
        err = open_states(node);
    if (err == ERR_OK)
        err = open_reads(node);
    if (err == ERR_OK)
        err =
            rulebook_open(&node->loop, node->config, node->data.ledger, node->eir, &node->rulebook);
    if (err == ERR_OK) {
        node_publish(node); /* before anybody can ask */
        err = open_clerk(node);
    }
    if (err == ERR_OK)
        err = server_open(node->config->clients, node->clerk, &node->server);
    if (err == ERR_OK)
        err = start_sighter(node);
    if (err == ERR_OK)
        err = open_fronts(node);
    if (err == ERR_OK)
        return NODE_EXIT_STOPPED;
    return not_started(err);
}

static void close_handle(uv_handle_t *handle, void *context)
{
    (void)context;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* In the reverse order: first those that bring work, then those that finish it. */
void node_close(struct node *node)
{
    fronts_close(node->fronts);
    sighter_stop(node->sighter);
    clerk_close(node->clerk);
    contacts_close(&node->contacts);
    peers_hang_up(node->peers);
    writer_stop(node->writer);
    applier_stop(node->applier);
    queue_close(&node->mail);
    node_drop_mail(node);
    intake_close(node->intake);
    exchange_close(node->exchange);
    states_close(node->states);
    offer_close(node->offer);
    reads_close(node->reads);
    server_close(node->server);
    clerk_free(node->clerk);
    flagger_close(node->flagger);
    driver_close(node->driver);
    peers_close(node->peers);
    rulebook_close(node->rulebook);
    if (node->has_loop) {
        uv_walk(&node->loop, close_handle, NULL);
        uv_run(&node->loop, UV_RUN_DEFAULT);
        uv_loop_close(&node->loop);
        /* libuv has given them back: the end under way keeps its exit status. */
        set_end_signals(SIG_IGN);
    }
    rulebook_free(node->rulebook);
    eir_close(node->eir);
    sighter_close(node->sighter);
    data_close(&node->data);
}
