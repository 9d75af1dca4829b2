/* Debian's libraft, through its public API, with a raft_io of ours over memory: disks are synced at
 * once, and each server has a clock of its own, so that one time-out can pass alone. */

#include "bench/peers/group.h"
#include "bench/peers/record.h"

#include "proto/invariant.h"

#include <raft.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PACKETS_MAX   4096
#define DONE_MAX      4096
#define ENTRIES_MAX   4096
#define ELECTIONS_MAX 5

/* libraft's defaults */
#define ELECTION_MS  1000
#define HEARTBEAT_MS 100

const char group_engine[] = "libraft " LIBRAFT_VERSION;

struct server {
    struct group *group;
    uint32_t id;
    char address[8];
    struct raft raft;
    struct raft_io io;
    struct raft_fsm fsm;
    raft_io_tick_cb tick;
    raft_io_recv_cb receive;
    raft_time ahead_ms; /* of the group's clock */
    /* the disk */
    raft_term term;
    raft_id vote;
    struct raft_entry entries[ENTRIES_MAX]; /* of the indexes 1 … */
    size_t entry_count;
};

struct packet {
    uint32_t from;
    uint32_t to;
    raft_time due_ms;
    struct raft_message message;
};

/* A callback that is due: raft_io never calls back from within the call. */
struct done {
    struct raft_io_send *sent;
    struct raft_io_append *appended;
};

struct group {
    uint32_t count;
    raft_time now_ms;
    uint32_t delay_ms;
    bool is_cut[GROUP_SERVERS_MAX + 1][GROUP_SERVERS_MAX + 1];
    struct server *servers[GROUP_SERVERS_MAX + 1];
    struct packet packets[PACKETS_MAX];
    size_t packet_count;
    struct done done[DONE_MAX];
    size_t done_count;
};

static void *must_alloc(size_t size)
{
    void *memory = raft_malloc(size);
    invariant(memory != NULL);
    return memory;
}

/* Copies as libraft wants what it takes over: one array, one batch that holds all contents. */
static struct raft_entry *copy_entries(const struct raft_entry *entries, size_t count)
{
    size_t size = 0;
    if (count == 0)
        return NULL;
    for (size_t i = 0; i < count; i++)
        size += entries[i].buf.len;
    struct raft_entry *copies = must_alloc(count * sizeof *copies);
    char *batch = must_alloc(size);
    char *at = batch;
    for (size_t i = 0; i < count; i++) {
        copies[i] = entries[i];
        copies[i].batch = batch;
        copies[i].buf.base = memcpy(at, entries[i].buf.base, entries[i].buf.len);
        at += entries[i].buf.len;
    }
    return copies;
}

/* ---- raft_io ---- */

static int io_init(struct raft_io *io, raft_id id, const char *address)
{
    (void)io;
    (void)id;
    (void)address;
    return 0;
}

static void io_close(struct raft_io *io, raft_io_close_cb callback)
{
    callback(io);
}

static int io_load(struct raft_io *io, raft_term *term, raft_id *vote,
                   struct raft_snapshot **snapshot, raft_index *start_index,
                   struct raft_entry *entries[], size_t *count)
{
    struct server *server = io->impl;
    *term = server->term;
    *vote = server->vote;
    *snapshot = NULL;
    *start_index = 1;
    *entries = copy_entries(server->entries, server->entry_count);
    *count = server->entry_count;
    return 0;
}

static int io_start(struct raft_io *io, unsigned ms, raft_io_tick_cb tick, raft_io_recv_cb receive)
{
    struct server *server = io->impl;
    (void)ms;
    server->tick = tick;
    server->receive = receive;
    return 0;
}

static void store(struct server *server, const struct raft_entry *entries, size_t count)
{
    struct raft_entry *copies = copy_entries(entries, count);
    invariant(ENTRIES_MAX - server->entry_count >= count);
    memcpy(server->entries + server->entry_count, copies, count * sizeof *copies);
    server->entry_count += count;
    raft_free(copies); /* not what it points to */
}

