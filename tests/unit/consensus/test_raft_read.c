#include "tests/unit/consensus/raft_fixture.h"

static struct core core;

static enum err ask(uint64_t read)
{
    return core_step(&core, (struct raft_event){.kind = RAFT_EVENT_READ, .read = read});
}

static void answer(uint32_t from, uint64_t round)
{
    core_take(&core,
              (struct raft_message){.kind = RAFT_HEARTBEAT_REPLY,
                                    .from = from,
                                    .term = core.raft.term,
                                    .index = core.raft.tail.last,
                                    .log_term = core.raft.term,
                                    .context = round},
              NULL);
}

static uint64_t round_sent(void)
{
    return core_sent(&core, RAFT_HEARTBEAT, 2)->message.context;
}

/* Node 1 leads three, and no round is under way. */
static void lead_in_touch(void)
{
    core_lead(&core, 3);
    answer(2, core.raft.lead.round);
}

START_TEST(answers_when_a_quorum_has_answered_a_round_that_began_later)
{
    lead_in_touch();
    ck_assert_int_eq(ask(7), ERR_OK);
    uint64_t round = round_sent();
    ck_assert_uint_eq(core.ready.read_count, 0);
    answer(2, round - 1);
    ck_assert_uint_eq(core.ready.read_count, 0);
    answer(3, round);
    ck_assert_uint_eq(core.ready.read_count, 1);
    ck_assert_uint_eq(core.ready.reads[0].read, 7);
    ck_assert_uint_eq(core.ready.reads[0].index, 1);
    answer(2, round);
    ck_assert_uint_eq(core.ready.read_count, 0);
}
END_TEST

START_TEST(reads_that_come_during_a_round_share_the_next)
{
    lead_in_touch();
    ck_assert_int_eq(ask(1), ERR_OK);
    uint64_t round = round_sent();
    for (uint64_t read = 2; read <= 9; read++) {
        ck_assert_int_eq(ask(read), ERR_OK);
        ck_assert_uint_eq(core.ready.message_count, 0);
    }
    answer(2, round);
    ck_assert_uint_eq(core.ready.read_count, 1);
    ck_assert_uint_eq(round_sent(), round + 1);
    answer(2, round + 1);
    ck_assert_uint_eq(core.ready.read_count, 8);
    ck_assert_uint_eq(core.ready.reads[7].read, 9);
    ck_assert_uint_eq(core.ready.message_count, 0);
}
END_TEST

START_TEST(a_quorum_is_of_voters)
{
    core_start_with_learners(&core);
    core_elect(&core);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NOOP, 1, NULL), ERR_OK);
    core_settle(&core);
    core_accept(&core, 2, 1);
    answer(2, core.raft.lead.round);
    ck_assert_int_eq(ask(7), ERR_OK);
    answer(3, core.raft.lead.round);
    answer(4, core.raft.lead.round);
    ck_assert_uint_eq(core.ready.read_count, 0);
    answer(2, core.raft.lead.round);
    ck_assert_uint_eq(core.ready.read_count, 1);
}
END_TEST

START_TEST(answers_alone_at_once)
{
    core_lead(&core, 1);
    ck_assert_int_eq(ask(7), ERR_OK);
    ck_assert_uint_eq(core.ready.read_count, 1);
    ck_assert_uint_eq(core.ready.reads[0].index, 1);
}
END_TEST

START_TEST(does_not_know_what_is_committed_before_its_no_op_is)
{
    static const uint64_t terms[] = {1, 1, 0};
    core_start(&core, 3, 1, terms);
    core_elect(&core);
    ck_assert_int_eq(ask(7), ERR_BUSY);
    ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NOOP, 1, NULL), ERR_OK);
    core_settle(&core);
    ck_assert_int_eq(ask(7), ERR_BUSY);
    core_accept(&core, 2, 2);
    ck_assert_int_eq(ask(7), ERR_BUSY);
    core_accept(&core, 2, 3);
    ck_assert_int_eq(ask(7), ERR_OK);
}
END_TEST

START_TEST(takes_so_many_reads_and_no_more)
{
    lead_in_touch();
    for (uint64_t read = 0; read < RAFT_READS_MAX; read++)
        ck_assert_int_eq(ask(read), ERR_OK);
    ck_assert_int_eq(ask(RAFT_READS_MAX), ERR_BUSY);
    answer(2, core.raft.lead.round);
    ck_assert_uint_eq(core.ready.read_count, 1);
    ck_assert_int_eq(ask(RAFT_READS_MAX), ERR_OK);
    ck_assert_int_eq(ask(RAFT_READS_MAX), ERR_BUSY);
    answer(2, core.raft.lead.round);
    ck_assert_uint_eq(core.ready.read_count, RAFT_READS_MAX - 1);
}
END_TEST

START_TEST(fails_what_waits_when_it_is_deposed)
{
    lead_in_touch();
    for (uint64_t read = 1; read <= 5; read++)
        ck_assert_int_eq(ask(read), ERR_OK);
    uint64_t round = core.raft.lead.round;
    core_take(
        &core,
        (struct raft_message){
            .kind = RAFT_HEARTBEAT_REPLY, .from = 2, .term = core.raft.term + 1, .context = round},
        NULL);
    ck_assert_uint_eq(core.ready.read_count, 5);
    for (uint64_t i = 0; i < 5; i++) {
        ck_assert_uint_eq(core.ready.reads[i].read, i + 1);
        ck_assert_uint_eq(core.ready.reads[i].index, 0);
    }
    answer(3, round);
    ck_assert_uint_eq(core.ready.read_count, 0);
}
END_TEST

