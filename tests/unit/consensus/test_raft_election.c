#include "tests/unit/consensus/raft_fixture.h"

static struct core core;
static struct core before;

static void ask(enum raft_message_kind kind, uint32_t from, uint64_t term, uint64_t index,
                uint64_t log_term)
{
    core_take(&core,
              (struct raft_message){
                  .kind = kind, .from = from, .term = term, .index = index, .log_term = log_term},
              NULL);
}

static bool granted(enum raft_message_kind kind, uint32_t to)
{
    return core_sent(&core, kind, to)->message.granted;
}

/* Node 1 follows node 2, which it hears now. */
static void follow(uint64_t term)
{
    core_take(&core, (struct raft_message){.kind = RAFT_HEARTBEAT, .from = 2, .term = term}, NULL);
    ck_assert_uint_eq(raft_leader(&core.raft), 2);
}

/* ---- voting ---- */

START_TEST(votes_for_a_log_that_is_not_behind_its_own)
{
    static const uint64_t terms[] = {1, 1, 3, 3, 0};
    for (uint64_t log_term = 0; log_term <= 4; log_term++) {
        for (uint64_t index = 0; index <= 6; index++) {
            bool is_up_to_date = log_term > 3 || (log_term == 3 && index >= 4);
            core_start(&core, 3, 4, terms);
            before = core;
            ask(RAFT_PRE_VOTE, 2, 5, index, log_term);
            ck_assert_int_eq(granted(RAFT_PRE_VOTE_REPLY, 2), is_up_to_date);
            ck_assert_mem_eq(&core.raft, &before.raft, raft_size());
            ask(RAFT_VOTE, 2, 5, index, log_term);
            ck_assert_int_eq(granted(RAFT_VOTE_REPLY, 2), is_up_to_date);
            ck_assert_int_eq(core_sent(&core, RAFT_VOTE_REPLY, 2)->after_durable, is_up_to_date);
            ck_assert(core.ready.save);
            ck_assert_uint_eq(core.ready.term, 5);
            ck_assert_uint_eq(core.ready.vote, is_up_to_date ? 2 : 0);
        }
    }
}
END_TEST

START_TEST(votes_once_a_term)
{
    core_start(&core, 3, 4, NULL);
    ask(RAFT_VOTE, 2, 5, 0, 0);
    ck_assert(granted(RAFT_VOTE_REPLY, 2));
    ask(RAFT_VOTE, 3, 5, 0, 0);
    ck_assert(!granted(RAFT_VOTE_REPLY, 3));
    ask(RAFT_VOTE, 2, 5, 0, 0); /* the answer was lost */
    ck_assert(granted(RAFT_VOTE_REPLY, 2));
    ck_assert(core_sent(&core, RAFT_VOTE_REPLY, 2)->after_durable);
    ck_assert(!core.ready.save);
    ask(RAFT_VOTE, 3, 6, 0, 0);
    ck_assert(granted(RAFT_VOTE_REPLY, 3));
}
END_TEST

START_TEST(a_vote_puts_its_own_election_off)
{
    core_start(&core, 3, 4, NULL);
    core.now_ms = raft_deadline_ms(&core.raft) - 1;
    ask(RAFT_VOTE, 2, 5, 0, 0);
    ck_assert_uint_ge(raft_deadline_ms(&core.raft), core.now_ms + core_timing.election_min_ms);
}
END_TEST

START_TEST(votes_for_whoever_asks_whatever_its_own_members_are)
{
    struct raft_entry tail[RAFT_TAIL_MAX];
    struct raft_start start = start_of(3, 4, NULL, tail);
    make_learners(&start, 1, 1); /* a learner, says its own log */
    core_init(&core, &start);
    ask(RAFT_PRE_VOTE, 9, 5, 0, 0);
    ck_assert(granted(RAFT_PRE_VOTE_REPLY, 9));
    ask(RAFT_VOTE, 9, 5, 0, 0);
    ck_assert(granted(RAFT_VOTE_REPLY, 9));
}
END_TEST

START_TEST(does_not_disturb_a_leader_that_it_heard_within_an_election)
{
    core_start(&core, 3, 4, NULL);
    follow(4);
    core.now_ms += core_timing.election_min_ms - 1;
    before = core;
    ask(RAFT_PRE_VOTE, 3, 5, 0, 0);
    ck_assert(!granted(RAFT_PRE_VOTE_REPLY, 3));
    ask(RAFT_VOTE, 3, 5, 0, 0); /* not even its term is taken */
    ck_assert_uint_eq(core.ready.message_count, 0);
    ck_assert_uint_eq(raft_term(&core.raft), 4);
    core.now_ms++;
    ask(RAFT_PRE_VOTE, 3, 5, 0, 0);
    ck_assert(granted(RAFT_PRE_VOTE_REPLY, 3));
    ask(RAFT_VOTE, 3, 5, 0, 0);
    ck_assert(granted(RAFT_VOTE_REPLY, 3));
}
END_TEST

