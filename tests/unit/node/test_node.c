/*
 * The daemon itself, as a process: the tests are its clients and the other nodes of its network.
 */
#include "proto/frame.h"
#include "proto/peer_pull.h"
#include "tests/unit/node/rounds.h"

/* ---- a node by itself ---- */

START_TEST(what_is_acknowledged_can_be_read_and_survives_every_end)
{
    enum { ROUNDS = 4, EACH = 10 };
    static struct signed_statement statements[ROUNDS * EACH];
    static struct tx_answer told[ROUNDS * EACH];
    struct daemon daemon;
    begin(&daemon, 1, 0);
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = round * EACH; i < (round + 1) * EACH; i++) {
            statements[i] = sign_next(daemon.world);
            told[i] = submit(&daemon, &statements[i], TX_COMMITTED);
            /* Read at once, on the same node. */
            struct tx_answer answer;
            client_ask_tx(&daemon.client, &statements[i].id);
            assert_ok(client_receive_tx(&daemon.client, &answer));
            ck_assert_int_eq(answer.state, TX_COMMITTED);
            ck_assert_uint_eq(answer.index, i);
        }
        int status = end_with(&daemon, round % 2 == 0 ? SIGKILL : SIGTERM);
        ck_assert_int_eq(status, round % 2 == 0 ? 256 + SIGKILL : NODE_EXIT_STOPPED);
        if (round % 2 == 0) /* NNG finds the dead socket and takes its place */
            unlink(daemon.config.clients + strlen("ipc://"));
        start(&daemon);
    }
    for (size_t i = 0; i < ROUNDS * EACH; i++) {
        /* The same again has its first place. */
        struct tx_answer answer = submit(&daemon, &statements[i], TX_COMMITTED);
        ck_assert_uint_eq(answer.index, told[i].index);
        ck_assert_uint_eq(answer.height, told[i].height);
        ck_assert_uint_eq(answer.time_ms, told[i].time_ms);
    }
    ck_assert_uint_eq(status_of(&daemon).transactions, ROUNDS * EACH);
    end(&daemon);
}
END_TEST

static struct signed_statement sign_promotion(const struct world *world, uint32_t node,
                                              uint64_t number)
{
    struct statement statement = statement_begin(world, number);
    statement.operation = OP_NODE_PROMOTE;
    statement.node = node;
    return sign_with(world, 0, &world->signers[0], &statement);
}

START_TEST(what_the_rules_refuse_is_refused_at_once_and_takes_no_place)
{
    struct daemon daemon;
    begin(&daemon, 1, 0);
    struct signed_statement good = sign_next(daemon.world);
    (void)submit(&daemon, &good, TX_COMMITTED);

    struct signed_statement spoilt = sign_next(daemon.world);
    spoilt.bytes[spoilt.size - 40] ^= 1;
    ck_assert_int_eq(submit(&daemon, &spoilt, TX_REFUSED).err, ERR_BAD_SIGNATURE);

    struct secret_key stranger = {.bytes = {[SECRET_KEY_SIZE - 1] = 77}};
    daemon.world->signers[0].bytes[0] = 0;
    struct secret_key own = daemon.world->signers[0];
    daemon.world->signers[0] = stranger;
    struct signed_statement unknown = sign_next(daemon.world);
    daemon.world->signers[0] = own;
    ck_assert_int_eq(submit(&daemon, &unknown, TX_REFUSED).err, ERR_UNKNOWN_KEY);

    struct signed_statement again = sign_block(daemon.world, 0, 1, 999);
    ck_assert_int_eq(submit(&daemon, &again, TX_REFUSED).err, ERR_CLAIM_STANDS);
    ck_assert_uint_eq(status_of(&daemon).transactions, 1);

    struct signed_statement promotion = sign_promotion(daemon.world, 1, 998);
    ck_assert_int_eq(submit(&daemon, &promotion, TX_REFUSED).err, ERR_NODE_VOTES);
    ck_assert_uint_eq(status_of(&daemon).transactions, 1);

    /* Another statement under a number that is taken is kept as evidence. */
    struct signed_statement taken = sign_block(daemon.world, 0, 5, 1);
    ck_assert_int_eq(submit(&daemon, &taken, TX_REFUSED).err, ERR_NUMBER_TAKEN);
    ck_assert_uint_eq(status_of(&daemon).transactions, 2);
    end(&daemon);
}
END_TEST

