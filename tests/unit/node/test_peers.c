/*
 * The other nodes of a daemon: who they are, what it believes of them. The test is n1, which leads,
 * and n3; the daemon is n2.
 */
#include "tests/unit/node/daemon.h"

enum { NEW_ID = 9 };

/* ---- blocks of the leader ---- */

/* The next block, of one entry, until it is acknowledged; then it is committed if wished. */
static void put_entry(struct group *group, enum block_kind kind, struct bytes entry)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    struct block_build build;
    struct link *link = &group->link;
    block_build(&build, buffer, sizeof buffer);
    assert_ok(block_build_add(&build, entry));
    struct block_header header = {
        .kind = kind,
        .height = link->height + 1,
        .term = group->term,
        .time_ms = clock_wall_ms(),
        .leader = group->leader->id,
        .previous = link->hash,
    };
    struct bytes block = block_build_end(&build, &header);
    struct raft_message message = {
        .kind = RAFT_APPEND,
        .index = link->height,
        .log_term = link->term,
        .commit = group->commit,
        .context = 1,
    };
    say_until_acknowledged(group, &message, block, header.height);
    *link = (struct link){header.height, group->term, header.time_ms, block_header_hash(&header)};
}

static void put_members(struct group *group, const struct raft_member *list, uint32_t count)
{
    uint8_t entry[RAFT_MEMBERS_SIZE_MAX];
    struct raft_members members = {.count = count};
    struct writer writer = writer_over(entry, sizeof entry);
    memcpy(members.member, list, count * sizeof list[0]);
    raft_members_write(&writer, &members);
    put_entry(group, BLOCK_CONFIGURATION, writer_view(&writer));
}

/* A regulator's statement about a node, in a committed block. */
static void put_statement(struct group *group, enum operation operation, uint32_t id)
{
    struct world *world = group->daemon.world;
    struct statement statement = statement_begin(world, world->number++);
    struct secret_key secret = {.bytes = {[SECRET_KEY_SIZE - 1] = 200}};
    statement.operation = operation;
    statement.node = id;
    if (operation == OP_NODE_ADD) {
        statement.organisation = world_name("c");
        statement.node_name = world_name("n9");
        snprintf(statement.node_address, sizeof statement.node_address, "tls+tcp://127.0.0.1:9");
        assert_ok(public_key_of(&secret, &statement.key));
    }
    struct signed_statement made = sign_with(world, 0, &world->signers[0], &statement);
    put_entry(group, BLOCK_TRANSACTIONS, signed_view(&made));
    group->commit = group->link.height;
    wait_until((beat(group), status_of(&group->daemon).height == group->commit));
}

static void commit_all(struct group *group)
{
    group->commit = group->link.height;
    beat(group);
}

static bool has_peer(struct group *group, uint32_t id)
{
    struct status status = status_of(&group->daemon);
    bool has = false;
    for (size_t i = 0; i < status.peer_count; i++)
        has |= status.peers[i].id == id;
    return has;
}

/* The daemon has ended by itself; the rest of the group goes. */
static void ended_with(struct group *group, int status, const char *words)
{
    struct daemon *daemon = &group->daemon;
    client_close(&daemon->client);
    daemon->has_client = false;
    ck_assert_int_eq(await_end_of(daemon), status);
    ck_assert(log_has(daemon->world, words));
    group_end(group);
}

/* ---- cases ---- */

START_TEST(a_member_that_comes_is_a_peer_also_after_a_restart)
{
    static const struct raft_member with[] = {{1, true}, {2, true}, {3, true}, {NEW_ID, false}};
    struct group group;
    group_begin(&group);
    put_statement(&group, OP_NODE_ADD, NEW_ID);
    ck_assert(!has_peer(&group, NEW_ID)); /* it is wanted, and no member yet */
    put_members(&group, with, 4);
    wait_until(has_peer(&group, NEW_ID)); /* in force when it is in the log */
    /* Not committed, and killed: the log has it. */
    struct daemon *daemon = &group.daemon;
    ck_assert_int_eq(end_with(daemon, SIGKILL), 256 + SIGKILL);
    unlink(daemon->config.clients + strlen("ipc://"));
    start(daemon);
    wait_until(has_peer(&group, NEW_ID));
    wait_until(is_followed(&group));
    commit_all(&group);
    wait_until((beat(&group), status_of(daemon).height == group.commit));
    ck_assert(has_peer(&group, NEW_ID));
    group_end(&group);
}
END_TEST

