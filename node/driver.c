#include "node/driver.h"

#include "node/clock.h"
#include "node/held.h"
#include "node/inspect.h"
#include "node/log.h"
#include "node/sender.h"
#include "proto/invariant.h"

#include <stdlib.h>

/* Blocks that may wait for the disk: below the slots of the cache, which must hold them all. */
#define UNDURABLE_MAX (BLOCK_CACHE_SLOTS / 2)

/* How many times the log may say the same warning in a row of events. */
#define WARNING_EVERY_MS 1000

/* A leader whose blocks are too far ahead of this node's clock. */
struct ahead {
    uint32_t leader; /* 0: none */
    uint64_t term;
    uint64_t until_ms; /* it is not heard until then */
};

struct driver {
    struct driver_options options;
    struct raft *raft;
    struct chain chain;
    struct raft_ready ready; /* of the step under way */
    struct inspected incoming;
    uint8_t proposal[BLOCK_SIZE_MAX];
    struct sender sender;
    struct held held;
    uint64_t write;         /* writes queued so far */
    uint64_t write_durable; /* of these, durable */
    uint64_t durable;       /* highest durable block */
    uint64_t cut_write; /* the last queued write that cuts the log, and the lowest height that */
    uint64_t cut_keep;  /* such writes keep: above it, what is on disk until then has gone */
    uint64_t handed;    /* highest block given to the apply thread */
    bool apply_is_full; /* until it has applied some */
    uint64_t applied;
    uint64_t noop;         /* height of this leader's no-op; 0: none */
    uint64_t known_commit; /* what the leader said last, and when */
    uint64_t known_at_ms;
    uint64_t fresh_at_ms;
    uint64_t warned_at_ms;
    struct ahead ahead;
    bool has_failed;
};

static void fail(struct driver *driver, enum err err, const char *what)
{
    if (driver->has_failed)
        return;
    driver->has_failed = true;
    driver->options.fail(driver->options.context, err, what);
}

/* ---- what the core wants done ---- */

static void cut(struct driver *driver)
{
    uint64_t keep = driver->ready.keep;
    bool is_pending = driver->cut_write > driver->write_durable;
    driver->cut_keep = is_pending && driver->cut_keep < keep ? driver->cut_keep : keep;
    driver->cut_write = driver->write;
    if (driver->durable > driver->cut_keep)
        driver->durable = driver->cut_keep;
    enum err err = chain_cut(&driver->chain, keep);
    if (err != ERR_OK)
        fail(driver, err, "a block of the log cannot be read");
}

static void queue_write(struct driver *driver, struct block_ref *const *blocks)
{
    const struct raft_ready *ready = &driver->ready;
    if (!ready->save && !ready->cut && ready->append_count == 0)
        return;
    struct write_order order = {
        .save = ready->save,
        .term = ready->term,
        .vote = ready->vote,
        .cut = ready->cut,
        .keep = ready->keep,
        .commit = ready->commit,
        .blocks = ready->append_count > 0 ? blocks + ready->append_skip : NULL,
        .block_count = ready->append_count,
    };
    enum err err = writer_queue(driver->options.writer, ++driver->write, &order);
    if (err != ERR_OK)
        fail(driver, err, "the log writer takes no more");
    if (ready->cut)
        cut(driver);
    invariant(blocks != NULL || ready->append_count == 0);
    for (uint32_t i = 0; i < ready->append_count && !driver->has_failed; i++)
        chain_append(&driver->chain, blocks[ready->append_skip + i]);
}

static void send(struct driver *driver, const struct raft_outgoing *outgoing)
{
    enum err err = sender_send(&driver->sender, outgoing);
    if (err != ERR_OK)
        fail(driver, err, "a block of the log cannot be read");
}

/* Blocks that are committed, and durable here, go to the apply thread. */
static void hand_to_apply(struct driver *driver)
{
    uint64_t commit = raft_commit(driver->raft);
    uint64_t until = commit < driver->durable ? commit : driver->durable;
    while (driver->handed < until && !driver->apply_is_full && !driver->has_failed) {
        struct block_ref *block;
        enum err err = chain_block(&driver->chain, driver->handed + 1, &block);
        if (err != ERR_OK) {
            fail(driver, err, "a committed block cannot be read");
            return;
        }
        err = applier_queue(driver->options.applier, block);
        block_ref_drop(block);
        driver->apply_is_full = err == ERR_BUSY; /* driver_applied() goes on */
        if (err == ERR_BUSY)
            return;
        if (err != ERR_OK) {
            fail(driver, err, "the apply thread takes no more");
            return;
        }
        driver->handed++;
    }
}