START_TEST(a_leader_is_not_disturbed_but_by_whom_it_asked)
{
    core_lead(&core, 3);
    uint64_t term = raft_term(&core.raft);
    ask(RAFT_PRE_VOTE, 3, term + 1, 9, term);
    ck_assert(!granted(RAFT_PRE_VOTE_REPLY, 3));
    ask(RAFT_VOTE, 3, term + 1, 9, term);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_LEADER);
    core_take(&core,
              (struct raft_message){.kind = RAFT_VOTE,
                                    .from = 3,
                                    .term = term + 1,
                                    .index = 9,
                                    .log_term = term,
                                    .transfer = true},
              NULL);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_FOLLOWER);
    ck_assert(granted(RAFT_VOTE_REPLY, 3));
}
END_TEST

/* ---- standing ---- */

START_TEST(asks_all_other_voters_and_nobody_else)
{
    struct raft_entry tail[RAFT_TAIL_MAX];
    struct raft_start start = start_of(4, 4, NULL, tail);
    start.members.member[3].voter = false;
    start.members_before = start.members;
    core_init(&core, &start);
    core_tick(&core);
    ck_assert_uint_eq(core.ready.message_count, 2);
    ck_assert(!core.ready.save);
    for (uint32_t to = 2; to <= 3; to++) {
        const struct raft_outgoing *sent = core_sent(&core, RAFT_PRE_VOTE, to);
        ck_assert(!sent->after_durable);
        ck_assert_uint_eq(sent->message.term, 5);
    }
}
END_TEST

START_TEST(stands_when_a_quorum_would_vote_and_waits_for_its_disk)
{
    static const uint64_t terms[] = {1, 3, 0};
    core_start(&core, 5, 4, terms);
    core_tick(&core);
    core_take(
        &core,
        (struct raft_message){.kind = RAFT_PRE_VOTE_REPLY, .from = 2, .term = 5, .granted = true},
        NULL);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_PRE_CANDIDATE);
    core_take(
        &core,
        (struct raft_message){.kind = RAFT_PRE_VOTE_REPLY, .from = 2, .term = 5, .granted = true},
        NULL); /* again */
    core_take(&core, (struct raft_message){.kind = RAFT_PRE_VOTE_REPLY, .from = 3, .term = 4},
              NULL); /* no */
    core_take(
        &core,
        (struct raft_message){.kind = RAFT_PRE_VOTE_REPLY, .from = 3, .term = 6, .granted = true},
        NULL); /* for another term */
    ck_assert_int_eq(raft_role(&core.raft), RAFT_PRE_CANDIDATE);
    ck_assert_uint_eq(raft_term(&core.raft), 4);
    core_take(
        &core,
        (struct raft_message){.kind = RAFT_PRE_VOTE_REPLY, .from = 3, .term = 5, .granted = true},
        NULL);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_CANDIDATE);
    ck_assert(core.ready.save);
    ck_assert_uint_eq(core.ready.term, 5);
    ck_assert_uint_eq(core.ready.vote, 1);
    for (uint32_t to = 2; to <= 5; to++) {
        const struct raft_outgoing *sent = core_sent(&core, RAFT_VOTE, to);
        ck_assert(sent->after_durable);
        ck_assert_uint_eq(sent->message.index, 2);
        ck_assert_uint_eq(sent->message.log_term, 3);
        ck_assert(!sent->message.transfer);
    }
    ck_assert(core_sent(&core, RAFT_VOTE_REPLY, 1)->after_durable);
}
END_TEST

