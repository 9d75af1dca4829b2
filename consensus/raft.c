#include "consensus/raft.h"

#include "consensus/raft_state.h"

const char *raft_role_word(enum raft_role role)
{
    switch (role) {
    case RAFT_FOLLOWER: return "follower";
    case RAFT_PRE_CANDIDATE: return "pre-candidate";
    case RAFT_CANDIDATE: return "candidate";
    case RAFT_LEADER: return "leader";
    }
    return "no role";
}

/* ---- start ---- */

static bool timing_is_sound(const struct raft_timing *timing)
{
    return timing->heartbeat_ms > 0 && timing->heartbeat_ms < timing->election_min_ms &&
           timing->election_min_ms < timing->election_max_ms &&
           timing->election_max_ms <= (uint64_t)timing->heartbeat_ms * RAFT_HEARTBEATS_MAX &&
           timing->window_bytes > 0 && timing->message_bytes > 0 && timing->window_messages > 0 &&
           timing->window_messages <= RAFT_WINDOW_MESSAGES_MAX;
}

static bool tail_is_sound(const struct raft_start *start)
{
    if (start->tail_count > RAFT_TAIL_MAX || start->tail_count > start->last_index ||
        start->commit > start->last_index)
        return false;
    uint64_t before = start->last_index - start->tail_count;
    if (before >= (start->commit > 0 ? start->commit : 1))
        return false; /* the entry at the commit index, or the first of all, is missing */
    uint64_t term = 1;
    bool change_found = start->members_index <= start->commit;
    for (uint32_t i = 0; i < start->tail_count; i++) {
        const struct raft_entry *entry = &start->tail[i];
        uint64_t index = before + 1 + i;
        if (entry->term < term || entry->term > start->term)
            return false;
        term = entry->term;
        if (entry->kind != RAFT_ENTRY_MEMBERS || index <= start->commit)
            continue;
        if (index != start->members_index)
            return false; /* two changes at a time */
        change_found = true;
    }
    return change_found;
}

static bool start_is_sound(const struct raft_start *start)
{
    return start->id != 0 && (start->vote == 0 || start->term > 0) && tail_is_sound(start) &&
           raft_members_sound(&start->members) &&
           (start->members_index <= start->commit ||
            (raft_members_sound(&start->members_before) &&
             raft_members_adjacent(&start->members, &start->members_before)));
}

enum err raft_init(struct raft *raft, const struct raft_start *start)
{
    if (!timing_is_sound(&start->timing))
        return ERR_CONFIG;
    if (!start_is_sound(start))
        return ERR_INTERNAL;
    memset(raft, 0, sizeof *raft); /* padding too: cores are compared and hashed whole */
    raft->id = start->id;
    raft->timing = start->timing;
    raft->random = start->seed + start->id; /* nodes with one seed still draw differently */
    raft->now_ms = start->now_ms;
    raft->term = start->term;
    raft->vote = start->vote;
    raft->commit = start->commit;
    raft_tail_start(&raft->tail, start->last_index - start->tail_count);
    for (uint32_t i = 0; i < start->tail_count; i++)
        raft_tail_push(&raft->tail, start->tail[i].term, start->tail[i].size);
    bool is_pending = start->members_index > start->commit;
    raft->change = is_pending ? start->members_index : 0;
    raft_members_copy(&raft->members, &start->members);
    raft_members_copy(&raft->members_before, is_pending ? &start->members_before : &start->members);
    raft_election_await(raft);
    raft_check_invariants(raft);
    return ERR_OK;
}

size_t raft_size(void)
{
    return sizeof(struct raft);
}

/* ---- what the parts share ---- */

struct raft_message *raft_send(const struct raft *raft, struct raft_ready *ready,
                               enum raft_message_kind kind, uint32_t to)
{
    invariant(ready->message_count < RAFT_OUTGOING_MAX);
    struct raft_outgoing *outgoing = &ready->messages[ready->message_count++];
    *outgoing = (struct raft_outgoing){
        .message = {.kind = kind, .from = raft->id, .to = to, .term = raft->term},
    };
    return &outgoing->message;
}

struct raft_message *raft_send_durable(const struct raft *raft, struct raft_ready *ready,
                                       enum raft_message_kind kind, uint32_t to)
{
    struct raft_message *message = raft_send(raft, ready, kind, to);
    ready->messages[ready->message_count - 1].after_durable = true;
    return message;
}