START_TEST(many_clients_with_the_same_transactions_get_the_same_places)
{
    enum { CLIENTS = 8, COUNT = 40 };
    static struct client clients[CLIENTS];
    static struct tx_answer told[COUNT];
    struct daemon daemon;
    begin(&daemon, 1, 0);
    wait_until(is_listening(&daemon));
    wait_until(status_of(&daemon).state == NODE_LEADER);
    for (size_t i = 0; i < CLIENTS; i++)
        clients[i] = client_open(daemon.config.clients);
    for (size_t i = 0; i < COUNT; i++) {
        struct signed_statement statement = sign_next(daemon.world);
        for (size_t j = 0; j < CLIENTS; j++)
            client_submit(&clients[j], signed_view(&statement), 60000);
        for (size_t j = 0; j < CLIENTS; j++) {
            struct tx_answer answer;
            assert_ok(client_receive_tx(&clients[j], &answer));
            ck_assert_int_eq(answer.state, TX_COMMITTED);
            if (j > 0)
                ck_assert_uint_eq(answer.index, told[i].index);
            told[i] = answer;
        }
    }
    ck_assert_uint_eq(status_of(&daemon).transactions, COUNT);
    for (size_t i = 0; i < CLIENTS; i++)
        client_close(&clients[i]);
    end(&daemon);
}
END_TEST

/* ---- without a leader ---- */

START_TEST(without_a_leader_a_submission_is_pending_and_lookups_go_on)
{
    struct daemon daemon;
    struct tx_answer answer;
    begin(&daemon, 2, 0);
    struct signed_statement statement = sign_next(daemon.world);
    connect_client(&daemon);
    wait_until((client_submit(&daemon.client, signed_view(&statement), 0),
                client_receive_tx(&daemon.client, &answer)) == ERR_OK);
    ck_assert_int_eq(answer.state, TX_PENDING);
    client_ask_tx(&daemon.client, &statement.id);
    assert_ok(client_receive_tx(&daemon.client, &answer));
    ck_assert_int_eq(answer.state, TX_PENDING);
    struct hash other = hash_of(bytes_of("other", 5));
    client_ask_tx(&daemon.client, &other);
    assert_ok(client_receive_tx(&daemon.client, &answer));
    ck_assert_int_eq(answer.state, TX_UNKNOWN);
    /* Who waits is told when its time is over. */
    client_submit(&daemon.client, signed_view(&statement), 50);
    assert_ok(client_receive_tx(&daemon.client, &answer));
    ck_assert_int_eq(answer.state, TX_PENDING);
    struct status status = status_of(&daemon);
    ck_assert_uint_eq(status.leader, 0);
    ck_assert_uint_eq(status.pending, 1);
    ck_assert_uint_eq(status.height, 0);
    end(&daemon);
}
END_TEST

START_TEST(whoever_waits_at_the_end_is_told_so)
{
    struct daemon daemon;
    struct tx_answer answer;
    begin(&daemon, 2, 0);
    struct signed_statement statement = sign_next(daemon.world);
    connect_client(&daemon);
    struct client other = client_open(daemon.config.clients);
    client_submit(&other, signed_view(&statement), 60000);
    wait_until(status_of(&daemon).pending == 1);
    ck_assert_int_eq(kill(daemon.pid, SIGTERM), 0);
    assert_err(client_receive_tx(&other, &answer), SHUTTING_DOWN);
    ck_assert_int_eq(await_end_of(&daemon), NODE_EXIT_STOPPED);
    client_close(&other);
    client_close(&daemon.client);
    end(&daemon);
}
END_TEST

/* ---- under a leader that the test plays ---- */

