/*
 * daemon.h: a node's process, whose clients and peers the test plays.
 */
#ifndef TESTS_UNIT_NODE_DAEMON_H
#define TESTS_UNIT_NODE_DAEMON_H

#include "node/node.h"

#include "tests/unit/node/client.h"

/* A node's process. */
struct daemon {
    struct world *world;
    size_t index;
    struct config config;
    pid_t pid;
    struct client client;
    bool has_client;
};

static inline void write_config(const struct daemon *daemon, const char *path)
{
    const struct config *config = &daemon->config;
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fprintf(file, "node: %s\ndata: %s\ngenesis: %s\nkey: %s\ncertificate: %s\n", config->node,
            config->data, config->genesis, config->key, config->certificate);
    fprintf(file, "certificate_key: %s\nlisten: %s\nclients: %s\n", config->certificate_key,
            config->listen, config->clients);
    fprintf(file, "heartbeat_ms: %llu\nelection_min_ms: %llu\nelection_max_ms: %llu\n",
            (unsigned long long)config->heartbeat_ms, (unsigned long long)config->election_min_ms,
            (unsigned long long)config->election_max_ms);
    fprintf(file, "age_ms: %llu\n", (unsigned long long)config->age_ms);
    ck_assert_int_eq(fclose(file), 0);
}

static inline void start(struct daemon *daemon)
{
    char path[CONFIG_TEXT_MAX];
    char program[] = IMEID;
    char option[] = "--config";
    char *arguments[] = {program, option, path, NULL};
    place(path, daemon->world, "imeid.yaml");
    write_config(daemon, path);
    /* The log of this process is its log. */
    ck_assert_int_eq(posix_spawn(&daemon->pid, program, NULL, NULL, arguments, environ), 0);
}