START_TEST(leads_with_a_majority_of_votes_and_not_before)
{
    for (uint32_t count = 1; count <= MEMBERS_MAX; count++) {
        core_start(&core, count, 0, NULL);
        core_tick(&core);
        for (uint32_t from = 2; raft_role(&core.raft) != RAFT_CANDIDATE; from++)
            core_take(&core,
                      (struct raft_message){
                          .kind = RAFT_PRE_VOTE_REPLY, .from = from, .term = 1, .granted = true},
                      NULL);
        uint32_t votes = 0;
        while (raft_role(&core.raft) != RAFT_LEADER) {
            ck_assert_uint_le(votes, count / 2);
            votes++;
            core_take(&core,
                      (struct raft_message){.kind = RAFT_VOTE_REPLY, .from = votes, .term = 1},
                      NULL);
            core_take(&core,
                      (struct raft_message){
                          .kind = RAFT_VOTE_REPLY, .from = votes, .term = 1, .granted = true},
                      NULL);
        }
        ck_assert_uint_eq(votes, count / 2 + 1);
        ck_assert(core.ready.want_noop);
        ck_assert_uint_eq(raft_leader(&core.raft), 1);
        for (uint32_t to = 2; to <= count; to++)
            ck_assert_uint_eq(core_count(&core, RAFT_HEARTBEAT, to), 1);
    }
}
END_TEST

START_TEST(votes_of_learners_do_not_count)
{
    core_start_with_learners(&core);
    core_tick(&core);
    for (uint32_t from = 4; from >= 2; from--) {
        ck_assert_int_eq(raft_role(&core.raft), RAFT_PRE_CANDIDATE);
        core_take(&core,
                  (struct raft_message){
                      .kind = RAFT_PRE_VOTE_REPLY, .from = from, .term = 1, .granted = true},
                  NULL);
    }
    for (uint32_t from = 4; from >= 1; from--) {
        ck_assert_int_eq(raft_role(&core.raft), RAFT_CANDIDATE);
        core_take(&core,
                  (struct raft_message){
                      .kind = RAFT_VOTE_REPLY, .from = from, .term = 1, .granted = true},
                  NULL);
        if (from == 2)
            ck_assert_int_eq(raft_role(&core.raft), RAFT_CANDIDATE);
    }
    ck_assert_int_eq(raft_role(&core.raft), RAFT_LEADER);
}
END_TEST

START_TEST(an_election_that_comes_to_nothing_begins_with_asking_again)
{
    core_start(&core, 3, 4, NULL);
    core_tick(&core);
    core_take(
        &core,
        (struct raft_message){.kind = RAFT_PRE_VOTE_REPLY, .from = 2, .term = 5, .granted = true},
        NULL);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_CANDIDATE);
    core_tick(&core);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_PRE_CANDIDATE);
    ck_assert_uint_eq(raft_term(&core.raft), 5);
    /* A vote for the election that is over does not count. */
    core_take(&core,
              (struct raft_message){.kind = RAFT_VOTE_REPLY, .from = 2, .term = 5, .granted = true},
              NULL);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_PRE_CANDIDATE);
}
END_TEST

START_TEST(learners_and_strangers_do_not_stand_by_themselves)
{
    struct raft_entry tail[RAFT_TAIL_MAX];
    struct raft_start start = start_of(3, 4, NULL, tail);
    make_learners(&start, 1, 1);
    core_init(&core, &start);
    for (int i = 0; i < 5; i++) {
        core_tick(&core);
        ck_assert_uint_eq(core.ready.message_count, 0);
        ck_assert_int_eq(raft_role(&core.raft), RAFT_FOLLOWER);
        core_take(&core, (struct raft_message){.kind = RAFT_CAMPAIGN_NOW, .from = 2, .term = 4},
                  NULL);
        ck_assert_int_eq(raft_role(&core.raft), RAFT_FOLLOWER);
    }
    start.id = 9;
    core_init(&core, &start);
    core_tick(&core);
    ck_assert_uint_eq(core.ready.message_count, 0);
}
END_TEST

/* Node 1 of four, a learner, in term 3, with a log that ends in that term. */
static void start_learner(void)
{
    static const uint64_t terms[] = {1, 3, 0};
    struct raft_entry tail[RAFT_TAIL_MAX];
    struct raft_start start = start_of(4, 3, terms, tail);
    make_learners(&start, 1, 1);
    start.commit = 1;
    core_init(&core, &start);
}

START_TEST(a_learner_stands_only_when_its_log_keeps_another_from_winning)
{
    start_learner();
    ask(RAFT_PRE_VOTE, 2, 4, 2, 3);
    ck_assert(granted(RAFT_PRE_VOTE_REPLY, 2)); /* as good as its own */
    ck_assert_int_eq(raft_role(&core.raft), RAFT_FOLLOWER);
    follow(3);
    ask(RAFT_PRE_VOTE, 2, 4, 1, 1); /* a leader lives */
    ck_assert_int_eq(raft_role(&core.raft), RAFT_FOLLOWER);
    core.now_ms += core_timing.election_min_ms;
    ask(RAFT_PRE_VOTE, 2, 4, 1, 1);
    ck_assert(!granted(RAFT_PRE_VOTE_REPLY, 2));
    ck_assert_int_eq(raft_role(&core.raft), RAFT_PRE_CANDIDATE);
    ck_assert_uint_eq(core_count(&core, RAFT_PRE_VOTE, 2), 1);
    core_tick(&core); /* in vain: it waits until it is asked again */
    ck_assert_int_eq(raft_role(&core.raft), RAFT_FOLLOWER);
    ck_assert_uint_eq(core.ready.message_count, 0);
}
END_TEST

