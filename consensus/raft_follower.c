#include "consensus/raft_state.h"

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* True when the sender may be the leader of this term: then it is. */
static bool accept_leader(struct raft *raft, struct raft_ready *ready, uint32_t from)
{
    if (raft->role == RAFT_LEADER || (raft->leader != 0 && raft->leader != from))
        return false; /* two leaders of one term: cannot be (D 3.6.3) */
    raft_follow(raft, ready, raft->term, from);
    raft->heard_ms = raft->now_ms;
    raft_election_await(raft);
    return true;
}

/* Where this node's log ends: with that its leader finds where the two agree. */
static void describe_log(const struct raft *raft, struct raft_message *reply)
{
    reply->index = raft->tail.last;
    reply->log_term = raft_tail_term(&raft->tail, raft->tail.last);
    reply->commit = raft->commit;
}

/* ---- HEARTBEAT ---- */

static void answer_heartbeat(const struct raft *raft, struct raft_ready *ready,
                             const struct raft_message *message)
{
    /* At once: it says that no later leader had this node's vote when the heartbeat came, and for
     * that the votes that left are durable. docs/internals/consensus.md has the argument. */
    struct raft_message *reply = raft_send(raft, ready, RAFT_HEARTBEAT_REPLY, message->from);
    describe_log(raft, reply);
    reply->context = message->context;
}

void raft_on_heartbeat(struct raft *raft, struct raft_ready *ready,
                       const struct raft_message *message)
{
    if (!accept_leader(raft, ready, message->from))
        return;
    /* The leader tells of no more than this node has acknowledged to it in this term, which it did
     * when it was durable, and in one term nothing of it is cut: docs/internals/consensus.md. */
    if (message->commit > raft->tail.last) {
        ready->lost = message->commit;
        return;
    }
    raft_commit_to(raft, message->commit);
    answer_heartbeat(raft, ready, message);
}

/* ---- APPEND, D 3.5 ---- */

static bool entry_is_sound(const struct raft_entry *entry, uint64_t term_before, uint64_t term)
{
    if (entry->term == 0 || entry->term < term_before || entry->term > term)
        return false;
    switch (entry->kind) {
    case RAFT_ENTRY_NORMAL:
    case RAFT_ENTRY_NOOP: return true;
    case RAFT_ENTRY_MEMBERS: return entry->members != NULL && raft_members_sound(entry->members);
    }
    return false;
}

static bool append_is_sound(const struct raft_event *event)
{
    const struct raft_message *message = event->message;
    if (message->count > RAFT_APPEND_MAX || (message->count > 0 && event->entries == NULL) ||
        message->index > UINT64_MAX - message->count || message->log_term > message->term ||
        (message->index == 0) != (message->log_term == 0))
        return false;
    uint64_t term = message->log_term;
    for (uint32_t i = 0; i < message->count; i++) {
        if (!entry_is_sound(&event->entries[i], term, message->term))
            return false;
        term = event->entries[i].term;
    }
    return true;
}

/* False when the message speaks of another entry than the one this node knows to be committed:
 * whoever says so is no leader (D 3.6.3). Committed entries are never cut. */
static bool respects_commit(const struct raft *raft, const struct raft_event *event)
{
    const struct raft_message *message = event->message;
    for (uint32_t i = 0; i <= message->count && message->index + i <= raft->commit; i++) {
        uint64_t term = i == 0 ? message->log_term : event->entries[i - 1].term;
        if (raft_tail_knows(&raft->tail, message->index + i) &&
            raft_tail_term(&raft->tail, message->index + i) != term)
            return false;
    }
    return true;
}

/* True when the entry before the first is in this log. */
static bool reaches_log(const struct raft *raft, const struct raft_message *message)
{
    if (message->index > raft->tail.last)
        return false;
    if (message->index <= raft->commit)
        return true; /* equal on all nodes: leader completeness, D 3.6.3 */
    return raft_tail_term(&raft->tail, message->index) == message->log_term;
}