/* The exit status; 256 and more: the signal. */
static inline int await_end_of(struct daemon *daemon)
{
    int status;
    ck_assert_int_eq(waitpid(daemon->pid, &status, 0), daemon->pid);
    daemon->pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static inline int end_with(struct daemon *daemon, int number)
{
    if (daemon->has_client)
        client_close(&daemon->client);
    daemon->has_client = false;
    ck_assert_int_eq(kill(daemon->pid, number), 0);
    return await_end_of(daemon);
}

static inline bool is_listening(const struct daemon *daemon)
{
    return access(daemon->config.clients + strlen("ipc://"), F_OK) == 0;
}

static inline void connect_client(struct daemon *daemon)
{
    if (!daemon->has_client) {
        wait_until(is_listening(daemon));
        daemon->client = client_open(daemon->config.clients);
    }
    daemon->has_client = true;
}

/* A node of a network of `count`; started. `age_ms` 0: that of world_config(). */
static inline void begin_aged(struct daemon *daemon, size_t count, size_t index, uint64_t age_ms)
{
    *daemon = (struct daemon){.world = world_open(count), .index = index};
    world_config(daemon->world, index, &daemon->config);
    if (age_ms != 0)
        daemon->config.age_ms = age_ms;
    log_to_file(daemon->world);
    start(daemon);
}

static inline void begin(struct daemon *daemon, size_t count, size_t index)
{
    begin_aged(daemon, count, index, 0);
}

static inline void end(struct daemon *daemon)
{
    if (daemon->pid != 0)
        ck_assert_int_eq(end_with(daemon, SIGTERM), NODE_EXIT_STOPPED);
    ck_assert(!log_has(daemon->world, "Sanitizer"));
    world_close(daemon->world);
}

static inline struct status status_of(struct daemon *daemon)
{
    connect_client(daemon);
    return client_status(&daemon->client);
}

/* Submits and waits; the state of the answer is that. */
static inline struct tx_answer submit(struct daemon *daemon,
                                      const struct signed_statement *statement, enum tx_state state)
{
    struct tx_answer answer;
    enum err err;
    connect_client(daemon);
    wait_until((client_submit(&daemon->client, signed_view(statement), 60000),
                err = client_receive_tx(&daemon->client, &answer)) == ERR_OK &&
               answer.state != TX_PENDING);
    ck_assert_int_eq(answer.state, state);
    return answer;
}

/* ---- under a leader that the test plays ---- */

/* n2's process, and n1 and n3, which this test plays: n1 leads from term 1 on. */
struct group {
    struct daemon daemon;
    struct node *leader;
    uint64_t term;
    uint64_t index; /* last block sent */
    uint64_t log_term;
    uint64_t commit;
    struct link link;
};

static inline void say(struct group *group, struct raft_message *message, struct bytes block)
{
    static uint8_t frame[BLOCK_SIZE_MAX];
    struct writer writer = writer_over(frame, sizeof frame);
    message->from = group->leader->id;
    message->to = 2;
    message->term = group->term;
    message->count = block.size > 0 ? 1 : 0;
    peer_raft_write(&writer, message);
    if (block.size > 0) {
        writer_u32(&writer, (uint32_t)block.size);
        writer_bytes(&writer, block.data, block.size);
    }
    node_send(group->leader, 2, block.size > 0 ? PEER_BULK : PEER_CONTROL, writer_view(&writer));
}

static inline void beat(struct group *group)
{
    struct raft_message message = {
        .kind = RAFT_HEARTBEAT,
        .index = group->commit,
        .commit = group->commit,
        .context = 1,
    };
    say(group, &message, bytes_of(NULL, 0));
}

static inline bool is_followed(struct group *group)
{
    beat(group);
    struct status status = status_of(&group->daemon);
    return status.leader == group->leader->id && status.term == group->term;
}

/* What it is told before it cannot answer. */
static inline bool has_called_all(const struct world *world)
{
    return log_has(world, "event=link_up peer=n1 channel=control") &&
           log_has(world, "event=link_up peer=n1 channel=bulk") &&
           log_has(world, "event=link_up peer=n3 channel=control") &&
           log_has(world, "event=link_up peer=n3 channel=bulk");
}

static inline void group_begin_aged(struct group *group, uint64_t age_ms)
{
    *group = (struct group){.term = 1};
    begin_aged(&group->daemon, 3, 1, age_ms);
    struct world *world = group->daemon.world;
    node_open(&world->nodes[0], world->nodes, 3);
    node_open(&world->nodes[2], world->nodes, 3);
    group->leader = &world->nodes[0];
    group->link = link_first(world);
    wait_until(node_is_all_up(&world->nodes[0], 2) && node_is_all_up(&world->nodes[2], 2));
    wait_until((beat(group), has_called_all(world)));
    wait_until(is_followed(group));
}

static inline void group_begin(struct group *group)
{
    group_begin_aged(group, 0);
}

static inline void node_forget(struct node *node)
{
    node_close(node);
    for (size_t i = node->frame_taken; i < node->frame_count; i++)
        links_frame_free(&node->frames[i]);
    free(node->frames);
}

static inline void group_end(struct group *group)
{
    struct world *world = group->daemon.world;
    node_forget(&world->nodes[0]);
    node_forget(&world->nodes[2]);
    end(&group->daemon);
}

static inline struct raft_message append_message(const struct group *group)
{
    return (struct raft_message){
        .kind = RAFT_APPEND,
        .index = group->index,
        .log_term = group->log_term,
        .commit = group->commit,
        .context = 1,
    };
}

/* Of the leader's next block. */
static inline struct block_header next_header(const struct group *group, enum block_kind kind)
{
    return (struct block_header){
        .kind = kind,
        .height = group->index + 1,
        .term = group->term,
        .time_ms = clock_wall_ms(),
        .leader = group->leader->id,
        .previous = group->link.hash,
    };
}

/* Whether the frame is a Raft message of that kind. */
static inline bool is_raft(const struct links_frame *frame, enum raft_message_kind kind)
{
    enum peer_frame is;
    assert_ok(peer_frame_kind(frame->bytes, &is));
    return is == PEER_RAFT && frame->bytes.data[1] == kind;
}

/* Takes what has come to the node until there is a frame of that kind; beats meanwhile. */
static inline struct links_frame await_frame(struct group *group, struct node *node,
                                             enum peer_frame kind, enum raft_message_kind raft)
{
    for (;;) {
        wait_until((beat(group), node_has_frame(node)));
        struct links_frame frame = node_take(node);
        enum peer_frame is;
        assert_ok(peer_frame_kind(frame.bytes, &is));
        if (kind == PEER_RAFT ? is_raft(&frame, raft) : is == kind)
            return frame;
        links_frame_free(&frame);
    }
}

/* Takes what has come, up to a Raft message of that kind. */
static inline bool has_come(struct node *node, enum raft_message_kind kind)
{
    bool is_kind = false;
    while (!is_kind && node_has_frame(node)) {
        struct links_frame frame = node_take(node);
        is_kind = is_raft(&frame, kind);
        links_frame_free(&frame);
    }
    return is_kind;
}

/* Takes what has come, up to the acknowledgement of that block. */
static inline bool has_acknowledged(struct node *node, uint64_t height)
{
    bool has = false;
    while (!has && node_has_frame(node)) {
        struct raft_message reply;
        struct bytes none;
        struct links_frame frame = node_take(node);
        if (is_raft(&frame, RAFT_APPEND_REPLY)) {
            assert_ok(peer_raft_parse(frame.bytes, &reply, &none));
            has = reply.granted && reply.index == height;
        }
        links_frame_free(&frame);
    }
    return has;
}

/* Now and then again, as a leader does: a connection that breaks takes what was said with it. */
enum { AGAIN_EVERY = 128 };

static inline void say_again(struct group *group, struct raft_message *message, struct bytes block,
                             unsigned look)
{
    if (look % AGAIN_EVERY == 0)
        say(group, message, block);
    else
        beat(group);
}

static inline void say_until_acknowledged(struct group *group, struct raft_message *message,
                                          struct bytes block, uint64_t height)
{
    unsigned looks = 0;
    wait_until(
        (say_again(group, message, block, looks++), has_acknowledged(group->leader, height)));
}

/* A block that the node refuses in these words; it goes on without its leader, and asks the others
 * for their votes while that one is still there. */
static inline void say_until_left(struct group *group, struct raft_message *message,
                                  struct bytes block, const char *words)
{
    struct node *other = &group->daemon.world->nodes[group->leader->id == 3 ? 0 : 2];
    unsigned looks = 0;
    while (has_come(other, RAFT_PRE_VOTE)) { /* of the time before */
    }
    wait_until((say_again(group, message, block, looks++), log_has(group->daemon.world, words)));
    wait_until((say_again(group, message, block, looks++), has_come(other, RAFT_PRE_VOTE)));
}

/* The next block of the leader, stored by the node and not known to be committed. */
static inline void store(struct group *group, uint64_t time_ms,
                         const struct signed_statement *statements, size_t count)
{
    struct raft_message message = append_message(group);
    struct bytes block = make_block(&group->link, group->term, time_ms, statements, count);
    say_until_acknowledged(group, &message, block, ++group->index);
    free_bytes(block);
    group->log_term = group->term;
}

static inline void store_block(struct group *group, uint64_t time_ms)
{
    store(group, time_ms, NULL, 0);
}

static inline void commit_block(struct group *group, uint64_t time_ms)
{
    store_block(group, time_ms);
    group->commit = group->index;
    wait_until((beat(group), status_of(&group->daemon).height == group->commit));
}

/* A question that the node answers whoever asks. */
static inline void ask(struct group *group, struct node *node)
{
    struct node *leader = group->leader;
    struct raft_message message = {.kind = RAFT_PRE_VOTE};
    group->leader = node;
    say(group, &message, bytes_of(NULL, 0));
    group->leader = leader;
}

/* What the node was sent on that connection before has been taken. */
static inline void settle(struct group *group, struct node *node)
{
    unsigned looks = 0;
    wait_until((looks++ % AGAIN_EVERY == 0 ? ask(group, node) : beat(group),
                has_come(node, RAFT_PRE_VOTE_REPLY)));
}

#endif
