#include "consensus/raft_state.h"

/* APPENDs that one answer can cause. Twice what it acknowledges would do: the window of a follower
 * that keeps up opens like TCP's. */
#define APPENDS_PER_STEP 4

/* ---- what is in flight ---- */

static void flight_push(struct raft_peer *peer, uint64_t end, uint64_t size)
{
    struct raft_flight *flight = &peer->flight;
    invariant(flight->count < RAFT_WINDOW_MESSAGES_MAX);
    invariant(size <= UINT32_MAX);
    uint32_t slot = (flight->oldest + flight->count++) % RAFT_WINDOW_MESSAGES_MAX;
    flight->end[slot] = end;
    flight->size[slot] = (uint32_t)size;
    flight->bytes += size;
    if (peer->sent < end)
        peer->sent = end;
}

static void flight_clear(struct raft_flight *flight)
{
    flight->oldest = 0;
    flight->count = 0;
    flight->bytes = 0;
}

/* All that ends at `index` or before has arrived. */
static void flight_land(struct raft_flight *flight, uint64_t index)
{
    while (flight->count > 0 && flight->end[flight->oldest] <= index) {
        flight->bytes -= flight->size[flight->oldest];
        flight->oldest = (flight->oldest + 1) % RAFT_WINDOW_MESSAGES_MAX;
        flight->count--;
    }
}

/* ---- sending ---- */

void raft_peer_begin(struct raft_peer *peer, uint64_t next)
{
    memset(peer, 0, sizeof *peer);
    peer->next = next;
    peer->probing = true;
}

/* True when the entries from `next` on, and the term before them, are in memory. */
static bool can_stream(const struct raft *raft, uint64_t next)
{
    return next >= raft->tail.first && raft_tail_knows(&raft->tail, next - 1);
}

static bool window_is_open(const struct raft *raft, const struct raft_peer *peer)
{
    const struct raft_flight *flight = &peer->flight;
    if (flight->count == 0)
        return true;
    /* A follower whose log is not known to agree, or that is served from the disk, gets one
     * message at a time. */
    if (peer->probing || peer->on_disk || !can_stream(raft, peer->next))
        return false;
    return flight->count < raft->timing.window_messages &&
           flight->bytes + raft_tail_bytes(&raft->tail, peer->next - 1, peer->next) <=
               raft->timing.window_bytes;
}

/* How many entries from `next` on go into one message: at least one, if there is one. */
static uint32_t fill(const struct raft *raft, const struct raft_peer *peer)
{
    invariant(peer->flight.bytes <= raft->timing.window_bytes); /* it is open */
    uint64_t before = peer->next - 1;
    uint64_t room = raft->timing.window_bytes - peer->flight.bytes;
    uint64_t budget = room < raft->timing.message_bytes ? room : raft->timing.message_bytes;
    uint32_t count = before < raft->tail.last ? 1 : 0;
    while (count < RAFT_APPEND_MAX && before + count < raft->tail.last &&
           raft_tail_bytes(&raft->tail, before, before + count + 1) <= budget)
        count++;
    return count;
}

static void send_entries(struct raft *raft, struct raft_peer *peer, struct raft_message *message)
{
    message->log_term = raft_tail_term(&raft->tail, message->index);
    message->count = fill(raft, peer);
    uint64_t end = message->index + message->count;
    flight_push(peer, end, raft_tail_bytes(&raft->tail, message->index, end));
    peer->next = end + 1;
    uint64_t told = raft->commit < end ? raft->commit : end;
    if (peer->told < told)
        peer->told = told;
}

/* Entries below the ring: the driver reads them. Only what is committed and on this disk, so that
 * it is the same whenever it is read. */
static void send_from_disk(struct raft *raft, struct raft_peer *peer, struct raft_message *message)
{
    uint64_t stable = raft->lead.stable < raft->commit ? raft->lead.stable : raft->commit;
    invariant(stable > message->index);
    uint64_t left = stable - message->index;
    message->count = left < RAFT_APPEND_MAX ? (uint32_t)left : RAFT_APPEND_MAX;
    flight_push(peer, message->index + message->count, 0);
    peer->on_disk = true; /* and `next` stays: how many go the driver decides */
}

/* One APPEND from `next` on; an empty one when there is nothing, which still proves agreement. */
static void send_append(struct raft *raft, struct raft_ready *ready, uint32_t position)
{
    struct raft_peer *peer = &raft->lead.peer[position];
    if (peer->flight.count == 0)
        peer->progress_ms = raft->now_ms;
    /* Beside this node's own write (D 10.2.1): no promise is in it. */
    struct raft_message *message =
        raft_send(raft, ready, RAFT_APPEND, raft->members.member[position].id);
    message->index = peer->next - 1;
    message->commit = raft->commit;
    message->context = peer->attempt;
    if (can_stream(raft, peer->next)) {
        send_entries(raft, peer, message);
        return;
    }
    ready->messages[ready->message_count - 1].from_disk = true;
    send_from_disk(raft, peer, message);
}