START_TEST(a_learner_that_is_elected_leads_until_its_noop_is_committed)
{
    start_learner();
    ask(RAFT_PRE_VOTE, 2, 4, 1, 1);
    for (uint32_t from = 2; from <= 3; from++)
        core_take(&core,
                  (struct raft_message){
                      .kind = RAFT_PRE_VOTE_REPLY, .from = from, .term = 4, .granted = true},
                  NULL);
    for (uint32_t from = 1; from <= 3; from++) { /* by 2 and 3: its own does not count */
        ck_assert_int_eq(raft_role(&core.raft), RAFT_CANDIDATE);
        core_take(&core,
                  (struct raft_message){
                      .kind = RAFT_VOTE_REPLY, .from = from, .term = 4, .granted = true},
                  NULL);
    }
    ck_assert_int_eq(raft_role(&core.raft), RAFT_LEADER);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NOOP, 1, NULL), ERR_OK);
    core_settle(&core);
    core_accept(&core, 2, 3);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_LEADER);
    core_accept(&core, 3, 3);
    ck_assert_uint_eq(raft_commit(&core.raft), 3);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_FOLLOWER);
}
END_TEST

START_TEST(who_is_being_removed_stands_until_that_is_committed)
{
    static const uint64_t terms[] = {1, 1, 0};
    struct raft_entry tail[RAFT_TAIL_MAX];
    struct raft_start start = start_of(3, 1, terms, tail);
    tail[1].kind = RAFT_ENTRY_MEMBERS;
    start.commit = 1;
    start.members_index = 2;
    start.members.count = 2;
    start.members.member[0] = (struct raft_member){.id = 2, .voter = true};
    start.members.member[1] = (struct raft_member){.id = 3, .voter = true};
    core_init(&core, &start);
    core_tick(&core);
    for (uint32_t from = 2; from <= 3; from++)
        core_take(&core,
                  (struct raft_message){
                      .kind = RAFT_PRE_VOTE_REPLY, .from = from, .term = 2, .granted = true},
                  NULL);
    for (uint32_t from = 1; from <= 3; from++) { /* by 2 and 3: its own does not count */
        ck_assert_int_eq(raft_role(&core.raft), RAFT_CANDIDATE);
        core_take(&core,
                  (struct raft_message){
                      .kind = RAFT_VOTE_REPLY, .from = from, .term = 2, .granted = true},
                  NULL);
    }
    ck_assert_int_eq(raft_role(&core.raft), RAFT_LEADER);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NOOP, 1, NULL), ERR_OK);
    core_settle(&core);
    core_accept(&core, 2, 3);
    ck_assert_uint_eq(raft_commit(&core.raft), 1); /* nor does its disk */
    core_accept(&core, 3, 3);
    ck_assert_uint_eq(raft_commit(&core.raft), 3);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_FOLLOWER);
    core_tick(&core);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_FOLLOWER);
}
END_TEST

/* ---- transfer ---- */

START_TEST(hands_over_when_the_target_has_all)
{
    core_lead(&core, 3);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, 10, NULL), ERR_OK);
    struct raft_event hand_over = {.kind = RAFT_EVENT_TRANSFER, .target = 2};
    ck_assert_int_eq(core_step(&core, hand_over), ERR_OK);
    ck_assert_uint_eq(core_count(&core, RAFT_CAMPAIGN_NOW, 2), 0);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, 10, NULL), ERR_BUSY);
    ck_assert_int_eq(core_step(&core, hand_over), ERR_BUSY);
    core_accept(&core, 2, 2);
    ck_assert(!core_sent(&core, RAFT_CAMPAIGN_NOW, 2)->after_durable);
    core_accept(&core, 2, 2);
    ck_assert_uint_eq(core_count(&core, RAFT_CAMPAIGN_NOW, 2), 0); /* once */
}
END_TEST