static int io_bootstrap(struct raft_io *io, const struct raft_configuration *members)
{
    struct server *server = io->impl;
    struct raft_entry entry = {.term = 1, .type = RAFT_CHANGE};
    int code = raft_configuration_encode(members, &entry.buf);
    if (code != 0)
        return code;
    server->term = 1;
    store(server, &entry, 1);
    raft_free(entry.buf.base);
    return 0;
}

static int io_recover(struct raft_io *io, const struct raft_configuration *members)
{
    (void)io;
    (void)members;
    return RAFT_INVALID;
}

static int io_set_term(struct raft_io *io, raft_term term)
{
    struct server *server = io->impl;
    server->term = term;
    server->vote = 0;
    return 0;
}

static int io_set_vote(struct raft_io *io, raft_id id)
{
    struct server *server = io->impl;
    server->vote = id;
    return 0;
}

static void note_done(struct group *group, struct done done)
{
    invariant(group->done_count < DONE_MAX);
    group->done[group->done_count++] = done;
}

static int io_send(struct raft_io *io, struct raft_io_send *request,
                   const struct raft_message *message, raft_io_send_cb callback)
{
    struct server *server = io->impl;
    struct group *group = server->group;
    uint32_t to = (uint32_t)message->server_id;
    request->cb = callback;
    note_done(group, (struct done){.sent = request});
    if (group->is_cut[server->id][to])
        return 0; /* lost, as on any wire */
    invariant(group->packet_count < PACKETS_MAX);
    struct packet *packet = &group->packets[group->packet_count++];
    *packet = (struct packet){
        .from = server->id,
        .to = to,
        .due_ms = group->now_ms + group->delay_ms,
        .message = *message,
    };
    packet->message.server_id = server->id;
    packet->message.server_address = server->address;
    if (message->type == RAFT_IO_APPEND_ENTRIES)
        packet->message.append_entries.entries =
            copy_entries(message->append_entries.entries, message->append_entries.n_entries);
    return 0;
}

static int io_append(struct raft_io *io, struct raft_io_append *request,
                     const struct raft_entry entries[], unsigned count, raft_io_append_cb callback)
{
    struct server *server = io->impl;
    store(server, entries, count);
    request->cb = callback;
    note_done(server->group, (struct done){.appended = request});
    return 0;
}

static int io_truncate(struct raft_io *io, raft_index index)
{
    struct server *server = io->impl;
    server->entry_count = (size_t)index - 1;
    return 0;
}

static int io_snapshot_put(struct raft_io *io, unsigned trailing,
                           struct raft_io_snapshot_put *request,
                           const struct raft_snapshot *snapshot, raft_io_snapshot_put_cb callback)
{
    (void)io;
    (void)trailing;
    (void)request;
    (void)snapshot;
    (void)callback;
    return RAFT_INVALID; /* the threshold is never reached */
}

static int io_snapshot_get(struct raft_io *io, struct raft_io_snapshot_get *request,
                           raft_io_snapshot_get_cb callback)
{
    (void)io;
    (void)request;
    (void)callback;
    return RAFT_INVALID;
}

static raft_time io_time(struct raft_io *io)
{
    const struct server *server = io->impl;
    return server->group->now_ms + server->ahead_ms;
}

static int io_random(struct raft_io *io, int min, int max)
{
    (void)io;
    (void)max;
    return min;
}

static const struct raft_io io_template = {
    .version = 1,
    .init = io_init,
    .close = io_close,
    .load = io_load,
    .start = io_start,
    .bootstrap = io_bootstrap,
    .recover = io_recover,
    .set_term = io_set_term,
    .set_vote = io_set_vote,
    .send = io_send,
    .append = io_append,
    .truncate = io_truncate,
    .snapshot_put = io_snapshot_put,
    .snapshot_get = io_snapshot_get,
    .time = io_time,
    .random = io_random,
};

