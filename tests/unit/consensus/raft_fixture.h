/*
 * raft_fixture.h: one core, and the messages a test sends it. What it wants done is looked at in
 * `ready`; its disk is the test's patience: core_settle() hands back what it says to itself.
 */
#ifndef TESTS_UNIT_CONSENSUS_RAFT_FIXTURE_H
#define TESTS_UNIT_CONSENSUS_RAFT_FIXTURE_H

#include "consensus/raft_state.h"
#include "tests/unit/suite.h"

#include <stdlib.h>

struct core {
    struct raft raft;
    struct raft_ready ready;
    uint64_t now_ms;
};

static const struct raft_timing core_timing = {
    .heartbeat_ms = 100,
    .election_min_ms = 1000,
    .election_max_ms = 2000,
    .window_bytes = 1000,
    .window_messages = 4,
    .message_bytes = 300,
};

/* Random numbers from a fixed seed (splitmix64). */
static inline uint64_t dice(uint64_t *state, uint64_t sides)
{
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return (mixed ^ mixed >> 31) % sides;
}

/* Voters 1 … count. */
static inline struct raft_members voters(uint32_t count)
{
    struct raft_members members = {.count = count};
    for (uint32_t i = 0; i < count; i++)
        members.member[i] = (struct raft_member){.id = i + 1, .voter = true};
    return members;
}

/* Node 1 of so many voters, with a log of entries of these terms, 10 bytes each; 0 ends them. */
static inline struct raft_start start_of(uint32_t count, uint64_t term, const uint64_t *terms,
                                         struct raft_entry tail[RAFT_TAIL_MAX])
{
    struct raft_start start = {
        .id = 1,
        .seed = 7,
        .now_ms = 5000,
        .timing = core_timing,
        .term = term,
        .tail = tail,
        .members = voters(count),
        .members_before = voters(count),
    };
    for (; terms != NULL && terms[start.tail_count] != 0; start.tail_count++)
        tail[start.tail_count] = (struct raft_entry){.term = terms[start.tail_count], .size = 10};
    start.last_index = start.tail_count;
    return start;
}

static inline void core_init(struct core *core, const struct raft_start *start)
{
    core->now_ms = start->now_ms;
    ck_assert_int_eq(raft_init(&core->raft, start), ERR_OK);
}

static inline void core_start(struct core *core, uint32_t count, uint64_t term,
                              const uint64_t *terms)
{
    static struct raft_entry tail[RAFT_TAIL_MAX];
    struct raft_start start = start_of(count, term, terms, tail);
    core_init(core, &start);
}

/* Makes learners of so many members, from that id on. */
static inline void make_learners(struct raft_start *start, uint32_t first, uint32_t count)
{
    for (uint32_t id = first; id < first + count; id++)
        start->members.member[id - 1].voter = false;
    start->members_before = start->members;
}

/* Node 1 of four, of which 1 and 2 vote. */
static inline void core_start_with_learners(struct core *core)
{
    struct raft_entry tail[RAFT_TAIL_MAX];
    struct raft_start start = start_of(4, 0, NULL, tail);
    make_learners(&start, 3, 2);
    core_init(core, &start);
}

static inline enum err core_step(struct core *core, struct raft_event event)
{
    event.now_ms = core->now_ms;
    return raft_step(&core->raft, &event, &core->ready);
}

static inline void core_take(struct core *core, struct raft_message message,
                             const struct raft_entry *entries)
{
    message.to = core->raft.id;
    ck_assert_int_eq(core_step(core, (struct raft_event){.kind = RAFT_EVENT_MESSAGE,
                                                         .message = &message,
                                                         .entries = entries}),
                     ERR_OK);
}

static inline void core_tick(struct core *core)
{
    if (core->now_ms < raft_deadline_ms(&core->raft))
        core->now_ms = raft_deadline_ms(&core->raft);
    ck_assert_int_eq(core_step(core, (struct raft_event){.kind = RAFT_EVENT_TICK}), ERR_OK);
}

static inline enum err core_propose(struct core *core, enum raft_entry_kind kind, uint32_t size,
                                    const struct raft_members *members)
{
    struct raft_entry entry = {
        .term = core->raft.term, .size = size, .kind = kind, .members = members};
    return core_step(core, (struct raft_event){.kind = RAFT_EVENT_PROPOSE, .entries = &entry});
}

/* How many messages of that kind go to that node. */
static inline size_t core_count(const struct core *core, enum raft_message_kind kind, uint32_t to)
{
    size_t count = 0;
    for (size_t i = 0; i < core->ready.message_count; i++)
        count += core->ready.messages[i].message.kind == kind &&
                 core->ready.messages[i].message.to == to;
    return count;
}

/* The one message of that kind to that node. */
static inline const struct raft_outgoing *core_sent(const struct core *core,
                                                    enum raft_message_kind kind, uint32_t to)
{
    const struct raft_outgoing *found = NULL;
    ck_assert_uint_eq(core_count(core, kind, to), 1);
    for (size_t i = 0; i < core->ready.message_count; i++) {
        const struct raft_outgoing *outgoing = &core->ready.messages[i];
        if (outgoing->message.kind == kind && outgoing->message.to == to)
            found = outgoing;
    }
    return found;
}

/* All it appended is durable: its own acknowledgement comes back. */
static inline void core_settle(struct core *core)
{
    core_take(core,
              (struct raft_message){.kind = RAFT_APPEND_REPLY,
                                    .from = core->raft.id,
                                    .term = core->raft.term,
                                    .index = core->raft.tail.last,
                                    .granted = true},
              NULL);
}

static inline void core_accept(struct core *core, uint32_t from, uint64_t index)
{
    uint32_t position = raft_members_find(&core->raft.members, from);
    core_take(core,
              (struct raft_message){.kind = RAFT_APPEND_REPLY,
                                    .from = from,
                                    .term = core->raft.term,
                                    .index = index,
                                    .context = core->raft.lead.peer[position].attempt,
                                    .granted = true},
              NULL);
}

/* Node 1 is elected by the others: it leads, without its no-op. */
static inline void core_elect(struct core *core)
{
    core_tick(core);
    for (uint32_t from = 2; core->raft.role == RAFT_PRE_CANDIDATE; from++)
        core_take(core,
                  (struct raft_message){.kind = RAFT_PRE_VOTE_REPLY,
                                        .from = from,
                                        .term = core->raft.term + 1,
                                        .granted = true},
                  NULL);
    for (uint32_t from = 1; core->raft.role == RAFT_CANDIDATE; from++)
        core_take(
            core,
            (struct raft_message){
                .kind = RAFT_VOTE_REPLY, .from = from, .term = core->raft.term, .granted = true},
            NULL);
    ck_assert_int_eq(raft_role(&core->raft), RAFT_LEADER);
}

/* It leads, and its no-op is committed everywhere. */
static inline void core_lead(struct core *core, uint32_t count)
{
    core_start(core, count, 0, NULL);
    core_elect(core);
    ck_assert_int_eq(core_propose(core, RAFT_ENTRY_NOOP, 1, NULL), ERR_OK);
    core_settle(core);
    for (uint32_t from = 2; from <= count; from++)
        core_accept(core, from, 1);
    ck_assert_uint_eq(raft_commit(&core->raft), 1);
}

#endif
