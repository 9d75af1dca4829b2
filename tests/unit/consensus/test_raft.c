#include "tests/unit/consensus/raft_fixture.h"

static struct core core;
static struct raft_entry tail[RAFT_TAIL_MAX];

/* ---- start ---- */

START_TEST(refuses_a_timing_that_makes_no_sense)
{
    const struct raft_timing wrong[] = {
        {0, 1000, 2000, 1000, 4, 300},
        {1000, 1000, 2000, 1000, 4, 300},
        {100, 1000, 1000, 1000, 4, 300},
        {10, 1000, 1281, 1000, 4, 300},
        {100, 1000, 2000, 0, 4, 300},
        {100, 1000, 2000, 1000, 0, 300},
        {100, 1000, 2000, 1000, RAFT_WINDOW_MESSAGES_MAX + 1, 300},
        {100, 1000, 2000, 1000, 4, 0},
    };
    struct raft_start start = start_of(3, 0, NULL, tail);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        start.timing = wrong[i];
        ck_assert_int_eq(raft_init(&core.raft, &start), ERR_CONFIG);
    }
    start.timing = core_timing;
    ck_assert_int_eq(raft_init(&core.raft, &start), ERR_OK);
}
END_TEST

/* Four entries, a change at 3, committed up to 2. */
static struct raft_start start_with_change(void)
{
    static const uint64_t terms[] = {1, 1, 2, 2, 0};
    struct raft_start start = start_of(3, 2, terms, tail);
    start.commit = 2;
    start.members = voters(4);
    start.members_index = 3;
    tail[2].kind = RAFT_ENTRY_MEMBERS;
    return start;
}

#define REFUSED(change)                                                                            \
    do {                                                                                           \
        struct raft_start start = start_with_change();                                             \
        ck_assert_int_eq(raft_init(&core.raft, &start), ERR_OK);                                   \
        change;                                                                                    \
        ck_assert_int_eq(raft_init(&core.raft, &start), ERR_INTERNAL);                             \
    } while (0)

START_TEST(refuses_a_start_that_contradicts_itself)
{
    REFUSED(start.id = 0);
    REFUSED(start.term = 1);
    REFUSED(tail[2].term = 0);
    REFUSED(tail[3].term = 1);
    REFUSED(start.commit = 5);
    REFUSED(start.tail_count = 5);
    REFUSED(start.tail_count = RAFT_TAIL_MAX + 1);
    REFUSED((start.tail = tail + 2, start.tail_count = 2));
    REFUSED((start.commit = 0, start.tail = tail + 1, start.tail_count = 3));
    REFUSED(start.members_index = 4);
    REFUSED(start.members_index = 5);
    REFUSED(start.members_index = 0);
    REFUSED(tail[2].kind = RAFT_ENTRY_NORMAL);
    REFUSED(tail[3].kind = RAFT_ENTRY_MEMBERS);
    REFUSED(start.members.count = 0);
    REFUSED(start.members_before.count = 0);
    REFUSED(start.members_before = voters(2));
    struct raft_start empty = start_of(3, 0, NULL, tail);
    empty.vote = 2; /* in no term */
    ck_assert_int_eq(raft_init(&core.raft, &empty), ERR_INTERNAL);
}
END_TEST

START_TEST(starts_as_a_follower_with_what_was_durable)
{
    struct raft_start start = start_with_change();
    start.tail = tail + 1; /* the entry at the commit index and all above: enough */
    start.tail_count = 3;
    start.vote = 2;
    core_init(&core, &start);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_FOLLOWER);
    ck_assert_uint_eq(raft_term(&core.raft), 2);
    ck_assert_uint_eq(raft_commit(&core.raft), 2);
    ck_assert_uint_eq(raft_last_index(&core.raft), 4);
    ck_assert_uint_eq(raft_leader(&core.raft), 0);
    ck_assert_uint_eq(raft_contact_ms(&core.raft), 0);
    ck_assert_uint_eq(raft_matched(&core.raft, 1), 0);
    ck_assert_uint_eq(raft_members(&core.raft)->count, 4);
    /* An entry of the log is in its tail again: another at its place conflicts. */
    core_take(&core,
              (struct raft_message){
                  .kind = RAFT_APPEND, .from = 2, .term = 3, .index = 2, .log_term = 1, .count = 1},
              &(struct raft_entry){.term = 3, .size = 1});
    ck_assert(core.ready.cut);
    ck_assert_uint_eq(core.ready.keep, 2);
    ck_assert_uint_eq(raft_members(&core.raft)->count, 3);
}
END_TEST

START_TEST(a_committed_change_needs_no_members_before)
{
    struct raft_start start = start_with_change();
    start.commit = 3;
    memset(&start.members_before, 0, sizeof start.members_before);
    core_init(&core, &start);
    ck_assert_uint_eq(raft_members(&core.raft)->count, 4);
}
END_TEST

/* ---- memory ---- */

