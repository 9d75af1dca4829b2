#include "tests/unit/consensus/raft_fixture.h"

static struct core core;

static const struct raft_message *append_to(uint32_t to)
{
    const struct raft_outgoing *sent = core_sent(&core, RAFT_APPEND, to);
    ck_assert(!sent->after_durable);
    return &sent->message;
}

static void propose(uint32_t size)
{
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, size, NULL), ERR_OK);
}

/* An entry for whose commit nobody waits elsewhere. */
static void propose_patiently(void)
{
    struct raft_entry entry = {.term = core.raft.term, .size = 1};
    ck_assert_int_eq(core_step(&core, (struct raft_event){.kind = RAFT_EVENT_PROPOSE,
                                                          .entries = &entry,
                                                          .may_wait = true}),
                     ERR_OK);
}

static void commit_patiently(uint64_t index)
{
    propose_patiently();
    core_settle(&core);
    core_accept(&core, 2, index);
}

static void refuse(uint32_t from, uint64_t index, uint64_t log_term, uint64_t commit)
{
    uint32_t position = raft_members_find(&core.raft.members, from);
    core_take(&core,
              (struct raft_message){.kind = RAFT_APPEND_REPLY,
                                    .from = from,
                                    .term = core.raft.term,
                                    .index = index,
                                    .log_term = log_term,
                                    .commit = commit,
                                    .context = core.raft.lead.peer[position].attempt},
              NULL);
}

static void answer_heartbeat(uint32_t from, uint64_t index, uint64_t log_term, uint64_t commit)
{
    core_take(&core,
              (struct raft_message){.kind = RAFT_HEARTBEAT_REPLY,
                                    .from = from,
                                    .term = core.raft.term,
                                    .index = index,
                                    .log_term = log_term,
                                    .commit = commit,
                                    .context = core.raft.lead.round},
              NULL);
}

/* ---- proposing ---- */

START_TEST(appends_beside_its_own_write)
{
    core_lead(&core, 3);
    propose(10);
    ck_assert_uint_eq(core.ready.append_first, 2);
    ck_assert_uint_eq(core.ready.append_skip, 0);
    ck_assert_uint_eq(core.ready.append_count, 1);
    for (uint32_t to = 2; to <= 3; to++) {
        ck_assert_uint_eq(append_to(to)->index, 1);
        ck_assert_uint_eq(append_to(to)->log_term, 1);
        ck_assert_uint_eq(append_to(to)->count, 1);
        ck_assert_uint_eq(append_to(to)->commit, 1);
    }
    const struct raft_outgoing *self = core_sent(&core, RAFT_APPEND_REPLY, 1);
    ck_assert(self->after_durable);
    ck_assert_uint_eq(self->message.index, 2);
}
END_TEST

START_TEST(a_no_op_comes_first)
{
    core_start(&core, 3, 0, NULL);
    core_elect(&core);
    ck_assert(core.ready.want_noop);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, 10, NULL), ERR_BUSY);
    ck_assert(core.ready.want_noop);
    struct raft_members four = voters(4);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_MEMBERS, 10, &four), ERR_BUSY);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NOOP, 10, NULL), ERR_OK);
    ck_assert(!core.ready.want_noop);
    propose(10);
}
END_TEST

START_TEST(takes_no_entry_of_another_term)
{
    core_lead(&core, 3);
    struct raft_entry entry = {.term = core.raft.term - 1, .size = 1};
    ck_assert_int_eq(
        core_step(&core, (struct raft_event){.kind = RAFT_EVENT_PROPOSE, .entries = &entry}),
        ERR_NOT_LEADER);
    entry.term += 2;
    ck_assert_int_eq(
        core_step(&core, (struct raft_event){.kind = RAFT_EVENT_PROPOSE, .entries = &entry}),
        ERR_NOT_LEADER);
}
END_TEST

START_TEST(bounds_what_is_not_committed)
{
    core_lead(&core, 3);
    for (int i = 0; i < RAFT_UNCOMMITTED_MAX; i++) {
        propose(1);
        core_settle(&core);
    }
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, 1, NULL), ERR_BUSY);
    core_accept(&core, 2, 2);
    ck_assert_uint_eq(raft_commit(&core.raft), 2);
    propose(1);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, 1, NULL), ERR_BUSY);
}
END_TEST