static void note_role(struct driver *driver)
{
    if (raft_role(driver->raft) != RAFT_LEADER)
        driver->noop = 0;
    log_event(LOG_INFO, "role", "role=%s term=%llu leader=%u height=%llu",
              raft_role_word(raft_role(driver->raft)), (unsigned long long)raft_term(driver->raft),
              raft_leader(driver->raft), (unsigned long long)driver->chain.tip.height);
}

static void propose_noop(struct driver *driver);

/* One event, and all that the core wants done about it. `blocks` are those of event->entries. */
static enum err step(struct driver *driver, struct raft_event *event,
                     struct block_ref *const *blocks)
{
    if (driver->has_failed)
        return ERR_SHUTTING_DOWN;
    event->now_ms = clock_monotonic_ms();
    enum err err = raft_step(driver->raft, event, &driver->ready);
    queue_write(driver, blocks);
    if (driver->ready.role_changed)
        note_role(driver);
    for (size_t i = 0; i < driver->ready.message_count && !driver->has_failed; i++) {
        const struct raft_outgoing *outgoing = &driver->ready.messages[i];
        if (!outgoing->after_durable)
            send(driver, outgoing);
        else if (held_put(&driver->held, driver->write, outgoing, driver->options.node) != ERR_OK)
            fail(driver, ERR_MEMORY, "a message to this node itself is lost");
    }
    hand_to_apply(driver);
    return err;
}

/* Sends what has become durable. A message to this node itself is an event of its own, and may
 * release more. */
static void release(struct driver *driver)
{
    struct raft_outgoing outgoing;
    while (!driver->has_failed && held_take(&driver->held, driver->write_durable, &outgoing)) {
        if (outgoing.message.to != driver->options.node) {
            send(driver, &outgoing);
            continue;
        }
        struct raft_event event = {.kind = RAFT_EVENT_MESSAGE, .message = &outgoing.message};
        (void)step(driver, &event, NULL);
        if (driver->ready.want_noop)
            propose_noop(driver);
    }
}

/* A step from outside, with all that follows from it. */
static enum err run(struct driver *driver, struct raft_event *event,
                    struct block_ref *const *blocks)
{
    enum err err = step(driver, event, blocks);
    if (driver->ready.want_noop)
        propose_noop(driver);
    release(driver);
    return err;
}

/* ---- proposing ---- */

static enum err propose(struct driver *driver, struct block_build *build, enum block_kind kind)
{
    const struct chain_link *tip = &driver->chain.tip;
    struct block_header header = {
        .kind = kind,
        .height = tip->height + 1,
        .term = raft_term(driver->raft),
        .time_ms = driver_block_time_ms(driver),
        .leader = driver->options.node,
        .previous = tip->hash,
    };
    struct block_ref *block;
    enum err err = block_ref_make(block_build_end(build, &header), &block);
    if (err != ERR_OK)
        return err;
    struct raft_entry entry = {
        .term = header.term,
        .size = (uint32_t)block->block.encoded.size,
        .kind = chain_entry_kind(kind),
    };
    struct raft_event event = {.kind = RAFT_EVENT_PROPOSE, .entries = &entry};
    err = step(driver, &event, &block);
    block_ref_drop(block);
    return err;
}

static void propose_noop(struct driver *driver)
{
    struct block_build build;
    driver->ready.want_noop = false;
    block_build(&build, driver->proposal, sizeof driver->proposal);
    enum err err = propose(driver, &build, BLOCK_NOOP);
    if (err == ERR_OK)
        driver->noop = driver->chain.tip.height;
    else
        fail(driver, err, "a new leader's first block was not taken");
}

bool driver_leads(const struct driver *driver)
{
    return raft_role(driver->raft) == RAFT_LEADER && driver->noop != 0 &&
           driver->applied >= driver->noop;
}

uint64_t driver_block_time_ms(const struct driver *driver)
{
    uint64_t now_ms = clock_wall_ms();
    uint64_t tip_ms = driver->chain.tip.time_ms;
    return now_ms > tip_ms ? now_ms : tip_ms;
}

enum err driver_propose(struct driver *driver, driver_fill *fill, void *context)
{
    if (!driver_leads(driver))
        return ERR_NOT_LEADER;
    if (driver->chain.tip.height - driver->durable >= RAFT_UNCOMMITTED_MAX ||
        driver->chain.tip.height - raft_commit(driver->raft) >= RAFT_UNCOMMITTED_MAX)
        return ERR_BUSY;
    struct block_build build;
    block_build(&build, driver->proposal, sizeof driver->proposal);
    fill(context, &build);
    if (build.count == 0)
        return ERR_OK;
    enum err err = propose(driver, &build, BLOCK_TRANSACTIONS);
    release(driver);
    return err;
}

