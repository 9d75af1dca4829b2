#include "node/driver.h"

#include "node/clock.h"
#include "node/driver_state.h"
#include "node/log.h"
#include "proto/invariant.h"

#include <stdio.h>

/* Lines about roles in the log: a peer can change the role with each message. */
enum { ROLES_MAX = 100, ROLES_PERIOD_MS = 10000 };

void driver_fail(struct driver *driver, enum err err, const char *what)
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
        driver_fail(driver, err, "a block of the log cannot be read");
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
        driver_fail(driver, err, "the log writer takes no more");
    if (ready->cut)
        cut(driver);
    invariant(blocks != NULL || ready->append_count == 0);
    for (uint32_t i = 0; i < ready->append_count && !driver->has_failed; i++)
        chain_append(&driver->chain, blocks[ready->append_skip + i]);
}

uint64_t driver_learn(struct driver *driver, const struct disk_peer *peer)
{
    struct write_order order = {.learned = peer};
    enum err err = writer_queue(driver->options.writer, ++driver->write, &order);
    if (err != ERR_OK)
        driver_fail(driver, err, "the log writer takes no more");
    return driver->write;
}

bool driver_has_written(const struct driver *driver, uint64_t write)
{
    return driver->write_durable >= write;
}

void driver_withhold(struct driver *driver, uint32_t peer, uint64_t until_ms)
{
    withheld_note(&driver->withheld, peer, until_ms);
}

/* A message can always be lost. What is lost here is asked for again by the follower's answers to
 * heartbeats, so that the leader goes on where the follower is by then. */
static bool is_withheld(const struct driver *driver, const struct raft_message *message)
{
    return message->kind == RAFT_APPEND && message->index + PULL_END < raft_commit(driver->raft) &&
           withheld_has(&driver->withheld, message->to, clock_monotonic_ms());
}

static void send(struct driver *driver, const struct raft_outgoing *outgoing)
{
    if (is_withheld(driver, &outgoing->message))
        return;
    enum err err = sender_send(&driver->sender, outgoing);
    if (err != ERR_OK)
        driver_fail(driver, err, "a block of the log cannot be read");
}

/* Blocks that are committed, and durable here, go to the apply thread. */
void driver_hand_to_apply(struct driver *driver)
{
    uint64_t commit = raft_commit(driver->raft);
    uint64_t until = commit < driver->durable ? commit : driver->durable;
    if (driver->options.takes_state)
        return;
    while (driver->handed < until && !driver->apply_is_full && !driver->has_failed) {
        struct block_ref *block;
        enum err err = chain_block(&driver->chain, driver->handed + 1, &block);
        if (err != ERR_OK) {
            driver_fail(driver, err, "a committed block cannot be read");
            return;
        }
        err = applier_queue(driver->options.applier, block);
        block_ref_drop(block);
        driver->apply_is_full = err == ERR_BUSY; /* driver_applied() goes on */
        if (err == ERR_BUSY)
            return;
        if (err != ERR_OK) {
            driver_fail(driver, err, "the apply thread takes no more");
            return;
        }
        driver->handed++;
    }
}

bool driver_takes_state(const struct driver *driver)
{
    return driver->options.takes_state;
}

void driver_apply(struct driver *driver)
{
    driver->options.takes_state = false;
    driver_hand_to_apply(driver);
}

static void note_role(struct driver *driver)
{
    if (raft_role(driver->raft) != RAFT_LEADER)
        driver->noop = 0;
    if (!ration_take(&driver->roles, ROLES_MAX, ROLES_PERIOD_MS, clock_monotonic_ms()))
        return;
    char more[32] = "";
    unsigned unsaid = ration_withheld(&driver->roles);
    if (unsaid > 0)
        snprintf(more, sizeof more, " unsaid=%u", unsaid);
    log_event(LOG_INFO, "role", "role=%s term=%llu leader=%u height=%llu%s",
              raft_role_word(raft_role(driver->raft)), (unsigned long long)raft_term(driver->raft),
              raft_leader(driver->raft), (unsigned long long)driver->chain.tip.height, more);
}