static void await_submit(struct group *group, struct node *node,
                         const struct signed_statement *statement)
{
    struct links_frame frame = await_frame(group, node, PEER_SUBMIT, 0);
    struct bytes transactions;
    struct bytes encoded;
    assert_ok(peer_submit_parse(frame.bytes, &transactions));
    struct reader reader = reader_over(transactions);
    ck_assert(block_frame_next(&reader, &encoded));
    ck_assert(bytes_equal(encoded, signed_view(statement)));
    links_frame_free(&frame);
}

/* A client's statement, which the leader is brought. */
static struct signed_statement bring(struct group *group)
{
    struct signed_statement statement = sign_next(group->daemon.world);
    client_submit(&group->daemon.client, signed_view(&statement), 60000);
    await_submit(group, group->leader, &statement);
    return statement;
}

static void refuse(struct node *node, const struct hash *id, enum err err)
{
    uint8_t bytes[64];
    struct peer_refused refused = {.id = *id, .err = err};
    struct writer writer = writer_over(bytes, sizeof bytes);
    peer_refused_write(&writer, &refused);
    node_send(node, 2, PEER_CONTROL, writer_view(&writer));
}

/* A refusal counts as the leader's while the node knows that it is: so it goes on saying both. */
static void await_refusal(struct group *group, const struct hash *id, enum err err)
{
    struct tx_answer answer;
    struct client *client = &group->daemon.client;
    wait_until((beat(group), refuse(group->leader, id, err), client_has_come(client)));
    assert_ok(client_read_tx(client, &answer));
    ck_assert_int_eq(answer.state, TX_REFUSED);
    ck_assert_int_eq(answer.err, err);
}

static void await_committed(struct group *group, uint64_t height)
{
    struct tx_answer answer;
    struct client *client = &group->daemon.client;
    wait_until((beat(group), client_has_come(client)));
    assert_ok(client_read_tx(client, &answer));
    ck_assert_int_eq(answer.state, TX_COMMITTED);
    ck_assert_uint_eq(answer.height, height);
}

START_TEST(a_follower_brings_it_to_the_leader_until_its_block_comes)
{
    struct group group;
    struct tx_answer answer;
    group_begin(&group);
    struct signed_statement statement = bring(&group);
    await_submit(&group, group.leader, &statement); /* again: nothing was heard of it */
    store(&group, clock_wall_ms(), &statement, 1);
    /* Stored is not committed. */
    struct client other = client_open(group.daemon.config.clients);
    client_ask_tx(&other, &statement.id);
    assert_ok(client_receive_tx(&other, &answer));
    ck_assert_int_eq(answer.state, TX_PENDING);
    group.commit = 1;
    await_committed(&group, 1);
    client_close(&other);
    group_end(&group);
}
END_TEST

START_TEST(a_refusal_counts_when_it_is_the_leaders)
{
    struct group group;
    group_begin(&group);
    struct signed_statement statement = bring(&group);
    refuse(&group.daemon.world->nodes[2], &statement.id, ERR_ROLE); /* not the leader */
    /* This node has verified it: what the leader means is another copy. */
    refuse(group.leader, &statement.id, ERR_BAD_SIGNATURE);
    await_submit(&group, group.leader, &statement);
    await_refusal(&group, &statement.id, ERR_REVOKED_KEY);
    group_end(&group);
}
END_TEST

/* Of two sendings the first is refused; the second may come when the claim that it lifts stands. */
START_TEST(a_refusal_of_one_sending_is_no_word_about_another)
{
    struct group group;
    group_begin(&group);
    struct signed_statement statement = bring(&group);
    await_submit(&group, group.leader, &statement);
    refuse(group.leader, &statement.id, ERR_CLAIM_ABSENT);
    await_submit(&group, group.leader, &statement); /* it waits as before */
    store(&group, clock_wall_ms(), &statement, 1);
    group.commit = 1;
    await_committed(&group, 1);
    group_end(&group);
}
END_TEST

START_TEST(a_leader_that_has_no_time_now_has_refused_nothing)
{
    struct group group;
    group_begin(&group);
    struct signed_statement statement = bring(&group);
    for (int i = 0; i < 3; i++) { /* it is told so each time, and comes again */
        refuse(group.leader, &statement.id, ERR_BUSY);
        await_submit(&group, group.leader, &statement);
    }
    await_refusal(&group, &statement.id, ERR_ROLE); /* of all sendings: no other was told */
    group_end(&group);
}
END_TEST