START_TEST(bounds_what_is_not_durable_here)
{
    core_lead(&core, 3);
    for (uint64_t last = 2; last <= 1 + RAFT_UNCOMMITTED_MAX; last++) {
        propose(1);
        for (uint32_t from = 2; from <= 3; from++)
            core_accept(&core, from, core.raft.lead.peer[from - 1].sent);
    }
    ck_assert_uint_eq(raft_commit(&core.raft), 1 + RAFT_UNCOMMITTED_MAX);
    ck_assert_uint_eq(raft_matched(&core.raft, 1), 1);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, 1, NULL), ERR_BUSY);
    core_settle(&core);
    propose(1);
}
END_TEST

START_TEST(bounds_the_bytes_that_wait)
{
    core_lead(&core, 3);
    propose(RAFT_UNCOMMITTED_BYTES_MAX + 1); /* one always goes */
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, 1, NULL), ERR_BUSY);
    core_settle(&core);
    core_accept(&core, 2, 2);
    propose(RAFT_UNCOMMITTED_BYTES_MAX - 1);
    propose(1);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, 1, NULL), ERR_BUSY);
}
END_TEST

START_TEST(no_op_has_room_until_the_ring_is_full)
{
    static struct raft_entry tail[RAFT_TAIL_MAX];
    struct raft_start start = start_of(3, 1, NULL, tail);
    for (uint32_t room = 0; room <= 1; room++) {
        start.tail_count = RAFT_TAIL_MAX - 1 - room;
        start.last_index = start.tail_count;
        for (uint32_t i = 0; i < start.tail_count; i++)
            tail[i] = (struct raft_entry){.term = 1, .size = 1};
        core_init(&core, &start);
        core_elect(&core);
        ck_assert_int_eq(core.ready.want_noop, room > 0);
        ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NOOP, 1, NULL),
                         room > 0 ? ERR_OK : ERR_BUSY);
    }
}
END_TEST

/* ---- committing ---- */

START_TEST(commits_what_a_quorum_holds)
{
    core_lead(&core, 5);
    for (int i = 0; i < 4; i++)
        propose(1); /* 2 … 5 */
    core_accept(&core, 2, 5);
    core_accept(&core, 3, 3);
    ck_assert_uint_eq(raft_commit(&core.raft), 1); /* its own disk does not have them */
    core_settle(&core);
    ck_assert_uint_eq(raft_commit(&core.raft), 3);
    core_accept(&core, 4, 4);
    ck_assert_uint_eq(raft_commit(&core.raft), 4);
    core_accept(&core, 4, 2); /* late */
    ck_assert_uint_eq(raft_commit(&core.raft), 4);
    ck_assert_uint_eq(raft_matched(&core.raft, 4), 4);
    ck_assert_uint_eq(raft_matched(&core.raft, 1), 5);
    ck_assert_uint_eq(raft_matched(&core.raft, 9), 0);
}
END_TEST

START_TEST(entries_of_older_terms_are_not_committed_by_counting)
{
    static const uint64_t terms[] = {1, 1, 1, 0};
    core_start(&core, 3, 1, terms);
    core_elect(&core);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NOOP, 1, NULL), ERR_OK);
    core_settle(&core);
    core_accept(&core, 2, 3);
    ck_assert_uint_eq(raft_matched(&core.raft, 2), 3);
    ck_assert_uint_eq(raft_commit(&core.raft), 0);
    core_accept(&core, 2, 4);
    ck_assert_uint_eq(raft_commit(&core.raft), 4);
}
END_TEST

START_TEST(learners_do_not_count)
{
    core_start_with_learners(&core);
    core_elect(&core);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NOOP, 1, NULL), ERR_OK);
    core_settle(&core);
    core_accept(&core, 3, 1);
    core_accept(&core, 4, 1);
    ck_assert_uint_eq(raft_commit(&core.raft), 0);
    core_accept(&core, 2, 1);
    ck_assert_uint_eq(raft_commit(&core.raft), 1);
}
END_TEST