/* How many of the entries the log has already; after those, the log ends or differs. */
static uint32_t count_present(const struct raft *raft, const struct raft_event *event)
{
    const struct raft_message *message = event->message;
    uint32_t present = 0;
    for (; present < message->count; present++) {
        uint64_t index = message->index + 1 + present;
        if (index > raft->tail.last)
            break;
        if (index > raft->commit &&
            raft_tail_term(&raft->tail, index) != event->entries[present].term)
            break;
    }
    return present;
}

/* True when no more than one change of members would stand above `commit`: a leader begins one
 * only after the last one is committed, and its messages say so. */
static bool has_one_change(const struct raft *raft, const struct raft_event *event, uint32_t skip,
                           uint64_t commit)
{
    const struct raft_message *message = event->message;
    uint64_t keep = message->index + skip;
    uint32_t changes = raft->change > commit && (skip == message->count || raft->change <= keep);
    for (uint32_t i = skip; i < message->count; i++) {
        uint64_t index = message->index + 1 + i;
        changes += event->entries[i].kind == RAFT_ENTRY_MEMBERS && index > commit;
    }
    return changes <= 1;
}

/* Entries above `keep` conflict with the leader's (D 3.5). */
static void cut(struct raft *raft, struct raft_ready *ready, uint64_t keep)
{
    invariant(keep >= raft->commit);
    ready->cut = true;
    ready->keep = keep;
    raft_tail_cut(&raft->tail, keep);
    if (raft->change <= keep)
        return;
    raft->change = 0; /* the members before it are in force again: D 4.1 */
    raft_members_copy(&raft->members, &raft->members_before);
}

static void store(struct raft *raft, struct raft_ready *ready, const struct raft_event *event,
                  uint32_t skip)
{
    const struct raft_message *message = event->message;
    uint64_t keep = message->index + skip;
    ready->append_skip = skip;
    if (skip == message->count)
        return;
    if (keep < raft->tail.last)
        cut(raft, ready, keep);
    ready->append_first = keep + 1;
    ready->append_count = message->count - skip;
    for (uint32_t i = skip; i < message->count; i++)
        raft_append(raft, &event->entries[i]);
}

static void refuse(const struct raft *raft, struct raft_ready *ready,
                   const struct raft_message *message)
{
    struct raft_message *reply = raft_send(raft, ready, RAFT_APPEND_REPLY, message->from);
    describe_log(raft, reply);
    reply->context = message->context;
}

void raft_on_append(struct raft *raft, struct raft_ready *ready, const struct raft_event *event)
{
    const struct raft_message *message = event->message;
    if (!append_is_sound(event) || !respects_commit(raft, event) ||
        !accept_leader(raft, ready, message->from))
        return;
    if (!reaches_log(raft, message)) {
        refuse(raft, ready, message);
        return;
    }
    uint64_t end = message->index + message->count;
    uint64_t commit = larger(raft->commit, smaller(message->commit, end));
    uint32_t skip = count_present(raft, event);
    if ((end > commit && end - commit >= RAFT_TAIL_MAX) ||
        !has_one_change(raft, event, skip, commit))
        return; /* no leader sends what does not fit: it holds the same bounds */
    store(raft, ready, event, skip);
    raft_commit_to(raft, commit);
    struct raft_message *reply = raft_send_durable(raft, ready, RAFT_APPEND_REPLY, message->from);
    reply->granted = true;
    reply->index = end; /* what this message proved, and no more: the log may go on differently */
    reply->commit = raft->commit;
    reply->context = message->context;
}

/* ---- messages of an older term ---- */

void raft_answer_old(struct raft *raft, struct raft_ready *ready,
                     const struct raft_message *message)
{
    switch (message->kind) {
    case RAFT_VOTE: raft_send(raft, ready, RAFT_VOTE_REPLY, message->from); return;
    case RAFT_HEARTBEAT: answer_heartbeat(raft, ready, message); return;
    case RAFT_APPEND: refuse(raft, ready, message); return;
    case RAFT_PRE_VOTE:
    case RAFT_PRE_VOTE_REPLY:
    case RAFT_VOTE_REPLY:
    case RAFT_HEARTBEAT_REPLY:
    case RAFT_APPEND_REPLY:
    case RAFT_CAMPAIGN_NOW: return;
    }
}