START_TEST(a_forged_copy_of_a_key_that_is_not_known_here_harms_nobody)
{
    struct group group;
    group_begin(&group);
    struct world *world = group.daemon.world;
    struct secret_key own = world->signers[0];
    world->signers[0] = (struct secret_key){.bytes = {[SECRET_KEY_SIZE - 1] = 77}};
    /* The leader may know the key: it is carried there, and refused by it. */
    struct signed_statement statement = bring(&group);
    world->signers[0] = own;
    await_refusal(&group, &statement.id, ERR_UNKNOWN_KEY);
    group_end(&group);
}
END_TEST

/* The id does not cover the signature: a leader can put a spoilt copy of it into a block. */
START_TEST(a_spoilt_copy_in_a_block_is_no_answer)
{
    struct group group;
    group_begin(&group);
    struct signed_statement statement = sign_next(group.daemon.world);
    struct signed_statement spoilt = statement;
    spoilt.bytes[spoilt.size - 1] ^= 1;
    client_submit(&group.daemon.client, signed_view(&statement), 60000);
    await_submit(&group, group.leader, &statement);
    store(&group, clock_wall_ms(), &spoilt, 1); /* no heartbeat may overtake it */
    group.commit = 1;
    wait_until((beat(&group), log_has(group.daemon.world, "event=forged_entries leader=1 ")));
    store(&group, clock_wall_ms(), &statement, 1);
    group.commit = 2;
    await_committed(&group, 2);
    group_end(&group);
}
END_TEST

START_TEST(a_new_leader_is_brought_what_still_waits)
{
    struct group group;
    group_begin(&group);
    struct signed_statement statement = bring(&group);
    group.leader = &group.daemon.world->nodes[2];
    group.term = 5;
    await_submit(&group, group.leader, &statement);
    refuse(&group.daemon.world->nodes[0], &statement.id, ERR_ROLE); /* the former leader */
    await_refusal(&group, &statement.id, ERR_EXPIRED);
    group_end(&group);
}
END_TEST

/* The next block of the leader, which is refused. */
static void append_until_left(struct group *group, uint64_t time_ms, const char *words)
{
    struct raft_message message = append_message(group);
    struct bytes block = make_block(&group->link, group->term, time_ms, NULL, 0);
    say_until_left(group, &message, block, words);
    free_bytes(block);
}

START_TEST(a_leader_whose_clock_is_ahead_is_left)
{
    struct group group;
    group_begin(&group);
    struct link before = group.link;
    append_until_left(&group, clock_wall_ms() + 100 * WORLD_SKEW, "why=CLOCK");
    ck_assert_uint_eq(status_of(&group.daemon).last, 0);
    /* With its clock mended it is followed again, by its first block. */
    group.link = before;
    store_block(&group, clock_wall_ms());
    wait_until(is_followed(&group));
    group_end(&group);
}
END_TEST

/* How old the node says its answers are. */
static uint64_t age_ms(struct group *group)
{
    static struct request request;
    struct response_head head;
    request = (struct request){.kind = REQUEST_STATUS};
    client_ask(&group->daemon.client, &request);
    (void)client_receive(&group->daemon.client, &head);
    assert_ok(head.err);
    return head.age_ms;
}

/* A new leader does not know of all that the one before has committed until a block of its own term
 * is: what it says before is no word about later blocks. */
START_TEST(a_leader_that_has_committed_nothing_yet_makes_no_answer_fresh)
{
    struct group group;
    group_begin(&group);
    commit_block(&group, clock_wall_ms());
    group.leader = &group.daemon.world->nodes[2];
    group.term = 2;
    wait_until(is_followed(&group));
    uint64_t begun_ms = clock_monotonic_ms();
    wait_until((beat(&group), clock_monotonic_ms() - begun_ms > 300));
    struct links_frame frame = await_frame(&group, group.leader, PEER_RAFT, RAFT_HEARTBEAT_REPLY);
    links_frame_free(&frame);
    ck_assert_uint_ge(age_ms(&group), 300);
    uint64_t time_ms = clock_wall_ms();
    commit_block(&group, time_ms);
    uint64_t told_ms = age_ms(&group); /* since that block: the one before is 300 ms older */
    ck_assert_uint_le(told_ms, clock_wall_ms() - time_ms);
    ck_assert_uint_eq(status_of(&group.daemon).height, 2);
    group_end(&group);
}
END_TEST

