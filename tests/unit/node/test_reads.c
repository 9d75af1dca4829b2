/*
 * Questions whose answer must miss nothing that is committed, put to the daemon itself. The test
 * plays the leader that is asked for the read index.
 */
#include "node/reads.h"

#include "proto/peer_read.h"
#include "tests/unit/node/rounds.h"

enum { LONG_MS = 60000, SHORT_MS = 300 };

static void ask_fresh(struct client *client, uint32_t wait_ms)
{
    static struct request request;
    request = (struct request){.kind = REQUEST_CHECK, .imei_count = 1, .fresh_ms = wait_ms};
    request.imeis[0] = imei_of(TAC, 1);
    client_ask(client, &request);
}

static struct client asking(const struct group *group, uint32_t wait_ms)
{
    struct client client = client_open(group->daemon.config.clients);
    ask_fresh(&client, wait_ms);
    return client;
}

static void expect_answer(struct reader *reader, const struct response_head *head,
                          enum err expected)
{
    static struct check_answer answer;
    ck_assert_str_eq(err_name(head->err), err_name(expected));
    if (head->err == ERR_OK) {
        ck_assert_uint_eq(cbor_array(reader), 1);
        check_answer_read(reader, &answer);
        ck_assert_uint_eq(answer.imei.value, imei_of(TAC, 1).value);
    }
    assert_ok(reader_done(reader));
}

/* The height that the answer is taken from. */
static uint64_t answered(struct client *client, enum err expected)
{
    struct response_head head;
    struct reader reader = client_receive(client, &head);
    expect_answer(&reader, &head, expected);
    return head.height;
}

static uint64_t await_wanted(struct group *group, struct node *node)
{
    struct peer_read_wanted wanted;
    struct links_frame frame = await_frame(group, node, PEER_READ_WANTED, 0);
    assert_ok(peer_read_wanted_parse(frame.bytes, &wanted));
    links_frame_free(&frame);
    return wanted.round;
}

/* A block is committed, and then a client asks: the round in which the leader hears of it. */
static uint64_t ask_after_a_block(struct group *group, struct client *client)
{
    commit_block(group, clock_wall_ms());
    *client = asking(group, LONG_MS);
    return await_wanted(group, group->leader);
}

/* The same once more, which has that name: a round goes on until it is answered, or until the node
 * finds that it has lost its leader and asks it for its vote first. */
static uint64_t await_same(struct group *group, uint64_t round)
{
    bool is_left = false;
    for (;;) {
        struct peer_read_wanted wanted;
        wait_until((beat(group), node_has_frame(group->leader)));
        struct links_frame frame = node_take(group->leader);
        is_left |= is_raft(&frame, RAFT_PRE_VOTE);
        bool is_wanted = peer_read_wanted_parse(frame.bytes, &wanted) == ERR_OK;
        links_frame_free(&frame);
        if (!is_wanted)
            continue;
        ck_assert(wanted.round == round || is_left);
        return wanted.round;
    }
}

/* The same as answered(), by a leader that goes on: one that were silent while this machine had no
 * time for its node would be left, and the question asked again. */
static uint64_t answered_by(struct group *group, struct client *client, uint64_t round,
                            uint64_t index)
{
    struct response_head head;
    tell(group->leader, round, index);
    wait_until((serve_rounds(group, &round, index), client_has_come(client)));
    struct reader reader = client_read(client, &head);
    expect_answer(&reader, &head, ERR_OK);
    return head.height;
}

START_TEST(a_question_waits_until_what_the_leader_says_is_applied)
{
    struct group group;
    group_begin(&group);
    struct client client = asking(&group, LONG_MS);
    uint64_t round = await_wanted(&group, group.leader);
    round = await_same(&group, round); /* again: nothing was heard */
    store_block(&group, clock_wall_ms());
    tell(group.leader, round, 1);
    settle(&group, group.leader);
    group.commit = 1;
    ck_assert_uint_eq(answered_by(&group, &client, round, 1), 1);
    client_close(&client);
    group_end(&group);
}
END_TEST