START_TEST(a_learner_says_that_it_is_one)
{
    static const struct raft_member without[] = {{1, true}, {2, false}, {3, true}};
    struct group group;
    group_begin(&group);
    wait_until((beat(&group), status_of(&group.daemon).state == NODE_FOLLOWER));
    put_members(&group, without, 3);
    wait_until(status_of(&group.daemon).state == NODE_LEARNER);
    group_end(&group);
}
END_TEST

START_TEST(the_block_that_removes_it_ends_a_node_once_it_is_committed)
{
    static const struct raft_member others[] = {{1, true}, {3, true}};
    struct group group;
    group_begin(&group);
    put_statement(&group, OP_NODE_REMOVE, 2);
    put_members(&group, others, 2);
    ck_assert_uint_eq(status_of(&group.daemon).last, 2); /* it goes on */
    ck_assert(!log_has(group.daemon.world, "event=removed"));
    commit_all(&group);
    ended_with(&group, NODE_EXIT_REMOVED, "the ledger says so");
}
END_TEST

static void say_removed(struct group *group, size_t index)
{
    struct world *world = group->daemon.world;
    struct links_removed removed = {.id = 2, .key = node_key(&world->nodes[1])};
    struct links_peer left = node_peer(&world->nodes[index], &world->nodes[2 - index]);
    assert_ok(links_set_removed(world->nodes[index].links, &removed, 1));
    assert_ok(links_set_peers(world->nodes[index].links, &left, 1));
    free_bytes(left.ca);
}

START_TEST(one_that_says_it_was_removed_is_not_believed_and_most_are)
{
    struct group group;
    group_begin(&group);
    say_removed(&group, 2);
    wait_until(log_has(group.daemon.world, "this node was removed from the network"));
    wait_until(is_followed(&group));
    say_removed(&group, 0);
    ended_with(&group, NODE_EXIT_REMOVED, "most of the other members say so");
}
END_TEST

/* The daemon answers a question of n3: what n3 is, is durable there. The daemon's own questions, of
 * when it was without a leader, say nothing of that. */
static void be_heard(struct group *group)
{
    struct node *asking = &group->daemon.world->nodes[2];
    struct node *leader = group->leader;
    struct raft_message question = {.kind = RAFT_PRE_VOTE};
    uint64_t term = group->term;
    group->leader = asking;
    group->term = term + 1;
    wait_until((say(group, &question, bytes_of(NULL, 0)), has_come(asking, RAFT_PRE_VOTE_REPLY)));
    group->leader = leader;
    group->term = term;
}

/* n3 comes back with other data after the daemon has started again: what it was is durable. */
START_TEST(which_data_a_peer_had_is_known_for_ever)
{
    struct group group;
    group_begin(&group);
    struct daemon *daemon = &group.daemon;
    struct world *world = daemon->world;
    be_heard(&group);
    ck_assert_int_eq(end_with(daemon, SIGKILL), 256 + SIGKILL);
    unlink(daemon->config.clients + strlen("ipc://"));
    node_forget(&world->nodes[2]);
    world->nodes[2].frames = NULL;
    world->nodes[2].frame_taken = world->nodes[2].frame_count = 0;
    world->nodes[2].incarnation.bytes[0] ^= 1;
    start(daemon);
    node_open(&world->nodes[2], world->nodes, 3);
    wait_until(node_wiped(&world->nodes[2], 2) == 1);
    wait_until(is_followed(&group)); /* n1 has what it had */
    group_end(&group);
}
END_TEST

/* n1 has called with other data before: it does not know the daemon any more. */
START_TEST(a_node_that_lost_its_data_is_told_loudly_and_goes_on)
{
    struct group group;
    group_begin(&group);
    struct daemon *daemon = &group.daemon;
    struct world *world = daemon->world;
    wait_until(node_learned(&world->nodes[0], 2) == 1);
    ck_assert_int_eq(end_with(daemon, SIGTERM), NODE_EXIT_STOPPED);
    place(daemon->config.data, world, "empty");
    start(daemon);
    wait_until(log_has(world, "event=wiped"));
    ck_assert(log_has(world, "imei node replace"));
    ck_assert_uint_eq(status_of(daemon).id, 2);
    group_end(&group);
}
END_TEST