START_TEST(believes_no_acknowledgement_of_what_it_did_not_send)
{
    static const uint64_t terms[] = {1, 1, 1, 0};
    core_start(&core, 3, 1, terms);
    core_elect(&core);
    core_accept(&core, 2, 3); /* nothing was sent yet */
    ck_assert_uint_eq(raft_matched(&core.raft, 2), 0);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NOOP, 1, NULL), ERR_OK);
    core_accept(&core, 2, 5);
    ck_assert_uint_eq(raft_matched(&core.raft, 2), 0);
    propose(1); /* not sent: one message at a time until the logs are known to agree */
    core_accept(&core, 2, 5);
    ck_assert_uint_eq(raft_matched(&core.raft, 2), 0);
    core_accept(&core, 2, 4);
    ck_assert_uint_eq(raft_matched(&core.raft, 2), 4);
}
END_TEST

START_TEST(believes_its_own_disk_no_further_than_its_log)
{
    core_lead(&core, 1);
    propose(1);
    core_take(&core,
              (struct raft_message){.kind = RAFT_APPEND_REPLY,
                                    .from = 1,
                                    .term = core.raft.term,
                                    .index = 3,
                                    .granted = true},
              NULL);
    ck_assert_uint_eq(raft_commit(&core.raft), 1);
    core_settle(&core);
    ck_assert_uint_eq(raft_commit(&core.raft), 2);
}
END_TEST

START_TEST(tells_the_end_of_a_burst_at_once)
{
    core_lead(&core, 3);
    propose(1);
    propose(1);
    core_settle(&core);
    core_accept(&core, 2, 2); /* commits 2; 3 is under way */
    ck_assert_uint_eq(core.ready.message_count, 0);
    core_accept(&core, 2, 3);
    ck_assert_uint_eq(core_sent(&core, RAFT_HEARTBEAT, 2)->message.commit, 3);
    ck_assert_uint_eq(core_sent(&core, RAFT_HEARTBEAT, 2)->message.index, 3);
    ck_assert_uint_eq(core_count(&core, RAFT_HEARTBEAT, 3), 0); /* not known to match */
    core_accept(&core, 3, 3);
    ck_assert_uint_eq(core_sent(&core, RAFT_HEARTBEAT, 3)->message.commit, 3);
    ck_assert_uint_eq(core_count(&core, RAFT_HEARTBEAT, 2), 0);
}
END_TEST

START_TEST(what_may_wait_is_told_with_the_next_entry)
{
    core_lead(&core, 3);
    uint64_t heartbeat_ms = raft_deadline_ms(&core.raft);
    commit_patiently(2);
    ck_assert_uint_eq(raft_commit(&core.raft), 2);
    ck_assert_uint_eq(core.ready.message_count, 0);
    ck_assert_uint_eq(raft_deadline_ms(&core.raft), core.now_ms + RAFT_ANNOUNCE_MS);
    propose_patiently();
    ck_assert_uint_eq(append_to(2)->commit, 2);
    ck_assert_uint_eq(append_to(3)->commit, 2);
    ck_assert_uint_eq(raft_deadline_ms(&core.raft), heartbeat_ms);
}
END_TEST

START_TEST(what_may_wait_is_told_soon_when_nothing_follows)
{
    core_lead(&core, 3);
    uint64_t heartbeat_ms = raft_deadline_ms(&core.raft);
    commit_patiently(2);
    core.now_ms += RAFT_ANNOUNCE_MS - 1;
    ck_assert_int_eq(core_step(&core, (struct raft_event){.kind = RAFT_EVENT_TICK}), ERR_OK);
    ck_assert_uint_eq(core.ready.message_count, 0);
    core_accept(&core, 3, 2); /* waits no longer than the first */
    core_tick(&core);
    ck_assert_uint_eq(core.ready.message_count, 2);
    ck_assert_uint_eq(core_sent(&core, RAFT_HEARTBEAT, 2)->message.commit, 2);
    ck_assert_uint_eq(core_sent(&core, RAFT_HEARTBEAT, 3)->message.commit, 2);
    ck_assert_uint_eq(raft_deadline_ms(&core.raft), heartbeat_ms);
}
END_TEST

