#include "consensus/raft_state.h"

bool raft_members_sound(const struct raft_members *members)
{
    if (members->count == 0 || members->count > MEMBERS_MAX)
        return false;
    uint32_t before = 0;
    uint32_t voters = 0;
    for (uint32_t i = 0; i < members->count; i++) {
        if (members->member[i].id <= before)
            return false;
        before = members->member[i].id;
        voters += members->member[i].voter;
    }
    return voters > 0;
}

void raft_members_copy(struct raft_members *out, const struct raft_members *members)
{
    memset(out, 0, sizeof *out);
    out->count = members->count;
    for (uint32_t i = 0; i < members->count; i++) {
        out->member[i].id = members->member[i].id;
        out->member[i].voter = members->member[i].voter;
    }
}

bool raft_members_equal(const struct raft_members *a, const struct raft_members *b)
{
    bool is_equal = a->count == b->count;
    for (uint32_t i = 0; i < a->count && is_equal; i++)
        is_equal = a->member[i].id == b->member[i].id && a->member[i].voter == b->member[i].voter;
    return is_equal;
}

uint32_t raft_members_find(const struct raft_members *members, uint32_t id)
{
    for (uint32_t i = 0; i < members->count; i++) {
        if (members->member[i].id == id)
            return i;
    }
    return MEMBERS_MAX;
}

bool raft_members_votes(const struct raft_members *members, uint32_t id)
{
    uint32_t position = raft_members_find(members, id);
    return position < MEMBERS_MAX && members->member[position].voter;
}

static uint32_t voters_missing(const struct raft_members *from, const struct raft_members *in)
{
    uint32_t missing = 0;
    for (uint32_t i = 0; i < from->count; i++)
        missing += from->member[i].voter && !raft_members_votes(in, from->member[i].id);
    return missing;
}

bool raft_members_adjacent(const struct raft_members *a, const struct raft_members *b)
{
    /* D 4.1: any two majorities of such sets have a server in common. */
    return voters_missing(a, b) + voters_missing(b, a) <= 1;
}

uint64_t raft_quorum_reached(const struct raft *raft, const uint64_t value[MEMBERS_MAX])
{
    uint64_t sorted[MEMBERS_MAX]; /* descending */
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