/* One event, and all that the core wants done about it. `blocks` are those of event->entries. */
enum err driver_step(struct driver *driver, struct raft_event *event,
                     struct block_ref *const *blocks)
{
    if (driver->has_failed)
        return ERR_SHUTTING_DOWN;
    event->now_ms = clock_monotonic_ms();
    enum err err = raft_step(driver->raft, event, &driver->ready);
    if (driver->ready.lost != 0) {
        driver_fail(driver, ERR_SET_BACK, "the leader speaks of a block that this node has lost");
        return ERR_SET_BACK;
    }
    queue_write(driver, blocks);
    if (driver->ready.role_changed)
        note_role(driver);
    for (size_t i = 0; i < driver->ready.message_count && !driver->has_failed; i++) {
        const struct raft_outgoing *outgoing = &driver->ready.messages[i];
        if (!outgoing->after_durable)
            send(driver, outgoing);
        else if (held_put(&driver->held, driver->write, outgoing, driver->options.node) != ERR_OK)
            driver_fail(driver, ERR_MEMORY, "a message to this node itself is lost");
    }
    for (size_t i = 0; i < driver->ready.read_count; i++)
        driver->options.read(driver->options.context, driver->ready.reads[i].read,
                             driver->ready.reads[i].index);
    driver_hand_to_apply(driver);
    return err;
}

/* Sends what has become durable. A message to this node itself is an event of its own, and may
 * release more. */
void driver_release(struct driver *driver)
{
    struct raft_outgoing outgoing;
    while (!driver->has_failed && held_take(&driver->held, driver->write_durable, &outgoing)) {
        if (outgoing.message.to != driver->options.node) {
            send(driver, &outgoing);
            continue;
        }
        struct raft_event event = {.kind = RAFT_EVENT_MESSAGE, .message = &outgoing.message};
        (void)driver_step(driver, &event, NULL);
        if (driver->ready.want_noop)
            driver_propose_noop(driver);
    }
}

/* A step from outside, with all that follows from it. */
enum err driver_run(struct driver *driver, struct raft_event *event,
                    struct block_ref *const *blocks)
{
    enum err err = driver_step(driver, event, blocks);
    if (driver->ready.want_noop)
        driver_propose_noop(driver);
    driver_release(driver);
    return err;
}
/* ---- events ---- */

void driver_tick(struct driver *driver)
{
    struct raft_event event = {.kind = RAFT_EVENT_TICK};
    (void)driver_run(driver, &event, NULL);
}

uint64_t driver_deadline_ms(const struct driver *driver)
{
    return raft_deadline_ms(driver->raft);
}
void driver_written(struct driver *driver, const struct mail_written *mail)
{
    if (mail->err != ERR_OK) {
        driver_fail(driver, mail->err, "the log cannot be written");
        return;
    }
    driver->write_durable = mail->write;
    driver->durable = mail->last;
    if (driver->cut_write > mail->write && driver->durable > driver->cut_keep)
        driver->durable = driver->cut_keep;
    chain_trim(&driver->chain, driver->durable);
    driver_release(driver);
    driver_hand_to_apply(driver);
}

void driver_applied(struct driver *driver, uint64_t height)
{
    driver->applied = height;
    driver->apply_is_full = false;
    driver_note_fresh(driver);
    driver_hand_to_apply(driver);
}

enum err driver_read(struct driver *driver, uint64_t read)
{
    struct raft_event event = {.kind = RAFT_EVENT_READ, .read = read};
    return driver_run(driver, &event, NULL);
}

bool driver_hand_over(struct driver *driver)
{
    struct raft_event event = {.kind = RAFT_EVENT_TRANSFER};
    return raft_role(driver->raft) == RAFT_LEADER && driver_run(driver, &event, NULL) == ERR_OK;
}
static enum node_state state_of(const struct driver *driver)
{
    bool votes = raft_members_votes(raft_members(driver->raft), driver->options.node);
    switch (raft_role(driver->raft)) {
    case RAFT_FOLLOWER: return votes ? NODE_FOLLOWER : NODE_LEARNER;
    case RAFT_PRE_CANDIDATE:
    case RAFT_CANDIDATE: return NODE_CANDIDATE;
    case RAFT_LEADER: return NODE_LEADER;
    }
    return NODE_FOLLOWER;
}

struct driver_status driver_status(const struct driver *driver)
{
    return (struct driver_status){
        .state = state_of(driver),
        .term = raft_term(driver->raft),
        .leader = raft_leader(driver->raft),
        .committed = raft_commit(driver->raft),
        .known = driver->known_commit,
        .durable = driver->durable,
        .applied = driver->applied,
        .tip = driver->chain.tip,
        .trail = driver->chain.trail,
        .pushed = driver->pushed,
        .fresh_at_ms = driver->fresh_at_ms,
    };
}

uint64_t driver_matched(const struct driver *driver, uint32_t peer)
{
    return raft_matched(driver->raft, peer);
}

uint64_t driver_heard_ms(const struct driver *driver, uint32_t peer)
{
    return raft_heard_ms(driver->raft, peer);
}

const struct raft_members *driver_members(const struct driver *driver)
{
    return raft_members(driver->raft);
}

const struct raft_members *driver_members_before(const struct driver *driver)
{
    return raft_members_before(driver->raft);
}