START_TEST(whoever_acknowledges_later_is_told_soon_too)
{
    core_lead(&core, 3);
    commit_patiently(2);
    core_tick(&core);
    ck_assert_uint_eq(core.ready.message_count, 1); /* 3 is not known to match */
    core.now_ms += 10;
    core_accept(&core, 3, 2);
    ck_assert_uint_eq(core.ready.message_count, 0);
    ck_assert_uint_eq(raft_deadline_ms(&core.raft), core.now_ms + RAFT_ANNOUNCE_MS);
    core_tick(&core);
    ck_assert_uint_eq(core_sent(&core, RAFT_HEARTBEAT, 3)->message.commit, 2);
    ck_assert_uint_eq(core.ready.message_count, 1);
}
END_TEST

START_TEST(what_is_awaited_takes_along_what_may_wait)
{
    core_lead(&core, 3);
    propose_patiently();
    propose(1);
    propose_patiently();
    core_settle(&core);
    core_accept(&core, 2, 4);
    ck_assert_uint_eq(core_sent(&core, RAFT_HEARTBEAT, 2)->message.commit, 4);
    ck_assert_uint_eq(core.ready.message_count, 1);
    commit_patiently(5);
    ck_assert_uint_eq(core.ready.message_count, 0);
}
END_TEST

/* ---- agreement ---- */

START_TEST(finds_agreement_from_where_the_followers_log_ends)
{
    static const uint64_t terms[] = {1, 1, 2, 2, 4, 0};
    const struct {
        uint64_t index;
        uint64_t log_term;
        uint64_t commit;
        uint64_t agreed;
    } cases[] = {
        {3, 2, 1, 3}, /* shorter, the same so far */
        {0, 0, 0, 0}, /* empty */
        {4, 3, 2, 2}, /* another entry 4: what is committed there */
        {9, 3, 0, 0}, /* longer */
        {9, 1, 2, 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        core_start(&core, 3, 4, terms);
        core_elect(&core);
        ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NOOP, 10, NULL), ERR_OK);
        ck_assert_uint_eq(append_to(2)->index, 5);
        refuse(2, cases[i].index, cases[i].log_term, cases[i].commit);
        ck_assert_uint_eq(append_to(2)->index, cases[i].agreed);
        ck_assert_uint_eq(append_to(2)->log_term, raft_tail_term(&core.raft.tail, cases[i].agreed));
        ck_assert_uint_eq(append_to(2)->count, 6 - cases[i].agreed);
        ck_assert_uint_eq(raft_matched(&core.raft, 2), 0); /* only what is accepted matches */
    }
}
END_TEST

START_TEST(answers_stale_refusals_with_nothing)
{
    core_lead(&core, 3);
    for (int i = 0; i < 3; i++)
        propose(10); /* 2 3 4, each a message */
    struct raft_message stale = {.kind = RAFT_APPEND_REPLY,
                                 .from = 2,
                                 .term = core.raft.term,
                                 .index = 1,
                                 .log_term = 1,
                                 .commit = 1,
                                 .context = core.raft.lead.peer[1].attempt};
    core_take(&core, stale, NULL);
    ck_assert_uint_eq(append_to(2)->index, 1);
    ck_assert_uint_eq(append_to(2)->count, 3);
    for (int i = 0; i < 2; i++) {
        core_take(&core, stale, NULL); /* of the other two */
        ck_assert_uint_eq(core.ready.message_count, 0);
    }
    core_accept(&core, 2, 4);
    refuse(2, 1, 1, 1); /* it said itself that it has more */
    ck_assert_uint_eq(core.ready.message_count, 0);
    refuse(2, 9, 9, 9); /* committed there, and not here: nobody is like that */
    ck_assert_uint_eq(core.ready.message_count, 0);
}
END_TEST

START_TEST(begins_anew_behind_what_was_acknowledged_when_less_is_committed_there)
{
    core_lead(&core, 3);
    for (int i = 0; i < 3; i++)
        propose(10); /* 2 3 4, each a message */
    core_accept(&core, 2, 2);
    refuse(2, 9, 1, 1); /* 3 was lost; its log goes on otherwise, and it does not know of 2 */
    ck_assert_uint_eq(append_to(2)->index, 2);
    ck_assert_uint_eq(append_to(2)->count, 2);
}
END_TEST