void raft_become(struct raft *raft, enum raft_role role)
{
    static const bool allowed[4][4] = {
        /* to: follower, pre-candidate, candidate, leader */
        [RAFT_FOLLOWER] = {true, true, true /* transfer */, false},
        [RAFT_PRE_CANDIDATE] = {true, true, true, false},
        [RAFT_CANDIDATE] = {true, true, false, true},
        [RAFT_LEADER] = {true, false, false, false},
    };
    invariant(allowed[raft->role][role]);
    raft->role = role;
    raft->votes = 0;
}

void raft_follow(struct raft *raft, struct raft_ready *ready, uint64_t term, uint32_t leader)
{
    invariant(term >= raft->term);
    if (raft->role == RAFT_LEADER) {
        raft_reads_fail(raft, ready);
        memset(&raft->lead, 0, sizeof raft->lead);
        raft_election_await(raft);
    }
    raft_become(raft, RAFT_FOLLOWER);
    raft->leader = leader;
    if (term > raft->term) {
        raft->term = term;
        raft->vote = 0;
    }
}

void raft_append(struct raft *raft, const struct raft_entry *entry)
{
    raft_tail_push(&raft->tail, entry->term, entry->size);
    if (entry->kind == RAFT_ENTRY_MEMBERS) /* in force as soon as it is in the log: D 4.1 */
        raft_members_change(raft, entry->members, raft->tail.last);
}

void raft_commit_to(struct raft *raft, uint64_t index)
{
    invariant(index <= raft->tail.last);
    if (index <= raft->commit)
        return;
    raft->commit = index;
    if (raft->change == 0 || raft->change > index)
        return;
    raft->change = 0;
    raft_members_copy(&raft->members_before, &raft->members);
}

/* ---- one event ---- */

static bool is_reply(enum raft_message_kind kind)
{
    return kind == RAFT_PRE_VOTE_REPLY || kind == RAFT_VOTE_REPLY || kind == RAFT_APPEND_REPLY ||
           kind == RAFT_HEARTBEAT_REPLY;
}

static bool message_is_sound(const struct raft *raft, const struct raft_message *message)
{
    if (message->to != raft->id || message->from == 0 || message->term == 0)
        return false;
    if (message->from == raft->id) /* see raft_send_durable() to itself */
        return message->kind == RAFT_VOTE_REPLY || message->kind == RAFT_APPEND_REPLY;
    /* Whoever asks or leads may be unknown here: this node's own members can be out of date
     * (D 4.2.2). Whoever answers was asked as a member. */
    return !is_reply(message->kind) ||
           raft_members_find(&raft->members, message->from) < MEMBERS_MAX;
}

/* Takes a higher term over; false when the message is not to be looked at further. */
static bool take_term(struct raft *raft, struct raft_ready *ready,
                      const struct raft_message *message)
{
    if (message->term <= raft->term)
        return true;
    if (message->kind == RAFT_PRE_VOTE_REPLY && message->granted)
        return true; /* the term that was asked for; nobody is in it yet */
    if (message->kind == RAFT_VOTE && !message->transfer && raft_leader_lives(raft))
        return false; /* D 4.2.3: not even its term is taken */
    raft_follow(raft, ready, message->term, 0);
    return true;
}

static void take_message(struct raft *raft, struct raft_ready *ready,
                         const struct raft_event *event)
{
    const struct raft_message *message = event->message;
    if (!message_is_sound(raft, message))
        return;
    if (message->kind == RAFT_PRE_VOTE) { /* asks for a term, and brings none: D 9.6 */
        raft_on_pre_vote(raft, ready, message);
        return;
    }
    if (!take_term(raft, ready, message))
        return;
    if (message->term < raft->term) {
        raft_answer_old(raft, ready, message);
        return;
    }
    switch (message->kind) {
    case RAFT_PRE_VOTE: return;
    case RAFT_PRE_VOTE_REPLY: raft_on_pre_vote_reply(raft, ready, message); return;
    case RAFT_VOTE: raft_on_vote(raft, ready, message); return;
    case RAFT_VOTE_REPLY: raft_on_vote_reply(raft, ready, message); return;
    case RAFT_HEARTBEAT: raft_on_heartbeat(raft, ready, message); return;
    case RAFT_HEARTBEAT_REPLY: raft_on_heartbeat_reply(raft, ready, message); return;
    case RAFT_APPEND: raft_on_append(raft, ready, event); return;
    case RAFT_APPEND_REPLY: raft_on_append_reply(raft, ready, message); return;
    case RAFT_CAMPAIGN_NOW: raft_on_campaign_now(raft, ready, message); return;
    }
}