/* Something for the core to do: all kinds of events, from a seed. */
static void random_event(struct core *one, uint64_t *random)
{
    one->now_ms += dice(random, 300);
    uint64_t what = dice(random, 10);
    if (what == 0) {
        (void)core_propose(one, dice(random, 2) > 0 ? RAFT_ENTRY_NOOP : RAFT_ENTRY_NORMAL,
                           (uint32_t)dice(random, 500), NULL);
        return;
    }
    if (what < 3) {
        ck_assert_int_eq(core_step(one, (struct raft_event){.kind = RAFT_EVENT_TICK}), ERR_OK);
        return;
    }
    struct raft_message message = {
        .kind = (enum raft_message_kind)(1 + dice(random, 9)),
        .from = (uint32_t)(1 + dice(random, 4)),
        .term = one->raft.term + dice(random, 2),
        .index = dice(random, one->raft.tail.last + 2),
        .log_term = dice(random, one->raft.term + 1),
        .commit = dice(random, one->raft.tail.last + 1),
        .context = dice(random, one->raft.lead.round + 2),
        .granted = dice(random, 2) > 0,
        .transfer = dice(random, 8) == 0,
    };
    struct raft_entry entry = {.term = message.term, .size = 5};
    message.count = message.kind == RAFT_APPEND ? (uint32_t)dice(random, 2) : 0;
    core_take(one, message, &entry);
}

START_TEST(is_memory_that_can_be_copied_and_compared)
{
    static struct core twin;
    uint64_t random = 3;
    ck_assert_uint_eq(raft_size(), sizeof core.raft);
    for (int round = 0; round < 50; round++) {
        memset(&core, 0xa5, sizeof core);
        memset(&twin, 0x5a, sizeof twin);
        core_start(&core, 4, 0, NULL);
        core_start(&twin, 4, 0, NULL);
        ck_assert_mem_eq(&core.raft, &twin.raft, raft_size());
        uint64_t same = random;
        for (int step = 0; step < 300; step++)
            random_event(&core, &random);
        for (int step = 0; step < 300; step++)
            random_event(&twin, &same);
        ck_assert_mem_eq(&core.raft, &twin.raft, raft_size());
        ck_assert_uint_eq(random, same);
        memset(&twin.raft, 0, sizeof twin.raft);
        memcpy(&twin.raft, &core.raft, raft_size());
        random_event(&core, &random);
        random_event(&twin, &same);
        ck_assert_mem_eq(&core.raft, &twin.raft, raft_size());
    }
}
END_TEST

/* ---- events ---- */

START_TEST(an_early_tick_does_nothing)
{
    static struct core before;
    core_start(&core, 3, 0, NULL);
    uint64_t deadline_ms = raft_deadline_ms(&core.raft);
    ck_assert_uint_ge(deadline_ms, core.now_ms + core_timing.election_min_ms);
    ck_assert_uint_lt(deadline_ms, core.now_ms + core_timing.election_max_ms);
    core.now_ms = deadline_ms - 1;
    ck_assert_int_eq(core_step(&core, (struct raft_event){.kind = RAFT_EVENT_TICK}), ERR_OK);
    ck_assert_uint_eq(core.ready.message_count, 0);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_FOLLOWER);
    before = core;
    core.now_ms -= 500; /* time that goes back is taken for now */
    ck_assert_int_eq(core_step(&core, (struct raft_event){.kind = RAFT_EVENT_TICK}), ERR_OK);
    ck_assert_mem_eq(&core.raft, &before.raft, raft_size());
    core.now_ms = deadline_ms;
    ck_assert_int_eq(core_step(&core, (struct raft_event){.kind = RAFT_EVENT_TICK}), ERR_OK);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_PRE_CANDIDATE);
    ck_assert(core.ready.role_changed);
}
END_TEST

START_TEST(draws_other_time_outs_each_time_and_for_each_node)
{
    uint64_t drawn[64];
    size_t count = 0;
    for (uint32_t id = 1; id <= 4; id++) {
        struct raft_start start = start_of(4, 0, NULL, tail);
        start.id = id;
        core_init(&core, &start);
        for (int i = 0; i < 16; i++) {
            drawn[count++] = raft_deadline_ms(&core.raft) - core.now_ms;
            core_tick(&core);
        }
    }
    size_t equal = 0;
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_ge(drawn[i], core_timing.election_min_ms);
        ck_assert_uint_lt(drawn[i], core_timing.election_max_ms);
        for (size_t j = 0; j < i; j++)
            equal += drawn[i] == drawn[j];
    }
    ck_assert_uint_lt(equal, 20); /* of 2016 pairs of 1000 values: two, on average */
}
END_TEST

