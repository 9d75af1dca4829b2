#include "consensus/raft_state.h"

/* splitmix64: one word of state, and every seed is as good as another. */
static uint64_t random_next(struct raft *raft)
{
    uint64_t mixed = raft->random += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

void raft_election_await(struct raft *raft)
{
    const struct raft_timing *timing = &raft->timing;
    uint32_t spread = timing->election_max_ms - timing->election_min_ms;
    raft->deadline_ms = raft->now_ms + timing->election_min_ms + random_next(raft) % spread;
}

bool raft_leader_lives(const struct raft *raft)
{
    if (raft->role == RAFT_LEADER) /* check-quorum deposes one that is cut off: D 6.2 */
        return true;
    return raft->leader != 0 && raft->now_ms - raft->heard_ms < raft->timing.election_min_ms;
}

bool raft_may_campaign(const struct raft *raft)
{
    if (raft_members_votes(&raft->members, raft->id))
        return true;
    /* D 4.2.2: a server that is being removed is still needed until that is committed; it may be
     * the only one with a log that can win. Its own vote does not count. */
    return raft->change != 0 && raft_members_votes(&raft->members_before, raft->id);
}

/* ---- standing for election ---- */

/* Asks every other voter for its vote, in the term that is set in the message. */
static void ask(const struct raft *raft, struct raft_ready *ready, enum raft_message_kind kind,
                bool transfer)
{
    for (uint32_t i = 0; i < raft->members.count; i++) {
        const struct raft_member *member = &raft->members.member[i];
        if (!member->voter || member->id == raft->id)
            continue;
        struct raft_message *message = raft_send(raft, ready, kind, member->id);
        message->term = kind == RAFT_PRE_VOTE ? raft->term + 1 : raft->term;
        message->index = raft->tail.last;
        message->log_term = raft_tail_term(&raft->tail, raft->tail.last);
        message->transfer = transfer;
        /* A candidate is bound by its own vote, and its log is as long as it says, only when both
         * are durable: a crash before could leave the votes with another, shorter log. */
        ready->messages[ready->message_count - 1].after_durable = kind == RAFT_VOTE;
    }
}

static void count_vote(struct raft *raft, uint32_t voter)
{
    uint32_t position = raft_members_find(&raft->members, voter);
    if (position < MEMBERS_MAX)
        raft->votes |= 1u << position;
}

static void campaign(struct raft *raft, struct raft_ready *ready, bool transfer)
{
    raft_become(raft, RAFT_CANDIDATE);
    raft->leader = 0;
    raft->term++;
    raft->vote = raft->id;
    raft_election_await(raft);
    ask(raft, ready, RAFT_VOTE, transfer);
    /* Its own vote, when it is durable; of no weight if it is no voter any more (D 4.2.2). */
    raft_send_durable(raft, ready, RAFT_VOTE_REPLY, raft->id)->granted = true;
}

/* D 9.6: the term goes up only when a quorum would vote for it. A candidate whose election came to
 * nothing asks again, too. */
static void stand(struct raft *raft, struct raft_ready *ready)
{
    raft_become(raft, RAFT_PRE_CANDIDATE);
    raft->leader = 0;
    raft_election_await(raft);
    ask(raft, ready, RAFT_PRE_VOTE, false);
    count_vote(raft, raft->id); /* promises nothing, so it need not be durable */
    if (raft_quorum_votes(raft))
        campaign(raft, ready, false);
}

void raft_election_due(struct raft *raft, struct raft_ready *ready)
{
    if (raft_may_campaign(raft)) {
        stand(raft, ready);
        return;
    }
    raft_follow(raft, ready, raft->term, 0);
    raft_election_await(raft);
}

void raft_on_pre_vote_reply(struct raft *raft, struct raft_ready *ready,
                            const struct raft_message *message)
{
    if (raft->role != RAFT_PRE_CANDIDATE || !message->granted || message->term != raft->term + 1)
        return;
    count_vote(raft, message->from);
    if (raft_quorum_votes(raft))
        campaign(raft, ready, false);
}

void raft_on_vote_reply(struct raft *raft, struct raft_ready *ready,
                        const struct raft_message *message)
{
    if (raft->role != RAFT_CANDIDATE || !message->granted)
        return;
    count_vote(raft, message->from);
    if (raft_quorum_votes(raft))
        raft_lead_begin(raft, ready);
}

/* ---- voting ---- */

/* D 3.6.1: the later last term, and of equals the longer log. */
static bool log_is_up_to_date(const struct raft *raft, const struct raft_message *message)
{
    uint64_t log_term = raft_tail_term(&raft->tail, raft->tail.last);
    if (message->log_term != log_term)
        return message->log_term > log_term;
    return message->index >= raft->tail.last;
}

/* Who asks is not looked up among the members, and whether this node is a voter itself neither
 * (D 4.2.2): its members may be out of date, and the candidate counts by its own. */
void raft_on_pre_vote(struct raft *raft, struct raft_ready *ready,
                      const struct raft_message *message)
{
    bool is_behind = !log_is_up_to_date(raft, message);
    bool granted = message->term > raft->term && !raft_leader_lives(raft) && !is_behind;
    struct raft_message *reply = raft_send(raft, ready, RAFT_PRE_VOTE_REPLY, message->from);
    reply->granted = granted;
    if (granted)
        reply->term = message->term;
    /* D 4.2.2: who asks needs this vote and cannot have it. When this node is no voter by its own
     * log, it may still be the only one whose log can win; it leads until its no-op is committed.
     */
    if (is_behind && raft->role == RAFT_FOLLOWER && !raft_leader_lives(raft) &&
        !raft_may_campaign(raft))
        stand(raft, ready);
}

void raft_on_vote(struct raft *raft, struct raft_ready *ready, const struct raft_message *message)
{
    bool granted =
        (raft->vote == 0 || raft->vote == message->from) && log_is_up_to_date(raft, message);
    if (!granted) {
        raft_send(raft, ready, RAFT_VOTE_REPLY, message->from);
        return;
    }
    if (raft->role == RAFT_PRE_CANDIDATE)
        raft_become(raft, RAFT_FOLLOWER);
    raft->vote = message->from;
    raft_election_await(raft); /* D 3.4 */
    raft_send_durable(raft, ready, RAFT_VOTE_REPLY, message->from)->granted = true;
}

/* ---- leadership transfer, D 3.10 ---- */

/* The other voter that holds most of the log; 0: there is none. */
static uint32_t most_advanced(const struct raft *raft)
{
    uint32_t best = MEMBERS_MAX;
    for (uint32_t i = 0; i < raft->members.count; i++) {
        const struct raft_member *member = &raft->members.member[i];
        if (!member->voter || member->id == raft->id)
            continue;
        if (best == MEMBERS_MAX || raft->lead.peer[i].match > raft->lead.peer[best].match)
            best = i;
    }
    return best == MEMBERS_MAX ? 0 : raft->members.member[best].id;
}

enum err raft_transfer(struct raft *raft, struct raft_ready *ready, uint32_t target)
{
    if (raft->role != RAFT_LEADER)
        return ERR_NOT_LEADER;
    if (raft->lead.noop == 0 || raft->lead.transfer != 0)
        return ERR_BUSY;
    if (target == 0)
        target = most_advanced(raft);
    if (target == raft->id || !raft_members_votes(&raft->members, target))
        return ERR_NOT_FOUND;
    raft->lead.transfer = target;
    raft->lead.transfer_asked = false;
    raft->lead.transfer_deadline_ms = raft->now_ms + raft->timing.election_min_ms;
    raft_transfer_go_on(raft, ready);
    return ERR_OK;
}

void raft_transfer_go_on(struct raft *raft, struct raft_ready *ready)
{
    if (raft->lead.transfer == 0 || raft->lead.transfer_asked)
        return;
    uint32_t position = raft_members_find(&raft->members, raft->lead.transfer);
    invariant(position < MEMBERS_MAX); /* no change is proposed meanwhile */
    if (raft->lead.peer[position].match < raft->tail.last)
        return;
    raft->lead.transfer_asked = true;
    raft_send(raft, ready, RAFT_CAMPAIGN_NOW, raft->lead.transfer);
}

void raft_on_campaign_now(struct raft *raft, struct raft_ready *ready,
                          const struct raft_message *message)
{
    if (raft->role == RAFT_LEADER || (raft->leader != 0 && raft->leader != message->from) ||
        !raft_members_votes(&raft->members, raft->id))
        return;
    raft_follow(raft, ready, raft->term, message->from);
    campaign(raft, ready, true); /* without asking first: the others still hear their leader */
}