/* A leader that lies may name any index; what it has told to be committed it cannot take back. */
START_TEST(a_question_waits_for_what_is_known_to_be_committed)
{
    struct group group;
    group_begin(&group);
    struct client client;
    uint64_t round = ask_after_a_block(&group, &client);
    store_block(&group, clock_wall_ms());
    group.commit = 2;
    beat(&group);
    ck_assert_uint_eq(answered_by(&group, &client, round, 1), 2);
    client_close(&client);
    group_end(&group);
}
END_TEST

START_TEST(only_the_leaders_answer_to_these_very_questions_counts)
{
    struct group group;
    group_begin(&group);
    struct client client;
    uint64_t round = ask_after_a_block(&group, &client);
    tell(&group.daemon.world->nodes[2], round, 1);
    settle(&group, &group.daemon.world->nodes[2]);
    tell(group.leader, round + 1000, 1); /* more than there will be */
    tell(group.leader, round - 1, 1);
    settle(&group, group.leader);
    commit_block(&group, clock_wall_ms());
    /* None of the others has let it go before. */
    ck_assert_uint_eq(answered_by(&group, &client, round, 1), 2);
    client_close(&client);
    group_end(&group);
}
END_TEST

START_TEST(there_is_one_round_at_a_time_and_everybody_is_answered)
{
    enum { CLIENTS = 40 };
    static struct client clients[CLIENTS];
    struct group group;
    group_begin(&group);
    struct client first;
    uint64_t round = ask_after_a_block(&group, &first);
    for (size_t i = 0; i < CLIENTS; i++)
        clients[i] = asking(&group, LONG_MS);
    uint64_t rounds = 0;
    for (int i = 0; i < 3; i++) {
        uint64_t again = await_same(&group, round);
        rounds += again != round;
        round = again;
    }
    /* The last ones may come after the next round has begun. */
    tell(group.leader, round, 1);
    wait_until((rounds += serve_rounds(&group, &round, 1), client_has_come(&first)));
    for (size_t i = 0; i < CLIENTS; i++) {
        wait_until((rounds += serve_rounds(&group, &round, 1), client_has_come(&clients[i])));
        client_close(&clients[i]);
    }
    ck_assert_uint_ge(rounds, 1);
    ck_assert_uint_le(rounds, CLIENTS);
    client_close(&first);
    group_end(&group);
}
END_TEST

START_TEST(a_new_leader_is_asked_in_the_old_ones_place)
{
    struct group group;
    group_begin(&group);
    struct client client;
    uint64_t round = ask_after_a_block(&group, &client);
    group.leader = &group.daemon.world->nodes[2];
    group.term = 5;
    uint64_t next = await_wanted(&group, group.leader);
    tell(&group.daemon.world->nodes[0], round, 1);
    settle(&group, &group.daemon.world->nodes[0]);
    commit_block(&group, clock_wall_ms());
    ck_assert_uint_eq(answered_by(&group, &client, next, 2), 2);
    client_close(&client);
    group_end(&group);
}
END_TEST

START_TEST(a_follower_says_nothing_of_what_is_committed)
{
    struct group group;
    uint8_t bytes[PEER_READ_WANTED_SIZE];
    struct writer writer = writer_over(bytes, sizeof bytes);
    peer_read_wanted_write(&writer, &(struct peer_read_wanted){.round = 7});
    group_begin(&group);
    commit_block(&group, clock_wall_ms());
    struct node *other = &group.daemon.world->nodes[2];
    while (node_has_frame(other)) {
        struct links_frame old = node_take(other);
        links_frame_free(&old);
    }
    node_send(other, 2, PEER_CONTROL, writer_view(&writer));
    struct raft_message message = {.kind = RAFT_PRE_VOTE};
    struct node *leader = group.leader;
    group.leader = other;
    say(&group, &message, bytes_of(NULL, 0));
    group.leader = leader;
    wait_until((beat(&group), node_has_frame(other)));
    struct links_frame frame = node_take(other);
    ck_assert_uint_eq(frame.bytes.data[0], PEER_RAFT); /* the answer to what came after it */
    links_frame_free(&frame);
    group_end(&group);
}
END_TEST