START_TEST(one_message_at_a_time_until_the_logs_agree)
{
    core_lead(&core, 3);
    propose(10);
    refuse(2, 1, 1, 1);
    ck_assert_uint_eq(core_count(&core, RAFT_APPEND, 2), 1);
    propose(10);
    ck_assert_uint_eq(core_count(&core, RAFT_APPEND, 2), 0);
    ck_assert_uint_eq(core_count(&core, RAFT_APPEND, 3), 1);
    core_accept(&core, 2, 2);
    ck_assert_uint_eq(append_to(2)->index, 2);
    propose(10);
    ck_assert_uint_eq(append_to(2)->index, 3);
}
END_TEST

START_TEST(sends_again_when_nothing_has_moved_for_an_election)
{
    core_lead(&core, 3);
    propose(10);
    core.now_ms += core_timing.election_min_ms - 1;
    answer_heartbeat(2, 1, 1, 1);
    ck_assert_uint_eq(core_count(&core, RAFT_APPEND, 2), 0);
    core.now_ms++;
    answer_heartbeat(2, 1, 1, 1);
    ck_assert_uint_eq(append_to(2)->index, 1);
    ck_assert_uint_eq(append_to(2)->count, 1);
    answer_heartbeat(2, 1, 1, 1); /* and the clock starts again */
    ck_assert_uint_eq(core_count(&core, RAFT_APPEND, 2), 0);
    /* The entry arrived, its acknowledgement did not. */
    core.now_ms += core_timing.election_min_ms;
    answer_heartbeat(2, 2, 1, 1);
    ck_assert_uint_eq(append_to(2)->index, 2);
    ck_assert_uint_eq(append_to(2)->count, 0);
    ck_assert_uint_eq(raft_matched(&core.raft, 2), 1);
    core_accept(&core, 2, 2);
    ck_assert_uint_eq(raft_matched(&core.raft, 2), 2);
    core.now_ms += core_timing.election_min_ms;
    answer_heartbeat(2, 2, 1, 2); /* nothing is in flight: nothing is missing */
    ck_assert_uint_eq(core_count(&core, RAFT_APPEND, 2), 0);
}
END_TEST

/* ---- windows ---- */

/* A follower that takes what comes, some of it late or never, and counts what is on its way. */
START_TEST(never_has_more_on_its_way_than_the_window)
{
    struct flying {
        uint64_t end;
        uint64_t bytes;
    } flying[64];
    static uint32_t sizes[20000];
    size_t count = 0;
    uint64_t random = 5;
    uint64_t has = 1;
    core_lead(&core, 2);
    for (int step = 0; step < 20000; step++) {
        ck_assert_uint_lt(core.raft.tail.last + 1, 20000);
        if (dice(&random, 2) > 0) {
            sizes[core.raft.tail.last + 1] = 1 + (uint32_t)dice(&random, 150);
            if (core_propose(&core, RAFT_ENTRY_NORMAL, sizes[core.raft.tail.last + 1], NULL) !=
                ERR_OK)
                continue;
        } else if (count > 0) {
            has = flying[0].end;
            memmove(flying, flying + 1, --count * sizeof flying[0]);
            core_accept(&core, 2, has);
        }
        uint64_t bytes = 0;
        for (size_t i = 0; i < core.ready.message_count; i++) {
            const struct raft_message *message = &core.ready.messages[i].message;
            if (message->kind != RAFT_APPEND)
                continue;
            ck_assert_uint_gt(message->count, 0);
            struct flying *last = &flying[count++];
            *last = (struct flying){.end = message->index + message->count};
            for (uint32_t j = 1; j <= message->count; j++)
                last->bytes += sizes[message->index + j];
            ck_assert(last->bytes <= core_timing.message_bytes || message->count == 1);
        }
        for (size_t i = 0; i < count; i++)
            bytes += flying[i].bytes;
        ck_assert_uint_le(count, core_timing.window_messages);
        ck_assert_uint_le(bytes, core_timing.window_bytes);
        /* Nor less than it could: a stall would be for ever. */
        ck_assert(count > 0 || has == core.raft.tail.last);
        core_settle(&core);
    }
    ck_assert_uint_gt(raft_commit(&core.raft), 5000);
}
END_TEST