static void replicate(struct raft *raft, struct raft_ready *ready, uint32_t position,
                      uint32_t appends)
{
    const struct raft_peer *peer = &raft->lead.peer[position];
    for (uint32_t i = 0; i < appends; i++) {
        if (peer->next > raft->tail.last || !window_is_open(raft, peer))
            return;
        send_append(raft, ready, position);
    }
}

/* ---- finding where the logs agree ---- */

/* The highest index at which the follower's log, which ends as the message says, is certain to be
 * this one; not below what it has acknowledged, though its log may end otherwise and its commit
 * index be lower: nothing of that is lost. False when the message is stale, from a time when the
 * log was shorter than that, or makes no sense. */
static bool find_agreement(const struct raft *raft, const struct raft_peer *peer,
                           const struct raft_message *message, uint64_t *out)
{
    const struct raft_tail *tail = &raft->tail;
    if (message->index < peer->match)
        return false;
    bool ends_alike = raft_tail_knows(tail, message->index) &&
                      raft_tail_term(tail, message->index) == message->log_term;
    /* Log matching; else what is committed there is here too, by leader completeness (D 3.6.3). */
    uint64_t agreed = ends_alike ? message->index : message->commit;
    *out = agreed < peer->match ? peer->match : agreed;
    return *out <= tail->last;
}

static void begin_anew(struct raft *raft, struct raft_ready *ready, uint32_t position,
                       const struct raft_message *message)
{
    struct raft_peer *peer = &raft->lead.peer[position];
    uint64_t agreed;
    if (!find_agreement(raft, peer, message, &agreed))
        return;
    flight_clear(&peer->flight);
    peer->on_disk = false;
    peer->attempt++;
    peer->probing = true;
    peer->next = agreed + 1;
    send_append(raft, ready, position);
}

void raft_peer_revive(struct raft *raft, struct raft_ready *ready, uint32_t position,
                      const struct raft_message *message)
{
    const struct raft_peer *peer = &raft->lead.peer[position];
    if (peer->flight.count > 0 && raft->now_ms - peer->progress_ms >= raft->timing.election_min_ms)
        begin_anew(raft, ready, position, message);
}

/* ---- answers ---- */

static void advance_commit(struct raft *raft)
{
    uint64_t match[MEMBERS_MAX];
    for (uint32_t i = 0; i < raft->members.count; i++)
        match[i] =
            raft->members.member[i].id == raft->id ? raft->lead.stable : raft->lead.peer[i].match;
    uint64_t reached = raft_quorum_reached(raft, match);
    /* D 3.6.2: older entries are committed only by one of this term after them. */
    if (reached > raft->commit && raft_tail_term(&raft->tail, reached) == raft->term)
        raft_commit_to(raft, reached);
}

/* True when the member could be told of a higher commit index than it was. */
static bool is_behind(const struct raft *raft, uint32_t position)
{
    const struct raft_peer *peer = &raft->lead.peer[position];
    uint64_t known = raft->commit < peer->match ? raft->commit : peer->match;
    return raft->members.member[position].id != raft->id && known > peer->told;
}

/* The end of a burst: it may be that no APPEND follows that could tell of the commit. Who waits for
 * it hears of it at once, the others soon. */
static void announce_commit(struct raft *raft, struct raft_ready *ready)
{
    struct raft_leading *lead = &raft->lead;
    bool is_due_later = false;
    if (raft->commit < raft->tail.last)
        return;
    for (uint32_t i = 0; i < raft->members.count; i++) {
        if (!is_behind(raft, i))
            continue;
        if (lead->peer[i].told < lead->awaited)
            raft_heartbeat(raft, ready, i);
        else
            is_due_later = true;
    }
    if (!is_due_later)
        lead->announce_ms = 0;
    else if (lead->announce_ms == 0)
        lead->announce_ms = raft->now_ms + RAFT_ANNOUNCE_MS;
}

void raft_announce_due(struct raft *raft, struct raft_ready *ready)
{
    raft->lead.announce_ms = 0;
    for (uint32_t i = 0; i < raft->members.count; i++) {
        if (is_behind(raft, i))
            raft_heartbeat(raft, ready, i);
    }
}

static void land(struct raft *raft, struct raft_peer *peer, const struct raft_message *message)
{
    uint64_t index = message->index;
    if (message->context == peer->attempt)
        peer->probing = false;
    if (index > peer->match) {
        peer->match = index;
        peer->progress_ms = raft->now_ms;
    }
    if (peer->on_disk && index >= peer->next) {
        peer->on_disk = false;
        flight_clear(&peer->flight);
    }
    flight_land(&peer->flight, index);
    if (peer->next <= index)
        peer->next = index + 1;
}

/* True when the answer is news. */
static bool take_answer(struct raft *raft, struct raft_ready *ready, uint32_t position,
                        const struct raft_message *message)
{
    struct raft_peer *peer = &raft->lead.peer[position];
    if (!message->granted) {
        if (message->context == peer->attempt)
            begin_anew(raft, ready, position, message);
        return false;
    }
    if (message->index > peer->sent)
        return false; /* a match is never beyond what was sent in this term */
    land(raft, peer, message);
    return true;
}

