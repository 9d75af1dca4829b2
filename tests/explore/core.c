#include "tests/explore/core.h"

const struct raft_timing core_timing = {
    .heartbeat_ms = 100,
    .election_min_ms = 1000,
    .election_max_ms = 2000,
    .window_bytes = 64,
    .window_messages = 3,
    .message_bytes = 64,
};

static uint64_t mix(uint64_t value)
{
    value = (value ^ value >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return value ^ value >> 32;
}

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    for (; size >= sizeof hash; size -= sizeof hash, at += sizeof hash) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        hash = mix(hash ^ word) + UINT64_C(0x9e3779b97f4a7c15);
    }
    uint64_t rest = size;
    memcpy((uint8_t *)&rest + 1, at, size < sizeof rest ? size : 0);
    return mix(hash ^ rest) + UINT64_C(0x9e3779b97f4a7c15);
}

static void normalise_tail(struct raft_tail *tail)
{
    for (uint64_t i = 0; i < RAFT_TAIL_MAX; i++) {
        if (i >= tail->first && i <= tail->last) /* the log is shorter than the ring */
            continue;
        tail->term[i] = 0;
        tail->sum[i] = 0;
    }
}

static void normalise_flight(struct raft_flight *flight)
{
    struct raft_flight was = *flight;
    memset(flight, 0, sizeof *flight);
    flight->count = was.count;
    flight->bytes = was.bytes;
    for (uint32_t i = 0; i < was.count; i++) {
        flight->end[i] = was.end[(was.oldest + i) % RAFT_WINDOW_MESSAGES_MAX];
        flight->size[i] = was.size[(was.oldest + i) % RAFT_WINDOW_MESSAGES_MAX];
    }
}

static void normalise_leading(struct raft_leading *lead)
{
    lead->since_ms = CORE_NOW_MS;
    lead->contact_ms = CORE_NOW_MS;
    lead->announce_ms = lead->announce_ms == 0 ? 0 : CORE_NOW_MS + RAFT_ANNOUNCE_MS;
    memset(lead->round_ms, 0, sizeof lead->round_ms);
    lead->transfer_deadline_ms =
        lead->transfer == 0 ? 0 : CORE_NOW_MS + core_timing.election_min_ms;
    for (uint32_t i = 0; i < MEMBERS_MAX; i++) {
        struct raft_peer *peer = &lead->peer[i];
        if (peer->next == 0)
            continue; /* not in use */
        /* In flight for so long that it may be lost. */
        peer->progress_ms = peer->flight.count == 0 ? 0 : CORE_NOW_MS - core_timing.election_min_ms;
        normalise_flight(&peer->flight);
    }
}

void core_normalise(struct raft *raft)
{
    bool is_leader = raft->role == RAFT_LEADER;
    raft->heard_ms = raft->leader == 0 || is_leader ? 0 : CORE_NOW_MS - core_timing.election_min_ms;
    raft->random = 0;
    raft->now_ms = CORE_NOW_MS;
    raft->deadline_ms =
        CORE_NOW_MS + (is_leader ? core_timing.heartbeat_ms : core_timing.election_max_ms);
    normalise_tail(&raft->tail);
    if (is_leader)
        normalise_leading(&raft->lead);
}

static uint64_t hash_peer(uint64_t hash, const struct raft_peer *peer)
{
    const struct raft_flight *flight = &peer->flight;
    hash = hash_bytes(hash, peer, offsetof(struct raft_peer, flight));
    hash = hash_bytes(hash, &flight->bytes, sizeof flight->bytes);
    hash = hash_bytes(hash, flight->end, flight->count * sizeof flight->end[0]);
    return hash_bytes(hash, flight->size, flight->count * sizeof flight->size[0]);
}

uint64_t core_hash(const struct raft *raft)
{
    uint64_t hash = hash_bytes(1, raft, offsetof(struct raft, lead));
    if (raft->role != RAFT_LEADER)
        return hash; /* `lead` is zero */
    hash = hash_bytes(hash, &raft->lead, offsetof(struct raft_leading, peer));
    for (uint32_t i = 0; i < raft->members.count; i++)
        hash = hash_peer(hash, &raft->lead.peer[i]);
    return hash;
}