/* The two connections of a peer overtake each other. */
START_TEST(a_heartbeat_that_was_overtaken_makes_no_answer_fresh)
{
    struct group group;
    group_begin(&group);
    commit_block(&group, clock_wall_ms());
    struct raft_message newer = {.kind = RAFT_HEARTBEAT, .index = 2, .commit = 1, .context = 2};
    say(&group, &newer, bytes_of(NULL, 0));
    settle(&group, group.leader);
    uint64_t begun_ms = clock_monotonic_ms();
    wait_until((beat(&group), clock_monotonic_ms() - begun_ms > 300));
    struct links_frame frame = await_frame(&group, group.leader, PEER_RAFT, RAFT_HEARTBEAT_REPLY);
    links_frame_free(&frame);
    ck_assert_uint_ge(age_ms(&group), 300);
    group_end(&group);
}
END_TEST

/* ---- a leader that lies ---- */

START_TEST(another_block_of_one_height_and_term_is_refused_and_its_leader_left)
{
    struct group group;
    group_begin(&group);
    store_block(&group, clock_wall_ms());
    group.link = link_first(group.daemon.world);
    group.index = group.log_term = 0;
    append_until_left(&group, clock_wall_ms() + 1, "from=1 why=DIVERGED");
    ck_assert_uint_eq(status_of(&group.daemon).last, 1);
    group_end(&group);
}
END_TEST

/* The next block, of that kind, with this entry, which is refused. */
static void append_kind(struct group *group, enum block_kind kind, struct bytes entry,
                        const char *words)
{
    uint8_t buffer[1024];
    struct block_build build;
    struct block_header header = next_header(group, kind);
    block_build(&build, buffer, sizeof buffer);
    assert_ok(block_build_add(&build, entry));
    struct raft_message message = append_message(group);
    say_until_left(group, &message, block_build_end(&build, &header), words);
}

/* Once committed it would end all nodes that apply it. */
static void refuses(enum block_kind kind, struct bytes entry, const char *line)
{
    struct group group;
    group_begin(&group);
    commit_block(&group, clock_wall_ms());
    append_kind(&group, kind, entry, line);
    ck_assert_uint_eq(status_of(&group.daemon).last, 1);
    group_end(&group);
}

START_TEST(a_checkpoint_that_is_not_this_nodes_is_refused_and_its_leader_left)
{
    uint8_t entry[CHECKPOINT_SIZE];
    struct writer writer = writer_over(entry, sizeof entry);
    struct checkpoint checkpoint = {.tree_root = hash_of(bytes_of(NULL, 0))};
    checkpoint_write(&writer, &checkpoint);
    refuses(BLOCK_CHECKPOINT, writer_view(&writer), "from=1 why=CHECKPOINT");
}
END_TEST

START_TEST(members_that_no_statement_wants_are_refused_and_their_leader_left)
{
    uint8_t entry[RAFT_MEMBERS_SIZE_MAX];
    struct writer writer = writer_over(entry, sizeof entry);
    struct raft_members members = {
        .count = 4,
        .member = {{1, true}, {2, true}, {3, true}, {77, false}},
    };
    raft_members_write(&writer, &members);
    refuses(BLOCK_CONFIGURATION, writer_view(&writer), "from=1 why=MEMBERS");
}
END_TEST

/* Answers the node's own questions until one has counted, as its age says: it knows then that there
 * was a quorum. */
static void confirm(struct group *group)
{
    enum { OLD_MS = 600 };
    uint64_t round = 0;
    wait_until((beat(group), age_ms(group) > OLD_MS));
    wait_until((serve_rounds(group, &round, group->commit), age_ms(group) < OLD_MS));
    beat(group); /* the next word of the leader has its term */
    settle(group, group->leader);
}