/* ---- the state machine ---- */

static int fsm_apply(struct raft_fsm *fsm, const struct raft_buffer *buffer, void **result)
{
    const struct server *server = fsm->data;
    *result = NULL;
    record_apply(server->id, buffer->base);
    return 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the type is libraft's */
static int fsm_snapshot(struct raft_fsm *fsm, struct raft_buffer *buffers[], unsigned *count)
{
    (void)fsm;
    (void)buffers;
    (void)count;
    return RAFT_INVALID;
}

static int fsm_restore(struct raft_fsm *fsm, struct raft_buffer *buffer)
{
    (void)fsm;
    (void)buffer;
    return RAFT_INVALID;
}

/* ---- servers ---- */

/* Fires the callbacks that are due, and those that these make due. */
static void finish(struct group *group)
{
    for (size_t i = 0; i < group->done_count; i++) {
        struct done done = group->done[i];
        if (done.sent != NULL)
            done.sent->cb(done.sent, 0);
        else
            done.appended->cb(done.appended, 0);
    }
    group->done_count = 0;
}

static void prepare(struct server *server)
{
    server->io = io_template;
    server->io.impl = server;
    server->fsm = (struct raft_fsm){
        .version = 1,
        .data = server,
        .apply = fsm_apply,
        .snapshot = fsm_snapshot,
        .restore = fsm_restore,
    };
    invariant(raft_init(&server->raft, &server->io, &server->fsm, server->id, server->address) ==
              0);
    raft_set_election_timeout(&server->raft, ELECTION_MS);
    raft_set_heartbeat_timeout(&server->raft, HEARTBEAT_MS);
    raft_set_snapshot_threshold(&server->raft, 1u << 30);
}

struct group *group_new(uint32_t voters, uint32_t learners)
{
    struct group *group = calloc(1, sizeof *group);
    struct raft_configuration members;
    invariant(group != NULL);
    group->count = voters + learners;
    raft_configuration_init(&members);
    for (uint32_t id = 1; id <= group->count; id++) {
        struct server *server = calloc(1, sizeof *server);
        invariant(server != NULL);
        *server = (struct server){.group = group, .id = id};
        snprintf(server->address, sizeof server->address, "%u", id);
        group->servers[id] = server;
        invariant(raft_configuration_add(&members, id, server->address,
                                         id <= voters ? RAFT_VOTER : RAFT_STANDBY) == 0);
    }
    for (uint32_t id = 1; id <= group->count; id++) {
        prepare(group->servers[id]);
        invariant(raft_bootstrap(&group->servers[id]->raft, &members) == 0);
        invariant(raft_start(&group->servers[id]->raft) == 0);
    }
    raft_configuration_close(&members);
    return group;
}

/* The old one is left where it is, as its callbacks may still be known to nobody. */
void group_restart(struct group *group, uint32_t id)
{
    struct server *old = group->servers[id];
    struct server *server = malloc(sizeof *server);
    invariant(server != NULL);
    *server = *old;
    group->servers[id] = server;
    record_restart(id);
    prepare(server);
    invariant(raft_start(&server->raft) == 0);
    finish(group);
}

/* ---- the world ---- */

static struct packet take_packet(struct group *group, size_t position)
{
    struct packet packet = group->packets[position];
    group->packet_count--;
    memmove(group->packets + position, group->packets + position + 1,
            (group->packet_count - position) * sizeof packet);
    return packet;
}

void group_link(struct group *group, uint32_t a, uint32_t b, bool is_open)
{
    group->is_cut[a][b] = group->is_cut[b][a] = !is_open;
    for (size_t i = group->packet_count; i-- > 0;) {
        if (group->is_cut[group->packets[i].from][group->packets[i].to])
            (void)take_packet(group, i);
    }
}

void group_delay(struct group *group, uint32_t one_way_ms)
{
    group->delay_ms = one_way_ms;
}

/* ---- steps ---- */

static void deliver(struct group *group, size_t position)
{
    struct packet packet = take_packet(group, position);
    struct server *server = group->servers[packet.to];
    server->receive(&server->io, &packet.message);
    finish(group);
}

static bool leads(const struct group *group, uint32_t id)
{
    return raft_state(&group->servers[id]->raft) == RAFT_LEADER;
}

void group_tick(struct group *group, uint32_t id)
{
    struct server *server = group->servers[id];
    server->ahead_ms += leads(group, id) ? HEARTBEAT_MS : 2 * ELECTION_MS;
    server->tick(&server->io);
    finish(group);
}

/* libraft's followers refuse a vote while they remember a leader, which they do until their own
 * time-outs pass: so these pass first, and what they send then is lost. */
static void let_others_forget(struct group *group, uint32_t id)
{
    for (uint32_t other = 1; other <= group->count; other++) {
        size_t before = group->packet_count;
        if (other == id || group->is_cut[id][other])
            continue;
        group_tick(group, other);
        group->packet_count = before;
    }
}

bool group_elect(struct group *group, uint32_t id)
{
    let_others_forget(group, id);
    for (int tries = 0; tries < ELECTIONS_MAX && !leads(group, id); tries++) {
        group_tick(group, id);
        while (!leads(group, id) && group->packet_count > 0)
            deliver(group, 0);
    }
    return leads(group, id);
}

void group_deliver(struct group *group, uint32_t from, uint32_t to)
{
    size_t there = group->packet_count;
    for (size_t position = 0; there > 0; there--) {
        const struct packet *packet = &group->packets[position];
        if (packet->from == from && packet->to == to)
            deliver(group, position);
        else
            position++;
    }
}

void group_settle(struct group *group)
{
    finish(group);
    while (group->packet_count > 0)
        deliver(group, 0);
}

void group_rest(struct group *group, uint32_t ms)
{
    for (; ms > 0; ms--) {
        group->now_ms++;
        for (uint32_t id = 1; id <= group->count; id++) {
            group->servers[id]->tick(&group->servers[id]->io);
            finish(group);
        }
        for (size_t position = 0; position < group->packet_count;) {
            if (group->packets[position].due_ms <= group->now_ms)
                deliver(group, position);
            else
                position++;
        }
    }
}

/* ---- clients and operators ---- */

static void on_applied(struct raft_apply *request, int status, void *result)
{
    (void)result;
    if (status == 0)
        record_answer(request->data);
}

bool group_propose(struct group *group, uint32_t id, const char *name)
{
    struct raft_apply *request = calloc(1, sizeof *request);
    struct raft_buffer buffer = {.base = must_alloc(ENTRY_SIZE), .len = ENTRY_SIZE};
    invariant(request != NULL);
    request->data = calloc(1, GROUP_NAME_SIZE);
    invariant(request->data != NULL);
    snprintf(request->data, GROUP_NAME_SIZE, "%s", name);
    memset(buffer.base, 0, ENTRY_SIZE);
    memcpy(buffer.base, request->data, GROUP_NAME_SIZE);
    bool is_taken = raft_apply(&group->servers[id]->raft, request, &buffer, 1, on_applied) == 0;
    finish(group);
    return is_taken;
}

static void on_changed(struct raft_change *request, int status)
{
    (void)status;
    free(request);
}

bool group_promote(struct group *group, uint32_t id, uint32_t learner)
{
    struct raft_change *request = calloc(1, sizeof *request);
    invariant(request != NULL);
    bool is_taken =
        raft_assign(&group->servers[id]->raft, request, learner, RAFT_VOTER, on_changed) == 0;
    finish(group);
    return is_taken;
}

bool group_remove(struct group *group, uint32_t id, uint32_t member)
{
    struct raft_change *request = calloc(1, sizeof *request);
    invariant(request != NULL);
    bool is_taken = raft_remove(&group->servers[id]->raft, request, member, on_changed) == 0;
    finish(group);
    return is_taken;
}
