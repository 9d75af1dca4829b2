#include "node/driver_state.h"

#include "node/clock.h"
#include "node/frames.h"
#include "node/judge.h"
#include "node/log.h"

/* Blocks that may wait for the disk: below the slots of the cache, which must hold them all. */
#define UNDURABLE_MAX (BLOCK_CACHE_SLOTS / 2)

/* Writes that may wait for it, and bytes of blocks in them: a message can be a write of a term, or
 * of a block that cuts the one before. More than a leader's window and what is pulled. */
#define WRITES_WAITING_MAX 1024
#define BYTES_WAITING_MAX  ((size_t)64 << 20)

/* How far a term may be beyond the milliseconds that the network is old: for clocks that differ. */
#define TERM_AHEAD_MAX 65536

/* How many times the log may say the same warning in a row of events. */
#define WARNING_EVERY_MS 1000

static void warn(struct driver *driver, uint32_t from, enum err err)
{
    uint64_t now_ms = clock_monotonic_ms();
    if (now_ms - driver->warned_at_ms < WARNING_EVERY_MS)
        return;
    driver->warned_at_ms = now_ms;
    log_event(LOG_WARNING, "append_refused", "from=%u why=%s text=\"%s\"", from, err_name(err),
              err_sentence(err));
}

void driver_knew_all(struct driver *driver, uint64_t at_ms)
{
    if (at_ms > driver->fresh_at_ms)
        driver->fresh_at_ms = at_ms;
}

void driver_note_fresh(struct driver *driver)
{
    if (raft_role(driver->raft) == RAFT_LEADER && driver_leads(driver) &&
        driver->applied >= raft_commit(driver->raft))
        driver_knew_all(driver, raft_contact_ms(driver->raft));
}

/* What a leader alone says. */
static bool is_word_of_leader(const struct raft_message *message)
{
    return message->kind == RAFT_HEARTBEAT || message->kind == RAFT_APPEND;
}

/* Of the leader that this node follows, in its term. */
static bool is_of_leader(const struct driver *driver, const struct raft_message *message)
{
    return message->from == raft_leader(driver->raft) && message->term == raft_term(driver->raft);
}

static void note_commit(struct driver *driver, const struct raft_message *message)
{
    if (!is_of_leader(driver, message) || !is_word_of_leader(message))
        return;
    uint64_t known = message->kind == RAFT_HEARTBEAT ? message->index : message->commit;
    /* Of one leader the larger: its two connections overtake each other. */
    if (message->term != driver->known_term || driver->known_commit < known)
        driver->known_commit = known;
    driver->known_term = message->term;
}

/* The leader cannot see that by itself; its operator should know. */
static void tell_ahead(struct driver *driver, uint32_t leader)
{
    uint8_t buffer[64];
    struct peer_refused refused = {.err = ERR_CLOCK};
    struct writer writer = writer_over(buffer, sizeof buffer);
    peer_refused_write(&writer, &refused);
    frame_send(driver->options.links, leader, PEER_CONTROL, writer_view(&writer), "refused");
}

static void note_checkpoint(struct driver *driver, const struct raft_message *message)
{
    if (is_of_leader(driver, message) &&
        dispute_note(&driver->dispute, message->from, message->term, clock_monotonic_ms(),
                     driver->options.timing.election_max_ms))
        driver_fail(driver, ERR_CHECKPOINT, "the others go on from a state that this one is not");
}

/* A leader whose blocks are refused, because its clock is ahead or because it lies, goes on
 * leading, and nothing is committed, for as long as its heartbeats are heard. So who refuses its
 * blocks does not hear it, for long enough to elect another one; its next block says whether it has
 * changed. */
static void note_refused(struct driver *driver, const struct raft_message *message, enum err err)
{
    if (err == ERR_CLOCK)
        tell_ahead(driver, message->from);
    if (err == ERR_CHECKPOINT)
        note_checkpoint(driver, message);
    uint64_t rest_ms = 2 * (uint64_t)driver->options.timing.election_max_ms;
    withheld_note(&driver->unheard, message->from, clock_monotonic_ms() + rest_ms);
}

static bool is_unheard(const struct driver *driver, const struct raft_message *message)
{
    return is_word_of_leader(message) && message->count == 0 &&
           withheld_has(&driver->unheard, message->from, clock_monotonic_ms());
}

void driver_confirmed(struct driver *driver, uint32_t leader)
{
    if (driver->confirmed_term != 0 || driver->confirmed_leader != 0)
        return; /* the first one says most */
    driver->confirmed_leader = leader;
    if (leader == driver->options.node)
        driver->confirmed_term = raft_term(driver->raft);
}

/* In which term it leads by then its next word says: all later terms began with this process
 * running. docs/internals/consensus.md has the argument. */
static void note_confirmed(struct driver *driver, const struct raft_message *message)
{
    bool is_leaders = is_of_leader(driver, message) && is_word_of_leader(message);
    if (driver->confirmed_term == 0 && is_leaders && message->from == driver->confirmed_leader)
        driver->confirmed_term = message->term;
}

/* A leader that says this node had acknowledged what it cannot have. */
static bool is_false_loss(const struct driver *driver, const struct raft_message *message)
{
    return message->kind == RAFT_HEARTBEAT && message->commit > driver->chain.tip.height &&
           driver->confirmed_term != 0 && message->term > driver->confirmed_term;
}

/* Blocks at which all nodes would stop are not taken. From one on of which this state cannot say
 * what it is they wait until the leader sends them again; or are taken, when they are `pulled`: a
 * node that is far behind gets its log before its state, and believes its leader for that. */