START_TEST(answers_of_rounds_that_never_were_say_nothing)
{
    lead_in_touch();
    ck_assert_int_eq(ask(7), ERR_OK);
    answer(2, core.raft.lead.round + 1);
    ck_assert_uint_eq(core.ready.read_count, 0);
}
END_TEST

START_TEST(knows_when_a_quorum_was_last_in_touch)
{
    core_lead(&core, 3);
    ck_assert_uint_eq(raft_contact_ms(&core.raft), 0);
    uint64_t began_ms = core.now_ms;
    core.now_ms += 40;
    answer(2, core.raft.lead.round);
    ck_assert_uint_eq(raft_contact_ms(&core.raft), began_ms); /* when it was sent */
    core_tick(&core);
    uint64_t round = core.raft.lead.round;
    uint64_t second_ms = core.now_ms;
    core_tick(&core);
    core_tick(&core);
    answer(3, round);
    ck_assert_uint_eq(raft_contact_ms(&core.raft), second_ms);
}
END_TEST

START_TEST(knows_when_each_member_was_last_in_touch)
{
    core_lead(&core, 3);
    ck_assert_uint_eq(raft_heard_ms(&core.raft, 2), 0);
    ck_assert_uint_eq(raft_heard_ms(&core.raft, 9), 0); /* no member */
    uint64_t began_ms = core.now_ms;
    core.now_ms += 40;
    answer(2, core.raft.lead.round);
    ck_assert_uint_eq(raft_heard_ms(&core.raft, 2), began_ms); /* when it was sent */
    ck_assert_uint_eq(raft_heard_ms(&core.raft, 3), 0);
    for (int i = 1; i < RAFT_ROUNDS; i++) {
        core_tick(&core);
        answer(3, core.raft.lead.round);
        ck_assert_uint_eq(raft_heard_ms(&core.raft, 3), core.now_ms);
        ck_assert_uint_eq(raft_heard_ms(&core.raft, 2), began_ms);
    }
    core_tick(&core);
    ck_assert_uint_eq(raft_heard_ms(&core.raft, 2), 0); /* too long ago to be known */
}
END_TEST

START_TEST(steps_down_when_no_quorum_answers_for_an_election)
{
    lead_in_touch();
    uint64_t contact_ms = raft_contact_ms(&core.raft);
    uint64_t term = raft_term(&core.raft);
    while (raft_role(&core.raft) == RAFT_LEADER) {
        ck_assert_uint_lt(core.now_ms, contact_ms + core_timing.election_max_ms);
        ck_assert_uint_eq(raft_leader(&core.raft), 1);
        core_tick(&core);
    }
    ck_assert_uint_ge(core.now_ms, contact_ms + core_timing.election_max_ms);
    ck_assert_uint_eq(raft_term(&core.raft), term);
    ck_assert_uint_eq(raft_leader(&core.raft), 0);
    ck_assert(!core.ready.save);
}
END_TEST

START_TEST(leads_on_while_a_quorum_answers_however_late)
{
    lead_in_touch();
    for (int i = 0; i < 1000; i++) {
        uint64_t round = core.raft.lead.round;
        for (int late = 0; late < 8; late++)
            core_tick(&core);
        answer(3, round);
        ck_assert_int_eq(raft_role(&core.raft), RAFT_LEADER);
    }
}
END_TEST

START_TEST(heartbeats_commit_no_more_than_the_follower_is_known_to_hold)
{
    core_lead(&core, 3);
    for (uint64_t index = 2; index <= 5; index++)
        ck_assert_int_eq(core_propose(&core, RAFT_ENTRY_NORMAL, 1, NULL), ERR_OK);
    core_settle(&core);
    core_accept(&core, 2, 5);
    core_accept(&core, 3, 3);
    core_tick(&core);
    ck_assert_uint_eq(core_sent(&core, RAFT_HEARTBEAT, 2)->message.commit, 5);
    ck_assert_uint_eq(core_sent(&core, RAFT_HEARTBEAT, 3)->message.commit, 3);
    ck_assert_uint_eq(core_sent(&core, RAFT_HEARTBEAT, 3)->message.index, 5);
    ck_assert_uint_eq(core_sent(&core, RAFT_HEARTBEAT, 3)->message.log_term, 0);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &answers_when_a_quorum_has_answered_a_round_that_began_later,
        &reads_that_come_during_a_round_share_the_next,
        &a_quorum_is_of_voters,
        &answers_alone_at_once,
        &does_not_know_what_is_committed_before_its_no_op_is,
        &takes_so_many_reads_and_no_more,
        &fails_what_waits_when_it_is_deposed,
        &answers_of_rounds_that_never_were_say_nothing,
        &knows_when_a_quorum_was_last_in_touch,
        &knows_when_each_member_was_last_in_touch,
        &steps_down_when_no_quorum_answers_for_an_election,
        &leads_on_while_a_quorum_answers_however_late,
        &heartbeats_commit_no_more_than_the_follower_is_known_to_hold,
    };
    return suite_run("consensus/raft_read", cases, sizeof cases / sizeof cases[0]);
}