static uint64_t age_of(struct group *group)
{
    static struct check_answer answer;
    struct response_head head;
    connect_client(&group->daemon);
    ask_fresh(&group->daemon.client, 0);
    struct reader reader = client_receive(&group->daemon.client, &head);
    assert_ok(head.err);
    ck_assert_uint_eq(cbor_array(&reader), 1);
    check_answer_read(&reader, &answer);
    assert_ok(reader_done(&reader));
    return head.age_ms;
}

/* A leader's heartbeats may have been under way for any time, or be those of one that was deposed;
 * and what it says is committed may not be here yet. */
START_TEST(an_age_counts_from_a_question_whose_answer_is_applied)
{
    enum { OLD_MS = 600 };
    struct group group;
    uint64_t round = 0;
    group_begin_aged(&group, 50);
    commit_block(&group, clock_wall_ms());
    wait_until((beat(&group), age_of(&group) > OLD_MS));
    wait_until((serve_rounds(&group, &round, 1), age_of(&group) < OLD_MS));
    wait_until((serve_rounds(&group, &round, 2), age_of(&group) > OLD_MS));
    commit_block(&group, clock_wall_ms());
    wait_until((serve_rounds(&group, &round, 2), age_of(&group) < OLD_MS));
    group_end(&group);
}
END_TEST

START_TEST(without_a_leader_it_says_so_in_time_and_other_lookups_go_on)
{
    struct group group = {.term = 1};
    begin(&group.daemon, 3, 1);
    connect_client(&group.daemon);
    for (int i = 0; i < 3; i++) {
        ask_fresh(&group.daemon.client, SHORT_MS);
        answered(&group.daemon.client, ERR_NO_LEADER);
        ask_fresh(&group.daemon.client, 0);
        answered(&group.daemon.client, ERR_OK);
    }
    end(&group.daemon);
}
END_TEST

START_TEST(who_waits_at_the_end_is_told_so)
{
    struct group group;
    group_begin(&group);
    struct client client = asking(&group, LONG_MS);
    client_await(&client);
    await_wanted(&group, group.leader);
    ck_assert_int_eq(kill(group.daemon.pid, SIGTERM), 0);
    answered(&client, ERR_SHUTTING_DOWN);
    client_close(&client);
    client_close(&group.daemon.client);
    group.daemon.has_client = false;
    ck_assert_int_eq(await_end_of(&group.daemon), NODE_EXIT_STOPPED);
    group_end(&group);
}
END_TEST

START_TEST(a_leader_by_itself_answers_of_all_that_is_committed)
{
    struct daemon daemon;
    begin(&daemon, 1, 0);
    for (int i = 0; i < 30; i++) {
        struct signed_statement statement = sign_next(daemon.world);
        struct tx_answer placed = submit(&daemon, &statement, TX_COMMITTED);
        ask_fresh(&daemon.client, LONG_MS);
        ck_assert_uint_ge(answered(&daemon.client, ERR_OK), placed.height);
    }
    end(&daemon);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_question_waits_until_what_the_leader_says_is_applied,
        &a_question_waits_for_what_is_known_to_be_committed,
        &only_the_leaders_answer_to_these_very_questions_counts,
        &there_is_one_round_at_a_time_and_everybody_is_answered,
        &a_new_leader_is_asked_in_the_old_ones_place,
        &a_follower_says_nothing_of_what_is_committed,
        &an_age_counts_from_a_question_whose_answer_is_applied,
        &without_a_leader_it_says_so_in_time_and_other_lookups_go_on,
        &who_waits_at_the_end_is_told_so,
        &a_leader_by_itself_answers_of_all_that_is_committed,
    };
    return fixture_run("node/reads", cases, sizeof cases / sizeof cases[0]);
}