static enum err judge(struct driver *driver, struct raft_message *message, bool pulled)
{
    size_t taken;
    if (driver->options.takes_state)
        return ERR_OK; /* its state is of no height yet */
    enum err err = judge_blocks(&driver->chain, driver->options.ledger, &driver->incoming, &taken);
    if (err != ERR_OK) {
        inspected_drop(&driver->incoming);
        return err;
    }
    while (!pulled && driver->incoming.count > taken)
        block_ref_drop(driver->incoming.blocks[--driver->incoming.count]);
    message->count = (uint32_t)driver->incoming.count;
    return ERR_OK;
}

/* Blocks of a leader's APPEND, or as good as those: to driver->incoming, if they may be taken. */
static enum err examine(struct driver *driver, struct raft_message *message, struct bytes blocks,
                        bool pulled)
{
    driver->incoming.count = 0;
    if (message->count > 0 && driver->chain.tip.height - driver->durable >= UNDURABLE_MAX)
        return ERR_BUSY; /* the disk is behind: the leader sends again */
    enum err err = inspect_append(&driver->chain, message, blocks, clock_wall_ms(),
                                  driver->options.genesis->skew_max_ms, &driver->incoming);
    if (err == ERR_OK)
        err = judge(driver, message, pulled);
    if (err_kind(driver->incoming.own) == ERR_KIND_BROKEN)
        driver_fail(driver, driver->incoming.own, "a block of the log cannot be read");
    return err;
}

/* The core's, and the blocks that examine() has found. */
static void take(struct driver *driver, const struct raft_message *message)
{
    struct raft_event event = {
        .kind = RAFT_EVENT_MESSAGE,
        .message = message,
        .entries = driver->incoming.entries,
    };
    (void)driver_run(driver, &event, driver->incoming.blocks);
    inspected_drop(&driver->incoming);
}

/* No honest term is beyond: each election takes more than the millisecond that it is given here.
 * Without a bound one message of the last term there is would end all elections; with one that
 * moves along with this node's term, many would take it where the others do not follow. */
static bool is_possible_term(const struct driver *driver, uint64_t term)
{
    uint64_t founded_ms = driver->options.genesis->time_ms;
    uint64_t wall_ms = clock_wall_ms();
    uint64_t age_ms = wall_ms > founded_ms ? wall_ms - founded_ms : 0;
    return term <= age_ms + TERM_AHEAD_MAX || term <= raft_term(driver->raft);
}

static enum err parse(const struct driver *driver, uint32_t from, struct bytes frame,
                      struct raft_message *message, struct bytes *blocks)
{
    enum err err = peer_raft_parse(frame, message, blocks);
    if (err != ERR_OK)
        return err;
    bool is_ours = message->from == from && message->to == driver->options.node;
    return is_ours && is_possible_term(driver, message->term) ? ERR_OK : ERR_OUT_OF_RANGE;
}

/* What comes is lost then, as on any network: who is honest says it again. */
static bool is_disk_behind(const struct driver *driver)
{
    return driver->write - driver->write_durable >= WRITES_WAITING_MAX ||
           writer_backlog(driver->options.writer) >= BYTES_WAITING_MAX;
}

void driver_receive(struct driver *driver, uint32_t from, struct bytes frame)
{
    struct raft_message message;
    struct bytes blocks;
    enum err err = parse(driver, from, frame, &message, &blocks);
    if (err == ERR_OK && is_disk_behind(driver))
        err = ERR_BUSY;
    if (err != ERR_OK) {
        warn(driver, from, err);
        return;
    }
    bool has_blocks = message.count > 0;
    err = is_false_loss(driver, &message) ? ERR_OUT_OF_RANGE
                                          : examine(driver, &message, blocks, false);
    if (err != ERR_OK) {
        if (driver->incoming.own == ERR_OK && err != ERR_BUSY && err != ERR_MEMORY)
            note_refused(driver, &message, err);
        warn(driver, from, err);
        return;
    }
    if (has_blocks) {
        withheld_note(&driver->unheard, from, 0);
        dispute_settle(&driver->dispute);
    }
    if (is_unheard(driver, &message))
        return;
    if (message.kind == RAFT_APPEND && message.index <= driver->chain.tip.height)
        driver->pushed++;
    take(driver, &message);
    note_commit(driver, &message);
    note_confirmed(driver, &message);
    driver_note_fresh(driver);
}

enum err driver_deliver(struct driver *driver, const struct peer_blocks *blocks)
{
    struct chain_link before;
    uint32_t leader = raft_leader(driver->raft);
    uint64_t last = blocks->first + blocks->count - 1;
    if (leader == 0 || leader == driver->options.node)
        return ERR_NO_LEADER;
    enum err err = chain_link(&driver->chain, blocks->first - 1, &before);
    if (err_kind(err) == ERR_KIND_BROKEN)
        driver_fail(driver, err, "a block of the log cannot be read");
    if (err != ERR_OK)
        return ERR_BUSY; /* else the log has been cut meanwhile */
    struct raft_message message = {
        .kind = RAFT_APPEND,
        .from = leader,
        .to = driver->options.node,
        .term = raft_term(driver->raft),
        .index = before.height,
        .log_term = before.term,
        .commit = last,
        .context = UINT64_MAX, /* no attempt of the leader's to find where the logs agree */
        .count = blocks->count,
    };
    err = examine(driver, &message, blocks->frames, true);
    if (err != ERR_OK)
        return driver->incoming.own == ERR_OK ? err : ERR_BUSY;
    take(driver, &message);
    return raft_commit(driver->raft) >= last ? ERR_OK : ERR_BUSY;
}