/* D 4.2.2: a leader that is no voter, by its log or because its removal is committed, leads only
 * until an entry of its term is committed: from then on a voter can win. */
bool raft_has_done_its_part(const struct raft *raft)
{
    return raft->role == RAFT_LEADER && !raft_may_campaign(raft) && raft->lead.noop != 0 &&
           raft->commit >= raft->lead.noop;
}

void raft_on_append_reply(struct raft *raft, struct raft_ready *ready,
                          const struct raft_message *message)
{
    if (raft->role != RAFT_LEADER)
        return;
    uint32_t position = raft_members_find(&raft->members, message->from);
    bool is_self = message->from == raft->id;
    if (is_self && message->index > raft->lead.stable && message->index <= raft->tail.last)
        raft->lead.stable = message->index;
    if (!is_self && !take_answer(raft, ready, position, message))
        return;
    advance_commit(raft);
    if (!is_self)
        replicate(raft, ready, position, APPENDS_PER_STEP);
    announce_commit(raft, ready);
    raft_transfer_go_on(raft, ready);
    if (raft_has_done_its_part(raft))
        raft_follow(raft, ready, raft->term, 0);
}

/* ---- leading ---- */

void raft_lead_begin(struct raft *raft, struct raft_ready *ready)
{
    raft_become(raft, RAFT_LEADER);
    raft->leader = raft->id;
    raft->lead.since_ms = raft->now_ms;
    /* Its log has not changed since it asked for votes, and that it did when all was durable. */
    raft->lead.stable = raft->tail.last;
    for (uint32_t i = 0; i < raft->members.count; i++)
        raft_peer_begin(&raft->lead.peer[i], raft->tail.last + 1);
    raft->deadline_ms = raft->now_ms + raft->timing.heartbeat_ms;
    raft_round_begin(raft, ready);
}

bool raft_wants_noop(const struct raft *raft)
{
    return raft->role == RAFT_LEADER && raft->lead.noop == 0 &&
           raft->tail.last - raft->commit < RAFT_TAIL_MAX - 1;
}

/* True when so much waits to be committed, or for this node's own disk, that no more is taken. */
static bool is_full(const struct raft *raft, uint32_t size)
{
    uint64_t last = raft->tail.last;
    uint64_t done = raft->commit < raft->lead.stable ? raft->commit : raft->lead.stable;
    if (last == done)
        return false;
    return last - done >= RAFT_UNCOMMITTED_MAX ||
           raft_tail_bytes(&raft->tail, done, last) + size > RAFT_UNCOMMITTED_BYTES_MAX;
}

static enum err check_change(const struct raft *raft, const struct raft_members *members)
{
    /* One at a time (D 4.1), and only after an entry of this term is committed: Ongaro's message
     * "bug in single-server membership changes" to raft-dev, 2015. */
    if (raft->change != 0 || raft->commit < raft->lead.noop)
        return ERR_BUSY;
    if (members == NULL || !raft_members_sound(members) ||
        !raft_members_adjacent(members, &raft->members))
        return ERR_OUT_OF_RANGE;
    return ERR_OK;
}

static enum err check_proposal(const struct raft *raft, const struct raft_entry *entry)
{
    if (raft->role != RAFT_LEADER || entry->term != raft->term)
        return ERR_NOT_LEADER;
    if (raft->lead.transfer != 0) /* D 3.10 */
        return ERR_BUSY;
    if (raft->lead.noop == 0) /* D 6.4 */
        return entry->kind == RAFT_ENTRY_NOOP && raft_wants_noop(raft) ? ERR_OK : ERR_BUSY;
    if (is_full(raft, entry->size))
        return ERR_BUSY;
    return entry->kind == RAFT_ENTRY_MEMBERS ? check_change(raft, entry->members) : ERR_OK;
}

enum err raft_propose(struct raft *raft, struct raft_ready *ready, const struct raft_event *event)
{
    const struct raft_entry *entry = event->entries;
    enum err err = check_proposal(raft, entry);
    if (err != ERR_OK)
        return err;
    raft_append(raft, entry);
    uint64_t last = raft->tail.last;
    if (raft->lead.noop == 0)
        raft->lead.noop = last;
    if (!event->may_wait)
        raft->lead.awaited = last;
    raft->lead.announce_ms = 0; /* it takes the commit index along */
    ready->append_first = last;
    ready->append_count = 1;
    for (uint32_t i = 0; i < raft->members.count; i++) {
        if (raft->members.member[i].id != raft->id)
            replicate(raft, ready, i, 1);
    }
    /* Its own acknowledgement comes back when the entry is on its disk, member or not. */
    struct raft_message *reply = raft_send_durable(raft, ready, RAFT_APPEND_REPLY, raft->id);
    reply->granted = true;
    reply->index = last;
    return ERR_OK;
}