static void tick(struct raft *raft, struct raft_ready *ready)
{
    if (raft->lead.announce_ms != 0 && raft->now_ms >= raft->lead.announce_ms)
        raft_announce_due(raft, ready);
    if (raft->now_ms < raft->deadline_ms)
        return;
    if (raft->role == RAFT_LEADER)
        raft_heartbeat_due(raft, ready);
    else
        raft_election_due(raft, ready);
}

static enum err take(struct raft *raft, struct raft_ready *ready, const struct raft_event *event)
{
    switch (event->kind) {
    case RAFT_EVENT_TICK: tick(raft, ready); return ERR_OK;
    case RAFT_EVENT_MESSAGE: take_message(raft, ready, event); return ERR_OK;
    case RAFT_EVENT_PROPOSE: return raft_propose(raft, ready, event);
    case RAFT_EVENT_READ: return raft_read(raft, ready, event->read);
    case RAFT_EVENT_TRANSFER: return raft_transfer(raft, ready, event->target);
    }
    return ERR_INTERNAL;
}

static void ready_begin(struct raft_ready *ready)
{
    ready->cut = false;
    ready->keep = 0;
    ready->append_first = 0;
    ready->append_skip = 0;
    ready->append_count = 0;
    ready->message_count = 0;
    ready->read_count = 0;
    ready->lost = 0;
}

static void ready_end(const struct raft *raft, const struct raft_before *before,
                      struct raft_ready *ready)
{
    ready->save = raft->term != before->term || raft->vote != before->vote; /* D 3.8 */
    ready->term = raft->term;
    ready->vote = raft->vote;
    ready->commit = raft->commit;
    ready->role_changed = raft->role != before->role;
    ready->want_noop = raft_wants_noop(raft);
}

enum err raft_step(struct raft *raft, const struct raft_event *event, struct raft_ready *ready)
{
    struct raft_before before = raft_before(raft);
    ready_begin(ready);
    if (event->now_ms > raft->now_ms)
        raft->now_ms = event->now_ms;
    enum err err = take(raft, ready, event);
    ready_end(raft, &before, ready);
    raft_check_step(raft, &before);
    return err;
}

/* ---- questions ---- */

uint64_t raft_deadline_ms(const struct raft *raft)
{
    uint64_t announce_ms = raft->lead.announce_ms;
    return announce_ms != 0 && announce_ms < raft->deadline_ms ? announce_ms : raft->deadline_ms;
}

enum raft_role raft_role(const struct raft *raft)
{
    return raft->role;
}

uint64_t raft_term(const struct raft *raft)
{
    return raft->term;
}

uint64_t raft_commit(const struct raft *raft)
{
    return raft->commit;
}

uint64_t raft_last_index(const struct raft *raft)
{
    return raft->tail.last;
}

uint32_t raft_leader(const struct raft *raft)
{
    return raft->leader;
}

const struct raft_members *raft_members(const struct raft *raft)
{
    return &raft->members;
}

const struct raft_members *raft_members_before(const struct raft *raft)
{
    return &raft->members_before;
}

uint64_t raft_matched(const struct raft *raft, uint32_t member)
{
    if (raft->role != RAFT_LEADER)
        return 0;
    if (member == raft->id)
        return raft->lead.stable;
    uint32_t position = raft_members_find(&raft->members, member);
    return position < MEMBERS_MAX ? raft->lead.peer[position].match : 0;
}

uint64_t raft_heard_ms(const struct raft *raft, uint32_t member)
{
    uint32_t position = raft_members_find(&raft->members, member);
    if (raft->role != RAFT_LEADER || position == MEMBERS_MAX)
        return 0;
    uint64_t round = raft->lead.peer[position].round;
    bool is_remembered = round > 0 && raft->lead.round - round < RAFT_ROUNDS;
    return is_remembered ? raft->lead.round_ms[round % RAFT_ROUNDS] : 0;
}

uint64_t raft_contact_ms(const struct raft *raft)
{
    return raft->role == RAFT_LEADER ? raft->lead.contact_ms : raft->heard_ms;
}