/* Of its own term every acknowledgement was given by this process, so it knows better. */
START_TEST(a_later_leader_that_speaks_of_a_loss_is_not_believed)
{
    struct group group;
    group_begin_aged(&group, 50);
    commit_block(&group, clock_wall_ms());
    confirm(&group);
    group.leader = &group.daemon.world->nodes[2];
    group.term = 5;
    wait_until(is_followed(&group));
    group.commit = 2;
    struct raft_message lie = {.kind = RAFT_HEARTBEAT, .index = 2, .commit = 2, .context = 1};
    say_until_left(&group, &lie, bytes_of(NULL, 0), "from=3 why=OUT_OF_RANGE");
    ck_assert_uint_eq(status_of(&group.daemon).last, 1);
    group_end(&group);
}
END_TEST

/* Answers whoever asks for blocks with this one. */
static bool gives_block(struct group *group, struct bytes block)
{
    static uint8_t bytes[BLOCK_SIZE_MAX];
    for (size_t place = 0; place < 3; place += 2) {
        struct node *node = &group->daemon.world->nodes[place];
        while (node_has_frame(node)) {
            struct peer_blocks_wanted wanted;
            struct links_frame frame = node_take(node);
            struct writer writer = writer_over(bytes, sizeof bytes);
            if (peer_blocks_wanted_parse(frame.bytes, &wanted) == ERR_OK) {
                struct peer_blocks blocks = {wanted.request, wanted.first, 1, bytes_of(NULL, 0)};
                peer_blocks_head_write(&writer, &blocks);
                frame_write(&writer, block);
                node_send(node, 2, PEER_BULK, writer_view(&writer));
            }
            links_frame_free(&frame);
        }
    }
    return log_has(group->daemon.world, "event=block_mended height=2");
}

/* The leader goes back to after that block, until the node has met the damage there: a frame is
 * lost while the connection for blocks is not up again. */
static void go_back(struct group *group, const struct link *link, uint64_t time_ms)
{
    if (log_has(group->daemon.world, "event=mending"))
        return;
    group->index = 2;
    group->link = *link;
    struct raft_message message = append_message(group);
    struct bytes block = make_block(&group->link, group->term, time_ms, NULL, 0);
    say(group, &message, block);
    free_bytes(block);
    group->index = 3;
}

START_TEST(damage_that_an_append_meets_is_mended)
{
    struct group group;
    group_begin(&group);
    uint64_t time_ms = clock_wall_ms();
    struct link links[4] = {group.link};
    for (uint64_t height = 1; height <= 3; height++) {
        commit_block(&group, time_ms);
        links[height] = group.link;
    }
    /* After a restart blocks are on the disk alone. */
    ck_assert_int_eq(end_with(&group.daemon, SIGTERM), NODE_EXIT_STOPPED);
    start(&group.daemon);
    wait_until(is_followed(&group));
    char path[CONFIG_TEXT_MAX + 16];
    snprintf(path, sizeof path, "%s/log/data.mdb", group.daemon.config.data);
    damage_block(path, 2, 100);
    struct bytes whole = make_block(&links[1], 1, time_ms, NULL, 0);
    wait_until((go_back(&group, &links[2], time_ms), gives_block(&group, whole)));
    free_bytes(whole);
    if (group.daemon.has_client)
        client_close(&group.daemon.client);
    group.daemon.has_client = false;
    wait_until(is_followed(&group));
    ck_assert_uint_eq(status_of(&group.daemon).height, 3);
    group_end(&group);
}
END_TEST

START_TEST(a_log_that_was_set_back_ends_the_node)
{
    struct group group;
    group_begin(&group);
    commit_block(&group, clock_wall_ms());
    group.commit = 2; /* as if it had acknowledged that before its disk was replaced */
    beat(&group);
    ck_assert_int_eq(await_end_of(&group.daemon), NODE_EXIT_FAILED);
    ck_assert(log_has(group.daemon.world, "why=SET_BACK"));
    ck_assert(log_has(group.daemon.world, "it joins under a fresh id"));
    client_close(&group.daemon.client);
    group_end(&group);
}
END_TEST