START_TEST(one_entry_always_goes)
{
    core_lead(&core, 2);
    propose(core_timing.window_bytes * 5);
    ck_assert_uint_eq(append_to(2)->count, 1);
    propose(1);
    ck_assert_uint_eq(core_count(&core, RAFT_APPEND, 2), 0);
    core_settle(&core);
    core_accept(&core, 2, 2);
    ck_assert_uint_eq(append_to(2)->index, 2);
}
END_TEST

/* ---- far behind ---- */

/* Node 1 leads a log of which it has only the newest `held` of 5000 entries, all committed. */
static void lead_long_log(uint32_t held)
{
    static struct raft_entry tail[RAFT_TAIL_MAX];
    struct raft_start start = start_of(3, 1, NULL, tail);
    start.commit = 5000;
    start.last_index = 5000;
    start.tail_count = held;
    for (uint32_t i = 0; i < held; i++)
        tail[i] = (struct raft_entry){.term = 1, .size = 10};
    core_init(&core, &start);
    core_elect(&core);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NOOP, 10, NULL), ERR_OK);
}

static const struct raft_message *from_disk_to(uint32_t to)
{
    const struct raft_outgoing *sent = core_sent(&core, RAFT_APPEND, to);
    ck_assert(sent->from_disk);
    return &sent->message;
}

START_TEST(serves_from_the_disk_what_the_ring_does_not_have)
{
    lead_long_log(100); /* 4901 … 5000, and the no-op */
    refuse(2, 7, 9, 3);
    ck_assert_uint_eq(from_disk_to(2)->index, 3);
    ck_assert_uint_eq(from_disk_to(2)->count, RAFT_APPEND_MAX);
    core_settle(&core);
    propose(10);
    ck_assert_uint_eq(core_count(&core, RAFT_APPEND, 2), 0); /* one at a time */
    core_accept(&core, 2, 3);                                /* late, of something else */
    ck_assert_uint_eq(core_count(&core, RAFT_APPEND, 2), 0);
    core_accept(&core, 2, 60); /* the driver sent fewer than it could */
    ck_assert_uint_eq(from_disk_to(2)->index, 60);
    ck_assert_uint_eq(raft_matched(&core.raft, 2), 60);
}
END_TEST

START_TEST(streams_as_soon_as_the_ring_has_it)
{
    for (uint64_t agreed = 4898; agreed <= 4902; agreed++) {
        lead_long_log(100);
        refuse(2, agreed, 8, agreed);
        const struct raft_outgoing *sent = core_sent(&core, RAFT_APPEND, 2);
        /* The term of the entry before the first must be known, too. */
        ck_assert_int_eq(sent->from_disk, agreed < 4901);
        ck_assert_uint_eq(sent->message.index, agreed);
    }
}
END_TEST

START_TEST(reads_from_the_disk_only_what_is_on_it_and_committed)
{
    lead_long_log(1); /* 5000, and the no-op, which is neither */
    refuse(2, 4990, 8, 4990);
    ck_assert_uint_eq(from_disk_to(2)->count, 10);
    /* The no-op is committed elsewhere, and not on this disk yet. */
    lead_long_log(1);
    core_accept(&core, 2, 5001);
    core_accept(&core, 3, 5001);
    ck_assert_uint_eq(raft_commit(&core.raft), 5001);
    core.raft.lead.peer[1].match = 0; /* as if it had never spoken */
    refuse(2, 4990, 8, 4990);
    ck_assert_uint_eq(from_disk_to(2)->count, 10);
    /* On this disk, and not committed. */
    lead_long_log(1);
    core_settle(&core);
    refuse(2, 4990, 8, 4990);
    ck_assert_uint_eq(from_disk_to(2)->count, 10);
}
END_TEST

START_TEST(serves_again_when_the_answer_does_not_come)
{
    lead_long_log(100);
    refuse(2, 7, 9, 3);
    core.now_ms += core_timing.election_min_ms - 1;
    answer_heartbeat(2, 7, 9, 3);
    ck_assert_uint_eq(core_count(&core, RAFT_APPEND, 2), 0);
    core.now_ms++;
    answer_heartbeat(2, 7, 9, 3);
    ck_assert_uint_eq(from_disk_to(2)->index, 3);
}
END_TEST

