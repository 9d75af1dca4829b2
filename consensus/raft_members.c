#include "consensus/raft_state.h"

uint64_t raft_quorum_reached(const struct raft *raft, const uint64_t value[MEMBERS_MAX])
{
    uint64_t sorted[MEMBERS_MAX] = {0}; /* descending */
    uint32_t voters = 0;
    for (uint32_t i = 0; i < raft->members.count; i++) {
        if (!raft->members.member[i].voter)
            continue;
        uint32_t place = voters++;
        for (; place > 0 && sorted[place - 1] < value[i]; place--)
            sorted[place] = sorted[place - 1];
        sorted[place] = value[i];
    }
    invariant(voters > 0);
    return sorted[voters / 2];
}

bool raft_quorum_votes(const struct raft *raft)
{
    uint64_t granted[MEMBERS_MAX];
    for (uint32_t i = 0; i < raft->members.count; i++)
        granted[i] = raft->votes >> i & 1;
    return raft_quorum_reached(raft, granted) == 1;
}

/* What a leader knows of its members stays with each of them. */
static void peers_move(struct raft *raft, const struct raft_members *old)
{
    struct raft_peer was[MEMBERS_MAX];
    memcpy(was, raft->lead.peer, sizeof was);
    memset(raft->lead.peer, 0, sizeof raft->lead.peer);
    for (uint32_t i = 0; i < raft->members.count; i++) {
        uint32_t position = raft_members_find(old, raft->members.member[i].id);
        if (position < MEMBERS_MAX)
            memcpy(&raft->lead.peer[i], &was[position], sizeof was[position]);
        else
            raft_peer_begin(&raft->lead.peer[i], raft->change);
    }
}

void raft_members_change(struct raft *raft, const struct raft_members *members, uint64_t index)
{
    raft_members_copy(&raft->members_before, &raft->members);
    raft_members_copy(&raft->members, members);
    raft->change = index;
    if (raft->role == RAFT_LEADER)
        peers_move(raft, &raft->members_before);
}