START_TEST(messages_that_make_no_sense_change_nothing)
{
    const struct raft_message wrong[] = {
        {.kind = RAFT_HEARTBEAT, .from = 0, .term = 9},
        {.kind = RAFT_HEARTBEAT, .from = 1, .term = 9},
        {.kind = RAFT_VOTE, .from = 1, .term = 9},
        {.kind = RAFT_HEARTBEAT, .from = 2, .term = 0},
        {.kind = (enum raft_message_kind)77, .from = 2, .term = 1},
        /* answers of nodes that were not asked */
        {.kind = RAFT_HEARTBEAT_REPLY, .from = 9, .term = 9},
        {.kind = RAFT_APPEND_REPLY, .from = 9, .term = 9, .granted = true},
        {.kind = RAFT_VOTE_REPLY, .from = 9, .term = 9},
        {.kind = RAFT_PRE_VOTE_REPLY, .from = 9, .term = 9},
    };
    static struct raft before;
    core_start(&core, 3, 1, NULL);
    before = core.raft;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        core_take(&core, wrong[i], NULL);
        ck_assert_mem_eq(&core.raft, &before, raft_size());
        ck_assert_uint_eq(core.ready.message_count, 0);
        ck_assert(!core.ready.save);
    }
    struct raft_message elsewhere = {.kind = RAFT_HEARTBEAT, .from = 2, .to = 3, .term = 9};
    ck_assert_int_eq(
        core_step(&core, (struct raft_event){.kind = RAFT_EVENT_MESSAGE, .message = &elsewhere}),
        ERR_OK);
    ck_assert_mem_eq(&core.raft, &before, raft_size());
}
END_TEST

START_TEST(only_a_leader_takes_what_clients_ask_for)
{
    core_start(&core, 3, 1, NULL);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, 1, NULL), ERR_NOT_LEADER);
    ck_assert_int_eq(core_step(&core, (struct raft_event){.kind = RAFT_EVENT_READ}),
                     ERR_NOT_LEADER);
    ck_assert_int_eq(core_step(&core, (struct raft_event){.kind = RAFT_EVENT_TRANSFER}),
                     ERR_NOT_LEADER);
    ck_assert_int_eq(core_step(&core, (struct raft_event){.kind = (enum raft_event_kind)99}),
                     ERR_INTERNAL);
}
END_TEST

START_TEST(a_higher_term_is_saved_and_takes_the_vote_back)
{
    core_start(&core, 3, 4, NULL);
    core.raft.vote = 2;
    core_take(&core, (struct raft_message){.kind = RAFT_HEARTBEAT_REPLY, .from = 3, .term = 6},
              NULL);
    ck_assert(core.ready.save);
    ck_assert_uint_eq(core.ready.term, 6);
    ck_assert_uint_eq(core.ready.vote, 0);
    core_take(&core, (struct raft_message){.kind = RAFT_HEARTBEAT_REPLY, .from = 3, .term = 6},
              NULL);
    ck_assert(!core.ready.save);
}
END_TEST

START_TEST(older_terms_are_told_what_the_term_is)
{
    core_start(&core, 3, 4, NULL);
    const struct {
        enum raft_message_kind asked;
        enum raft_message_kind answered;
    } pairs[] = {
        {RAFT_VOTE, RAFT_VOTE_REPLY},
        {RAFT_HEARTBEAT, RAFT_HEARTBEAT_REPLY},
        {RAFT_APPEND, RAFT_APPEND_REPLY},
        {RAFT_PRE_VOTE, RAFT_PRE_VOTE_REPLY},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        core_take(&core, (struct raft_message){.kind = pairs[i].asked, .from = 2, .term = 3}, NULL);
        const struct raft_outgoing *sent = core_sent(&core, pairs[i].answered, 2);
        ck_assert_uint_eq(sent->message.term, 4);
        ck_assert(!sent->message.granted);
        ck_assert(!sent->after_durable);
        ck_assert_uint_eq(raft_leader(&core.raft), 0);
    }
    core_take(&core, (struct raft_message){.kind = RAFT_CAMPAIGN_NOW, .from = 2, .term = 3}, NULL);
    ck_assert_uint_eq(core.ready.message_count, 0);
}
END_TEST

START_TEST(has_a_word_for_each_role)
{
    ck_assert_str_eq(raft_role_word(RAFT_FOLLOWER), "follower");
    ck_assert_str_eq(raft_role_word(RAFT_PRE_CANDIDATE), "pre-candidate");
    ck_assert_str_eq(raft_role_word(RAFT_CANDIDATE), "candidate");
    ck_assert_str_eq(raft_role_word(RAFT_LEADER), "leader");
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &refuses_a_timing_that_makes_no_sense,
        &refuses_a_start_that_contradicts_itself,
        &starts_as_a_follower_with_what_was_durable,
        &a_committed_change_needs_no_members_before,
        &is_memory_that_can_be_copied_and_compared,
        &an_early_tick_does_nothing,
        &draws_other_time_outs_each_time_and_for_each_node,
        &messages_that_make_no_sense_change_nothing,
        &only_a_leader_takes_what_clients_ask_for,
        &a_higher_term_is_saved_and_takes_the_vote_back,
        &older_terms_are_told_what_the_term_is,
        &has_a_word_for_each_role,
    };
    return suite_run("consensus/raft", cases, sizeof cases / sizeof cases[0]);
}