/* ---- members ---- */

START_TEST(changes_members_one_at_a_time)
{
    struct raft_members four = voters(4);
    struct raft_members five = voters(5);
    core_start(&core, 3, 0, NULL);
    core_elect(&core);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NOOP, 1, NULL), ERR_OK);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_MEMBERS, 1, &four), ERR_BUSY);
    core_settle(&core);
    core_accept(&core, 2, 1);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_MEMBERS, 1, &five), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_MEMBERS, 1, NULL), ERR_OUT_OF_RANGE);
    struct raft_members none = {0};
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_MEMBERS, 1, &none), ERR_OUT_OF_RANGE);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_MEMBERS, 1, &four), ERR_OK);
    ck_assert_uint_eq(raft_members(&core.raft)->count, 4);
    ck_assert_uint_eq(append_to(4)->index, 1); /* the new one, too, from the change on */
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_MEMBERS, 1, &five), ERR_BUSY);
    core_settle(&core);
    core_accept(&core, 2, 2);
    ck_assert_uint_eq(raft_commit(&core.raft), 1); /* two of four */
    core_accept(&core, 3, 1);
    core_accept(&core, 3, 2);
    ck_assert_uint_eq(raft_commit(&core.raft), 2);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_MEMBERS, 1, &five), ERR_OK);
}
END_TEST

START_TEST(keeps_what_it_knows_of_those_who_stay)
{
    core_lead(&core, 4);
    core_accept(&core, 2, 1);
    struct raft_members without_two = {.count = 3};
    without_two.member[0] = (struct raft_member){.id = 1, .voter = true};
    without_two.member[1] = (struct raft_member){.id = 3, .voter = true};
    without_two.member[2] = (struct raft_member){.id = 4, .voter = true};
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_MEMBERS, 1, &without_two), ERR_OK);
    ck_assert_uint_eq(raft_matched(&core.raft, 2), 0);
    ck_assert_uint_eq(raft_matched(&core.raft, 3), 1);
    ck_assert_uint_eq(core_count(&core, RAFT_APPEND, 2), 0);
    ck_assert_uint_eq(core_count(&core, RAFT_APPEND, 4), 1);
    core_take(&core,
              (struct raft_message){.kind = RAFT_APPEND_REPLY,
                                    .from = 2,
                                    .term = core.raft.term,
                                    .index = 1,
                                    .granted = true},
              NULL); /* no member any more */
    ck_assert_uint_eq(raft_matched(&core.raft, 2), 0);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &appends_beside_its_own_write,
        &a_no_op_comes_first,
        &takes_no_entry_of_another_term,
        &bounds_what_is_not_committed,
        &bounds_what_is_not_durable_here,
        &bounds_the_bytes_that_wait,
        &no_op_has_room_until_the_ring_is_full,
        &commits_what_a_quorum_holds,
        &entries_of_older_terms_are_not_committed_by_counting,
        &learners_do_not_count,
        &believes_no_acknowledgement_of_what_it_did_not_send,
        &believes_its_own_disk_no_further_than_its_log,
        &tells_the_end_of_a_burst_at_once,
        &what_may_wait_is_told_with_the_next_entry,
        &what_may_wait_is_told_soon_when_nothing_follows,
        &whoever_acknowledges_later_is_told_soon_too,
        &what_is_awaited_takes_along_what_may_wait,
        &finds_agreement_from_where_the_followers_log_ends,
        &answers_stale_refusals_with_nothing,
        &begins_anew_behind_what_was_acknowledged_when_less_is_committed_there,
        &one_message_at_a_time_until_the_logs_agree,
        &sends_again_when_nothing_has_moved_for_an_election,
        &never_has_more_on_its_way_than_the_window,
        &one_entry_always_goes,
        &serves_from_the_disk_what_the_ring_does_not_have,
        &streams_as_soon_as_the_ring_has_it,
        &reads_from_the_disk_only_what_is_on_it_and_committed,
        &serves_again_when_the_answer_does_not_come,
        &changes_members_one_at_a_time,
        &keeps_what_it_knows_of_those_who_stay,
    };
    return suite_run("consensus/raft_replication", cases, sizeof cases / sizeof cases[0]);
}
