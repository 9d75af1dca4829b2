#include "consensus/raft_state.h"

/* Constant work for each member: they are checked after every step of every node. */

static void check_log(const struct raft *raft)
{
    const struct raft_tail *tail = &raft->tail;
    invariant(tail->first >= 1);
    invariant(tail->first <= tail->last + 1);
    invariant(tail->last + 1 - tail->first <= RAFT_TAIL_MAX);
    invariant(raft->commit <= tail->last);
    /* The ring has the entry at the commit index and all above it. */
    invariant(raft_tail_knows(tail, raft->commit));
    invariant(raft->commit > 0 || tail->first == 1);
    invariant(raft_tail_term(tail, tail->last) <= raft->term);
    invariant(raft_tail_term(tail, raft->commit) <= raft_tail_term(tail, tail->last));
    invariant(raft->vote == 0 || raft->term > 0);
}

static void check_members(const struct raft *raft)
{
    invariant(raft_members_sound(&raft->members));
    /* One change at a time: it lies above the commit index, and what was before it does not. */
    invariant(raft->change == 0 || raft->change > raft->commit);
    invariant(raft->change <= raft->tail.last);
    invariant(raft->change != 0 || raft_members_equal(&raft->members, &raft->members_before));
}

static void check_role(const struct raft *raft)
{
    switch (raft->role) {
    case RAFT_FOLLOWER: invariant(raft->leader != raft->id); break;
    case RAFT_PRE_CANDIDATE: invariant(raft->leader == 0); break;
    case RAFT_CANDIDATE:
        invariant(raft->leader == 0);
        invariant(raft->vote == raft->id);
        break;
    case RAFT_LEADER:
        invariant(raft->leader == raft->id);
        invariant(raft->vote == raft->id);
        break;
    }
    invariant(!raft_has_done_its_part(raft));
    invariant(raft->role == RAFT_LEADER || raft->lead.since_ms == 0);
    invariant(raft->role == RAFT_LEADER || raft->lead.read_count == 0);
    invariant(raft->votes >> raft->members.count == 0);
}

/* The bytes in flight are those of the entries in flight, while the ring has them. */
static void check_flight(const struct raft *raft, const struct raft_peer *peer)
{
    const struct raft_flight *flight = &peer->flight;
    invariant(flight->count <= raft->timing.window_messages);
    invariant(flight->count > 0 || flight->bytes == 0);
    if (flight->count == 0)
        return;
    uint32_t newest = (flight->oldest + flight->count - 1) % RAFT_WINDOW_MESSAGES_MAX;
    invariant(flight->end[newest] <= peer->sent);
    invariant(flight->bytes <= raft->timing.window_bytes || flight->count == 1);
    if (peer->on_disk) {
        invariant(flight->count == 1);
        invariant(flight->end[newest] >= peer->next);
        return;
    }
    invariant(flight->end[newest] == peer->next - 1);
    uint64_t landed = flight->end[flight->oldest];
    if (landed + 1 >= raft->tail.first)
        invariant(flight->bytes - flight->size[flight->oldest] ==
                  raft_tail_bytes(&raft->tail, landed, peer->next - 1));
}

static void check_peer(const struct raft *raft, const struct raft_peer *peer)
{
    const struct raft_leading *lead = &raft->lead;
    invariant(peer->match < peer->next);
    invariant(peer->match <= peer->sent);
    invariant(peer->sent <= raft->tail.last);
    invariant(peer->next <= raft->tail.last + 1);
    invariant(peer->told <= raft->commit);
    invariant(peer->round <= lead->round);
    /* Nothing in flight: it has all, or was not sent anything yet. */
    invariant(peer->flight.count > 0 || peer->match == raft->tail.last ||
              (peer->probing && peer->sent == 0 && peer->attempt == 0));
    check_flight(raft, peer);
}

static void check_leader(const struct raft *raft)
{
    const struct raft_leading *lead = &raft->lead;
    if (raft->role != RAFT_LEADER)
        return;
    invariant(lead->stable <= raft->tail.last);
    invariant(raft->tail.last - lead->stable <= RAFT_UNCOMMITTED_MAX);
    /* What is below the ring can be read from the disk. */
    invariant(raft->tail.first <= lead->stable || raft->tail.first == 1);
    /* Nothing of its term is committed before its no-op, nor is a read answered. */
    invariant(lead->noop <= raft->tail.last);
    invariant(lead->noop != 0 || raft_tail_term(&raft->tail, raft->tail.last) < raft->term);
    invariant(lead->noop == 0 || !raft_tail_knows(&raft->tail, lead->noop) ||
              raft_tail_term(&raft->tail, lead->noop) == raft->term);
    invariant(lead->awaited <= raft->tail.last);
    invariant(lead->announce_ms == 0 || raft->commit == raft->tail.last);
    invariant(lead->confirmed <= lead->round);
    invariant(lead->read_count == 0 || (lead->noop != 0 && raft->commit >= lead->noop));
    invariant(lead->read_count == 0 || lead->reads[0].round > lead->confirmed);
    invariant(lead->read_count == 0 || lead->reads[lead->read_count - 1].round <= lead->round + 1);
    invariant(lead->transfer != raft->id);
    for (uint32_t i = 0; i < raft->members.count; i++) {
        if (raft->members.member[i].id != raft->id)
            check_peer(raft, &lead->peer[i]);
    }
}

void raft_check_invariants(const struct raft *raft)
{
    check_log(raft);
    check_members(raft);
    check_role(raft);
    check_leader(raft);
}

struct raft_before raft_before(const struct raft *raft)
{
    return (struct raft_before){
        .term = raft->term,
        .commit = raft->commit,
        .vote = raft->vote,
        .leader = raft->leader,
        .role = raft->role,
    };
}

void raft_check_step(const struct raft *raft, const struct raft_before *before)
{
    raft_check_invariants(raft);
    invariant(raft->commit >= before->commit);
    invariant(raft->term >= before->term);
    if (raft->term > before->term)
        return;
    /* In one term: one vote, one leader, and nobody leads who has not stood for it. */
    invariant(raft->vote == before->vote || before->vote == 0);
    invariant(raft->leader == before->leader || raft->leader == 0 || before->leader == 0);
    invariant(raft->role != RAFT_LEADER || before->role == RAFT_LEADER ||
              before->role == RAFT_CANDIDATE);
}