/* ---- events ---- */

void driver_tick(struct driver *driver)
{
    struct raft_event event = {.kind = RAFT_EVENT_TICK};
    (void)run(driver, &event, NULL);
}

uint64_t driver_deadline_ms(const struct driver *driver)
{
    return raft_deadline_ms(driver->raft);
}

static void warn(struct driver *driver, uint32_t from, enum err err)
{
    uint64_t now_ms = clock_monotonic_ms();
    if (now_ms - driver->warned_at_ms < WARNING_EVERY_MS)
        return;
    driver->warned_at_ms = now_ms;
    log_event(LOG_WARNING, "append_refused", "from=%u why=%s text=\"%s\"", from, err_name(err),
              err_sentence(err));
}

/* The applied height is all there is as soon as it reaches what the leader said was committed. What
 * was known once stays known: this never goes back. */
static void note_fresh(struct driver *driver)
{
    uint64_t fresh_at_ms = 0;
    if (raft_role(driver->raft) == RAFT_LEADER) {
        if (driver->applied >= raft_commit(driver->raft) && driver_leads(driver))
            fresh_at_ms = raft_contact_ms(driver->raft);
    } else if (driver->applied >= driver->known_commit) {
        fresh_at_ms = driver->known_at_ms;
    }
    if (fresh_at_ms > driver->fresh_at_ms)
        driver->fresh_at_ms = fresh_at_ms;
}

static void note_commit(struct driver *driver, const struct raft_message *message)
{
    bool is_leader =
        message->from == raft_leader(driver->raft) && message->term == raft_term(driver->raft);
    if (!is_leader || (message->kind != RAFT_HEARTBEAT && message->kind != RAFT_APPEND))
        return;
    driver->known_commit = message->kind == RAFT_HEARTBEAT ? message->index : message->commit;
    driver->known_at_ms = clock_monotonic_ms();
}

/* A leader whose clock is ahead goes on leading, and nothing is committed, for as long as its
 * heartbeats are heard. So who refuses its blocks does not hear it, for long enough to elect
 * another one; its next block says whether it still is ahead. */
static void note_ahead(struct driver *driver, const struct raft_message *message)
{
    driver->ahead = (struct ahead){
        .leader = message->from,
        .term = message->term,
        .until_ms = clock_monotonic_ms() + 2 * (uint64_t)driver->options.timing.election_max_ms,
    };
}

static bool is_unheard(const struct driver *driver, const struct raft_message *message)
{
    bool is_leaders = message->kind == RAFT_HEARTBEAT || message->kind == RAFT_APPEND;
    return is_leaders && message->count == 0 && message->from == driver->ahead.leader &&
           message->term == driver->ahead.term && clock_monotonic_ms() < driver->ahead.until_ms;
}

/* What the message is, and what its blocks are. */
static enum err examine(struct driver *driver, uint32_t from, struct bytes frame,
                        struct raft_message *message)
{
    struct bytes blocks;
    enum err err = peer_raft_parse(frame, message, &blocks);
    if (err != ERR_OK)
        return err;
    if (message->from != from || message->to != driver->options.node)
        return ERR_OUT_OF_RANGE;
    if (message->count > 0 && driver->chain.tip.height - driver->durable >= UNDURABLE_MAX)
        return ERR_BUSY; /* the disk is behind: the leader sends again */
    return inspect_append(&driver->chain, message, blocks, clock_wall_ms(),
                          driver->options.genesis->skew_max_ms, &driver->incoming);
}

void driver_receive(struct driver *driver, uint32_t from, struct bytes frame)
{
    struct raft_message message;
    driver->incoming.count = 0;
    enum err err = examine(driver, from, frame, &message);
    if (err == ERR_CLOCK)
        note_ahead(driver, &message);
    if (err == ERR_DIVERGED)
        fail(driver, err, "the leader's log and this node's differ in a block of one term");
    if (err != ERR_OK) {
        warn(driver, from, err);
        return;
    }
    if (is_unheard(driver, &message))
        return;
    if (message.count > 0)
        driver->ahead.leader = 0;
    struct raft_event event = {
        .kind = RAFT_EVENT_MESSAGE,
        .message = &message,
        .entries = driver->incoming.entries,
    };
    (void)run(driver, &event, driver->incoming.blocks);
    inspected_drop(&driver->incoming);
    note_commit(driver, &message);
    note_fresh(driver);
}

