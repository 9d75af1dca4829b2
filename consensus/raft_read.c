#include "consensus/raft_state.h"

/* ---- rounds of heartbeats ---- */

void raft_heartbeat(struct raft *raft, struct raft_ready *ready, uint32_t position)
{
    struct raft_peer *peer = &raft->lead.peer[position];
    struct raft_message *message =
        raft_send(raft, ready, RAFT_HEARTBEAT, raft->members.member[position].id);
    message->index = raft->commit;
    /* Beyond its match the receiver's log may be another leader's. */
    message->commit = raft->commit < peer->match ? raft->commit : peer->match;
    message->context = raft->lead.round;
    if (peer->told < message->commit)
        peer->told = message->commit;
}

/* Takes note of a newer round that a quorum has answered: the reads that waited for it may go. */
static void confirm(struct raft *raft, struct raft_ready *ready)
{
    struct raft_leading *lead = &raft->lead;
    uint64_t answered[MEMBERS_MAX];
    for (uint32_t i = 0; i < raft->members.count; i++)
        answered[i] = raft->members.member[i].id == raft->id ? lead->round : lead->peer[i].round;
    uint64_t reached = raft_quorum_reached(raft, answered);
    if (reached <= lead->confirmed)
        return;
    lead->confirmed = reached;
    if (lead->round - reached < RAFT_ROUNDS)
        lead->contact_ms = lead->round_ms[reached % RAFT_ROUNDS];
    uint32_t done = 0;
    for (; done < lead->read_count && lead->reads[done].round <= reached; done++) {
        const struct raft_pending *pending = &lead->reads[done];
        ready->reads[ready->read_count++] =
            (struct raft_read){.read = pending->read, .index = pending->index};
    }
    lead->read_count -= done;
    memmove(lead->reads, lead->reads + done, lead->read_count * sizeof lead->reads[0]);
}

void raft_round_begin(struct raft *raft, struct raft_ready *ready)
{
    struct raft_leading *lead = &raft->lead;
    lead->round++;
    lead->round_ms[lead->round % RAFT_ROUNDS] = raft->now_ms;
    for (uint32_t i = 0; i < raft->members.count; i++) {
        if (raft->members.member[i].id != raft->id)
            raft_heartbeat(raft, ready, i);
    }
    confirm(raft, ready); /* a leader alone is a quorum */
}

void raft_heartbeat_due(struct raft *raft, struct raft_ready *ready)
{
    struct raft_leading *lead = &raft->lead;
    uint64_t contact_ms = lead->contact_ms > lead->since_ms ? lead->contact_ms : lead->since_ms;
    if (raft->now_ms - contact_ms >= raft->timing.election_max_ms) {
        /* D 6.2: no quorum hears it, so another may lead, and its clients should know. */
        raft_follow(raft, ready, raft->term, 0);
        return;
    }
    if (lead->transfer != 0 && raft->now_ms >= lead->transfer_deadline_ms)
        lead->transfer = 0; /* D 3.10: the target is not coming */
    raft->deadline_ms = raft->now_ms + raft->timing.heartbeat_ms;
    raft_round_begin(raft, ready);
}

void raft_on_heartbeat_reply(struct raft *raft, struct raft_ready *ready,
                             const struct raft_message *message)
{
    struct raft_leading *lead = &raft->lead;
    uint32_t position = raft_members_find(&raft->members, message->from);
    if (raft->role != RAFT_LEADER || message->context > lead->round)
        return;
    struct raft_peer *peer = &lead->peer[position];
    if (message->context > peer->round) {
        peer->round = message->context;
        confirm(raft, ready);
    }
    if (lead->read_count > 0 && lead->confirmed == lead->round)
        raft_round_begin(raft, ready);
    raft_peer_revive(raft, ready, position, message);
}

/* ---- reads, D 6.4 ---- */

enum err raft_read(struct raft *raft, struct raft_ready *ready, uint64_t read)
{
    struct raft_leading *lead = &raft->lead;
    if (raft->role != RAFT_LEADER)
        return ERR_NOT_LEADER;
    /* Until an entry of its term is committed, a leader does not know what is: D 6.4. */
    if (lead->noop == 0 || raft->commit < lead->noop || lead->read_count == RAFT_READS_MAX)
        return ERR_BUSY;
    /* Only a round that begins after the read came proves that there was no other leader then. One
     * round at a time: while one is under way the reads that come share the next. */
    lead->reads[lead->read_count++] =
        (struct raft_pending){.read = read, .index = raft->commit, .round = lead->round + 1};
    if (lead->confirmed == lead->round)
        raft_round_begin(raft, ready);
    return ERR_OK;
}

void raft_reads_fail(struct raft *raft, struct raft_ready *ready)
{
    for (uint32_t i = 0; i < raft->lead.read_count; i++)
        ready->reads[ready->read_count++] = (struct raft_read){.read = raft->lead.reads[i].read};
    raft->lead.read_count = 0;
}