START_TEST(frames_of_rubbish_are_dropped)
{
    struct group group;
    uint64_t seed = 1;
    uint8_t bytes[300];
    group_begin(&group);
    for (int i = 0; i < 3000; i++) {
        for (size_t j = 0; j < sizeof bytes; j++)
            bytes[j] = (uint8_t)((seed = seed * 6364136223846793005u + 1442695040888963407u) >> 56);
        bytes[0] = (uint8_t)(PEER_RAFT + i % 3);
        size_t size = 1 + (size_t)(seed >> 33) % (sizeof bytes - 1);
        node_send(group.leader, 2, i % 2 ? PEER_BULK : PEER_CONTROL, bytes_of(bytes, size));
    }
    wait_until(is_followed(&group));
    ck_assert_uint_eq(status_of(&group.daemon).last, 0);
    group_end(&group);
}
END_TEST

/* ---- what it does not start with ---- */

static void expect_refusal(struct daemon *daemon, int status, const char *words)
{
    start(daemon);
    ck_assert_int_eq(await_end_of(daemon), status);
    ck_assert_msg(log_has(daemon->world, words), "the log does not say '%s'", words);
}

START_TEST(each_refusal_has_its_exit_status_and_says_what_to_do)
{
    struct daemon daemon;
    begin(&daemon, 2, 0);
    connect_client(&daemon);
    struct daemon second = daemon;
    second.has_client = false;
    expect_refusal(&second, NODE_EXIT_DATA, "do=\"another imeid runs on this directory");
    place(second.config.data, daemon.world, "elsewhere");
    expect_refusal(&second, NODE_EXIT_NETWORK, "do=\"free the port, or set another 'listen'");
    snprintf(second.config.listen, CONFIG_TEXT_MAX, "tls+tcp://127.0.0.1:%u", port_reserve());
    expect_refusal(&second, NODE_EXIT_NETWORK, "do=\"free the address, or set another 'clients'");
    ck_assert_int_eq(chmod(second.config.key, 0644), 0);
    expect_refusal(&second, NODE_EXIT_CONFIG, "chmod 600");
    snprintf(second.config.listen, CONFIG_TEXT_MAX, "nowhere");
    expect_refusal(&second, NODE_EXIT_CONFIG, "is tls+tcp://HOST:PORT");
    end(&daemon);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &what_is_acknowledged_can_be_read_and_survives_every_end,
        &what_the_rules_refuse_is_refused_at_once_and_takes_no_place,
        &many_clients_with_the_same_transactions_get_the_same_places,
        &without_a_leader_a_submission_is_pending_and_lookups_go_on,
        &whoever_waits_at_the_end_is_told_so,
        &a_follower_brings_it_to_the_leader_until_its_block_comes,
        &a_refusal_counts_when_it_is_the_leaders,
        &a_refusal_of_one_sending_is_no_word_about_another,
        &a_leader_that_has_no_time_now_has_refused_nothing,
        &a_forged_copy_of_a_key_that_is_not_known_here_harms_nobody,
        &a_spoilt_copy_in_a_block_is_no_answer,
        &a_new_leader_is_brought_what_still_waits,
        &a_leader_whose_clock_is_ahead_is_left,
        &a_leader_that_has_committed_nothing_yet_makes_no_answer_fresh,
        &a_heartbeat_that_was_overtaken_makes_no_answer_fresh,
        &another_block_of_one_height_and_term_is_refused_and_its_leader_left,
        &a_checkpoint_that_is_not_this_nodes_is_refused_and_its_leader_left,
        &members_that_no_statement_wants_are_refused_and_their_leader_left,
        &a_later_leader_that_speaks_of_a_loss_is_not_believed,
        &damage_that_an_append_meets_is_mended,
        &a_log_that_was_set_back_ends_the_node,
        &frames_of_rubbish_are_dropped,
        &each_refusal_has_its_exit_status_and_says_what_to_do,
    };
    return fixture_run("node", cases, sizeof cases / sizeof cases[0]);
}