void driver_written(struct driver *driver, const struct mail_written *mail)
{
    if (mail->err != ERR_OK) {
        fail(driver, mail->err, "the log cannot be written");
        return;
    }
    driver->write_durable = mail->write;
    driver->durable = mail->last;
    if (driver->cut_write > mail->write && driver->durable > driver->cut_keep)
        driver->durable = driver->cut_keep;
    chain_trim(&driver->chain, driver->durable);
    release(driver);
    hand_to_apply(driver);
}

void driver_applied(struct driver *driver, uint64_t height)
{
    driver->applied = height;
    driver->apply_is_full = false;
    note_fresh(driver);
    hand_to_apply(driver);
}

bool driver_hand_over(struct driver *driver)
{
    struct raft_event event = {.kind = RAFT_EVENT_TRANSFER};
    return raft_role(driver->raft) == RAFT_LEADER && run(driver, &event, NULL) == ERR_OK;
}

/* ---- life ---- */

/* The newest entries of the log, for the core's ring: as many as it can hold. */
static enum err read_tail(const struct chain *chain, struct raft_entry *tail, uint32_t *count)
{
    uint64_t last = chain->tip.height;
    *count = last < RAFT_TAIL_MAX ? (uint32_t)last : RAFT_TAIL_MAX;
    for (uint32_t i = 0; i < *count; i++) {
        struct chain_link link;
        enum err err = chain_link(chain, last - *count + 1 + i, &link);
        if (err != ERR_OK)
            return err;
        tail[i] = (struct raft_entry){
            .term = link.term,
            .size = link.size,
            .kind = chain_entry_kind(link.kind),
        };
    }
    return ERR_OK;
}

static enum err start_core(struct driver *driver)
{
    static struct raft_entry tail[RAFT_TAIL_MAX];
    const struct driver_options *options = &driver->options;
    struct disk_state state = disk_state(options->disk);
    struct raft_start start = {
        .id = options->node,
        .seed = options->seed,
        .now_ms = clock_monotonic_ms(),
        .timing = options->timing,
        .term = state.term,
        .vote = state.vote,
        .commit = state.commit > options->applied ? state.commit : options->applied,
        .last_index = state.last,
        .tail = tail,
    };
    enum err err = read_tail(&driver->chain, tail, &start.tail_count);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < options->genesis->node_count; i++) {
        start.members.member[start.members.count++] = (struct raft_member){
            .id = options->genesis->nodes[i].id,
            .voter = true,
        };
    }
    start.members_before = start.members;
    driver->raft = calloc(1, raft_size());
    return driver->raft == NULL ? ERR_MEMORY : raft_init(driver->raft, &start);
}

enum err driver_open(const struct driver_options *options, struct driver **out)
{
    *out = NULL;
    struct driver *driver = calloc(1, sizeof *driver);
    if (driver == NULL)
        return ERR_MEMORY;
    driver->options = *options;
    driver->sender = (struct sender){
        .chain = &driver->chain,
        .links = options->links,
        .message_bytes = options->timing.message_bytes,
    };
    held_init(&driver->held);
    driver->applied = driver->handed = options->applied;
    driver->durable = disk_state(options->disk).last;
    enum err err = chain_open(&driver->chain, options->disk, options->genesis);
    if (err == ERR_OK)
        err = start_core(driver);
    if (err != ERR_OK) {
        driver_close(driver);
        return err;
    }
    hand_to_apply(driver);
    *out = driver;
    return ERR_OK;
}

void driver_close(struct driver *driver)
{
    if (driver == NULL)
        return;
    held_clear(&driver->held);
    chain_close(&driver->chain);
    free(driver->raft);
    free(driver);
}

static enum node_state state_of(const struct raft *raft)
{
    switch (raft_role(raft)) {
    case RAFT_FOLLOWER: return NODE_FOLLOWER;
    case RAFT_PRE_CANDIDATE:
    case RAFT_CANDIDATE: return NODE_CANDIDATE;
    case RAFT_LEADER: return NODE_LEADER;
    }
    return NODE_FOLLOWER;
}

struct driver_status driver_status(const struct driver *driver)
{
    return (struct driver_status){
        .state = state_of(driver->raft),
        .term = raft_term(driver->raft),
        .leader = raft_leader(driver->raft),
        .committed = raft_commit(driver->raft),
        .applied = driver->applied,
        .tip = driver->chain.tip,
        .fresh_at_ms = driver->fresh_at_ms,
    };
}

uint64_t driver_matched(const struct driver *driver, uint32_t peer)
{
    return raft_matched(driver->raft, peer);
}