/* ---- their heads ---- */

static void say_head(struct group *group, size_t index, uint64_t height, const struct hash *hash)
{
    uint8_t frame[PEER_HEAD_SIZE];
    struct peer_head head = {.height = height, .hash = *hash};
    struct writer writer = writer_over(frame, sizeof frame);
    peer_head_write(&writer, &head);
    node_send(&group->daemon.world->nodes[index], 2, PEER_CONTROL, writer_view(&writer));
    beat(group);
}

static uint64_t differs_at(struct group *group, uint32_t id)
{
    struct status status = status_of(&group->daemon);
    for (size_t i = 0; i < status.peer_count; i++) {
        if (status.peers[i].id == id)
            return status.peers[i].differs_at;
    }
    return 0;
}

/* The next one that it says to that node. */
static struct peer_head await_head(struct group *group, size_t index)
{
    struct peer_head head;
    struct node *node = &group->daemon.world->nodes[index];
    struct links_frame frame = await_frame(group, node, PEER_HEAD, 0);
    assert_ok(peer_head_parse(frame.bytes, &head));
    links_frame_free(&frame);
    return head;
}

START_TEST(a_node_says_to_all_others_which_block_it_has)
{
    struct group group;
    group_begin(&group);
    struct hash hashes[3];
    for (size_t height = 1; height <= 2; height++) {
        commit_block(&group, clock_wall_ms());
        hashes[height] = group.link.hash;
    }
    for (size_t index = 0; index < 3; index += 2) {
        struct peer_head head;
        do {
            head = await_head(&group, index);
            ck_assert_uint_le(head.height, 2);
            ck_assert(hash_equal(&head.hash, &hashes[head.height]));
        } while (head.height < 2);
    }
    group_end(&group);
}
END_TEST

/* The rest of a hash that begins with 01, by halves. */
#define ZEROS "0000000000000000000000000000000"

START_TEST(a_peer_with_another_block_is_named_and_shown_this_one_until_it_agrees)
{
    struct group group;
    group_begin(&group);
    struct world *world = group.daemon.world;
    struct hash other = {.bytes = {1}};
    struct hash first;
    commit_block(&group, clock_wall_ms());
    first = group.link.hash;
    commit_block(&group, clock_wall_ms());
    wait_until((say_head(&group, 2, 1, &other), differs_at(&group, 3) == 1));
    ck_assert(log_has(world, "event=chains_differ peer=3 height=1 ours="));
    ck_assert(log_has(world, "theirs=01" ZEROS ZEROS " leader=1 "));
    ck_assert_uint_eq(differs_at(&group, 1), 0);
    struct peer_head shown;
    do {
        shown = await_head(&group, 2);
    } while (shown.height != 1);
    ck_assert(hash_equal(&shown.hash, &first));

    /* It goes on as before, and forgets nothing of it but by a start; then it is told again. */
    commit_block(&group, clock_wall_ms());
    ck_assert_uint_eq(differs_at(&group, 3), 1);
    struct daemon *daemon = &group.daemon;
    ck_assert_int_eq(end_with(daemon, SIGTERM), NODE_EXIT_STOPPED);
    start(daemon);
    wait_until(is_followed(&group));
    ck_assert_uint_eq(differs_at(&group, 3), 0);
    wait_until((say_head(&group, 2, 1, &other), differs_at(&group, 3) == 1));
    wait_until((say_head(&group, 2, 3, &group.link.hash), differs_at(&group, 3) == 0));
    group_end(&group);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_member_that_comes_is_a_peer_also_after_a_restart,
        &a_learner_says_that_it_is_one,
        &the_block_that_removes_it_ends_a_node_once_it_is_committed,
        &one_that_says_it_was_removed_is_not_believed_and_most_are,
        &which_data_a_peer_had_is_known_for_ever,
        &a_node_that_lost_its_data_is_told_loudly_and_goes_on,
        &a_node_says_to_all_others_which_block_it_has,
        &a_peer_with_another_block_is_named_and_shown_this_one_until_it_agrees,
    };
    return fixture_run("peers", cases, sizeof cases / sizeof cases[0]);
}