START_TEST(takes_entries_again_when_the_target_does_not_come)
{
    core_lead(&core, 3);
    ck_assert_int_eq(
        core_step(&core, (struct raft_event){.kind = RAFT_EVENT_TRANSFER, .target = 2}), ERR_OK);
    core.now_ms += core_timing.election_min_ms;
    core_take(&core,
              (struct raft_message){.kind = RAFT_HEARTBEAT_REPLY,
                                    .from = 2,
                                    .term = core.raft.term,
                                    .context = core.raft.lead.round},
              NULL);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, 10, NULL), ERR_BUSY);
    core_tick(&core);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, 10, NULL), ERR_OK);
}
END_TEST

START_TEST(hands_over_to_another_voter_only)
{
    struct raft_entry tail[RAFT_TAIL_MAX];
    struct raft_start start = start_of(3, 0, NULL, tail);
    start.members.member[2].voter = false;
    start.members_before = start.members;
    core_init(&core, &start);
    core_elect(&core);
    struct raft_event hand_over = {.kind = RAFT_EVENT_TRANSFER, .target = 2};
    ck_assert_int_eq(core_step(&core, hand_over), ERR_BUSY); /* before its no-op */
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NOOP, 1, NULL), ERR_OK);
    const uint32_t wrong[] = {1, 3, 4};
    for (size_t i = 0; i < 3; i++) {
        hand_over.target = wrong[i];
        ck_assert_int_eq(core_step(&core, hand_over), ERR_NOT_FOUND);
    }
    core_lead(&core, 1);
    hand_over.target = 0;
    ck_assert_int_eq(core_step(&core, hand_over), ERR_NOT_FOUND);
}
END_TEST

START_TEST(hands_over_to_the_most_advanced_when_none_is_named)
{
    core_lead(&core, 4);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, 10, NULL), ERR_OK);
    core_accept(&core, 3, 2);
    ck_assert_int_eq(core_step(&core, (struct raft_event){.kind = RAFT_EVENT_TRANSFER}), ERR_OK);
    ck_assert_uint_eq(core_count(&core, RAFT_CAMPAIGN_NOW, 3), 1);
}
END_TEST

START_TEST(stands_at_once_when_its_leader_asks)
{
    core_start(&core, 3, 4, NULL);
    follow(4);
    core_take(&core, (struct raft_message){.kind = RAFT_CAMPAIGN_NOW, .from = 3, .term = 4}, NULL);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_FOLLOWER); /* not its leader */
    core_take(&core, (struct raft_message){.kind = RAFT_CAMPAIGN_NOW, .from = 2, .term = 4}, NULL);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_CANDIDATE);
    ck_assert(core_sent(&core, RAFT_VOTE, 2)->message.transfer);
    ck_assert(core_sent(&core, RAFT_VOTE, 3)->after_durable);
    core_take(&core, (struct raft_message){.kind = RAFT_CAMPAIGN_NOW, .from = 2, .term = 4}, NULL);
    ck_assert_uint_eq(raft_term(&core.raft), 5); /* late: of an older term */
    core_lead(&core, 3);
    core_take(&core,
              (struct raft_message){.kind = RAFT_CAMPAIGN_NOW, .from = 2, .term = core.raft.term},
              NULL);
    ck_assert_int_eq(raft_role(&core.raft), RAFT_LEADER);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &votes_for_a_log_that_is_not_behind_its_own,
        &votes_once_a_term,
        &a_vote_puts_its_own_election_off,
        &votes_for_whoever_asks_whatever_its_own_members_are,
        &does_not_disturb_a_leader_that_it_heard_within_an_election,
        &a_leader_is_not_disturbed_but_by_whom_it_asked,
        &asks_all_other_voters_and_nobody_else,
        &stands_when_a_quorum_would_vote_and_waits_for_its_disk,
        &leads_with_a_majority_of_votes_and_not_before,
        &votes_of_learners_do_not_count,
        &an_election_that_comes_to_nothing_begins_with_asking_again,
        &learners_and_strangers_do_not_stand_by_themselves,
        &a_learner_stands_only_when_its_log_keeps_another_from_winning,
        &a_learner_that_is_elected_leads_until_its_noop_is_committed,
        &who_is_being_removed_stands_until_that_is_committed,
        &hands_over_when_the_target_has_all,
        &takes_entries_again_when_the_target_does_not_come,
        &hands_over_to_another_voter_only,
        &hands_over_to_the_most_advanced_when_none_is_named,
        &stands_at_once_when_its_leader_asks,
    };
    return suite_run("consensus/raft_election", cases, sizeof cases / sizeof cases[0]);
}
