#include "tests/explore/group.h"

#include "tests/explore/checks.h"
#include "tests/explore/core.h"

/* ---- members ---- */

enum role_bits { ROLE_ABSENT, ROLE_LEARNER, ROLE_VOTER };

uint8_t roles_of(const struct raft_members *members)
{
    uint8_t roles = 0;
    for (uint32_t i = 0; i < members->count; i++)
        roles |= (uint8_t)((members->member[i].voter ? ROLE_VOTER : ROLE_LEARNER)
                           << 2 * (members->member[i].id - 1));
    return roles;
}

struct raft_members roles_members(uint8_t roles)
{
    struct raft_members members;
    memset(&members, 0, sizeof members);
    for (uint32_t i = 0; i < SERVERS; i++) {
        uint32_t role = roles >> 2 * i & 3;
        if (role == ROLE_ABSENT)
            continue;
        members.member[members.count].id = i + 1;
        members.member[members.count++].voter = role == ROLE_VOTER;
    }
    return members;
}

/* ---- hashes ---- */

static void server_hash(struct server *server)
{
    uint64_t hash = core_hash(&server->core);
    hash = hash_bytes(hash, &server->log, sizeof server->log);
    hash = hash_bytes(hash, &server->disk, sizeof server->disk);
    hash = hash_bytes(hash, server->writes, server->write_count * sizeof server->writes[0]);
    server->hash = hash_bytes(hash, server->held, server->held_count * sizeof server->held[0]);
}

uint64_t group_hash(const struct group *group)
{
    const struct common *common = &group->common;
    size_t size = offsetof(struct common, packets) + common->packet_count * sizeof(struct packet);
    uint64_t hash = hash_bytes(2, common, size);
    for (uint32_t i = 0; i < SERVERS; i++)
        hash = hash_bytes(hash, &group->servers[i].hash, sizeof group->servers[i].hash);
    return hash;
}

/* ---- packets ---- */

static void put(struct group *group, const struct packet *packet)
{
    struct common *common = &group->common;
    uint32_t place = 0;
    int order = -1;
    for (; place < common->packet_count; place++) {
        order = memcmp(packet, &common->packets[place], sizeof *packet);
        if (order <= 0)
            break;
    }
    if (place < common->packet_count && order == 0)
        return; /* the same is on its way already */
    if (common->packet_count == PACKETS_MAX) {
        group->beyond = true;
        return;
    }
    memmove(&common->packets[place + 1], &common->packets[place],
            (common->packet_count - place) * sizeof *packet);
    common->packets[place] = *packet;
    common->packet_count++;
}

void group_lose(struct group *group, uint32_t packet)
{
    struct common *common = &group->common;
    common->packet_count--;
    memmove(&common->packets[packet], &common->packets[packet + 1],
            (common->packet_count - packet) * sizeof(struct packet));
    memset(&common->packets[common->packet_count], 0, sizeof(struct packet));
}

static struct packet packet_of(const struct raft_message *message, const struct log *log)
{
    struct packet packet;
    memset(&packet, 0, sizeof packet);
    packet.kind = (uint8_t)message->kind;
    packet.from = (uint8_t)message->from;
    packet.to = (uint8_t)message->to;
    packet.term = (uint8_t)message->term;
    packet.index = (uint8_t)message->index;
    packet.log_term = (uint8_t)message->log_term;
    packet.commit = (uint8_t)message->commit;
    packet.context = (uint8_t)message->context;
    packet.count = (uint8_t)message->count;
    packet.granted = message->granted;
    packet.transfer = message->transfer;
    if (message->kind == RAFT_APPEND)
        memcpy(packet.entries, &log->at[message->index + 1], packet.count * sizeof(struct entry));
    return packet;
}

static struct raft_message message_of(const struct packet *packet)
{
    return (struct raft_message){
        .kind = (enum raft_message_kind)packet->kind,
        .from = packet->from,
        .to = packet->to,
        .term = packet->term,
        .index = packet->index,
        .log_term = packet->log_term,
        .commit = packet->commit,
        .context = packet->context,
        .count = packet->count,
        .granted = packet->granted != 0,
        .transfer = packet->transfer != 0,
    };
}

/* ---- a step ---- */

/* An event with the entries that it brings, kept while the core looks at them. */
struct input {
    struct raft_event event;
    struct raft_message message;
    const struct entry *entries;
    struct raft_entry raft_entries[LOG_MAX];
    struct raft_members members[LOG_MAX];
};

static void input_entries(struct input *input, const struct entry *entries, uint32_t count)
{
    input->entries = entries;
    input->event.entries = input->raft_entries;
    for (uint32_t i = 0; i < count; i++) {
        input->members[i] = roles_members(entries[i].roles);
        input->raft_entries[i] = (struct raft_entry){
            .term = entries[i].term,
            .size = 1,
            .kind = (enum raft_entry_kind)entries[i].kind,
            .members = &input->members[i],
        };
    }
}

static void take_log(struct group *group, struct server *server, const struct raft_ready *ready,
                     const struct input *input)
{
    struct log *log = &server->log;
    if (ready->cut) {
        memset(&log->at[ready->keep + 1], 0, (log->last - ready->keep) * sizeof log->at[0]);
        log->last = (uint8_t)ready->keep;
    }
    for (uint32_t i = 0; i < ready->append_count && !group->beyond; i++) {
        if (log->last == LOG_MAX)
            group->beyond = true;
        else
            log->at[++log->last] = input->entries[ready->append_skip + i];
    }
}

static void queue_write(struct group *group, struct server *server, const struct raft_ready *ready)
{
    struct image image = {
        .term = (uint8_t)ready->term,
        .vote = (uint8_t)ready->vote,
        .commit = (uint8_t)ready->commit,
        .log = server->log,
    };
    if (!ready->save) { /* term and vote stay what they are on the disk, or will be */
        const struct image *before =
            server->write_count > 0 ? &server->writes[server->write_count - 1] : &server->disk;
        image.term = before->term;
        image.vote = before->vote;
    }
    if (!group->bounds->syncs)
        server->disk = image;
    else if (server->write_count == WRITES_MAX)
        group->beyond = true;
    else
        server->writes[server->write_count++] = image;
}

static void hold(struct group *group, struct server *server, struct packet packet)
{
    if (server->held_count == HELD_MAX)
        group->beyond = true;
    else
        server->held[server->held_count++] = packet;
}

/* The first held message that waits for no write. */
static uint32_t find_free(const struct server *server)
{
    uint32_t place = 0;
    while (place < server->held_count && server->held[place].writes != 0)
        place++;
    return place;
}

static void send(struct group *group, struct server *server, const struct raft_ready *ready)
{
    for (size_t i = 0; i < ready->message_count; i++) {
        const struct raft_outgoing *outgoing = &ready->messages[i];
        struct packet packet = packet_of(&outgoing->message, &server->log);
        packet.writes = outgoing->after_durable ? server->write_count : 0;
        if (outgoing->after_durable || packet.to == packet.from)
            hold(group, server, packet);
        else
            put(group, &packet);
    }
}

/* One step of a core, and all that its driver owes it; not what follows from that. */
static void step(struct group *group, struct server *server, struct input *input)
{
    static struct raft_ready ready;
    struct checks_before before = checks_before(server);
    enum err err = raft_step(&server->core, &input->event, &ready);
    if (err != ERR_OK)
        return; /* not taken: changes nothing */
    if (server->core.term > group->bounds->term_max) {
        group->beyond = true;
        return;
    }
    if (ready.lost != 0)
        group->violated = "no disk lacks what it acknowledged";
    take_log(group, server, &ready, input);
    if (group->beyond)
        return;
    if (ready.save || ready.cut || ready.append_count > 0)
        queue_write(group, server, &ready);
    core_normalise(&server->core);
    checks_step(group, server, &before);
    send(group, server, &ready);
}

/* Messages to itself that may be handed back now; those to others leave. */
static void release(struct group *group, struct server *server)
{
    uint32_t place;
    while ((place = find_free(server)) < server->held_count && !group->beyond) {
        struct packet packet = server->held[place];
        server->held_count--;
        memmove(&server->held[place], &server->held[place + 1],
                (server->held_count - place) * sizeof packet);
        memset(&server->held[server->held_count], 0, sizeof packet);
        if (packet.to != packet.from) {
            put(group, &packet);
            continue;
        }
        struct input input = {.event = {.kind = RAFT_EVENT_MESSAGE, .now_ms = CORE_NOW_MS}};
        input.message = message_of(&packet);
        input.event.message = &input.message;
        step(group, server, &input);
    }
}

/* A step and all that it entails at this server: what it says to itself, and its no-op. */
static void run(struct group *group, struct server *server, struct input *input)
{
    step(group, server, input);
    release(group, server);
    while (raft_wants_noop(&server->core) && !group->beyond && group->violated == NULL) {
        struct entry noop = {.term = (uint8_t)server->core.term,
                             .author = (uint8_t)server->core.id,
                             .kind = RAFT_ENTRY_NOOP};
        struct input proposal = {.event = {.kind = RAFT_EVENT_PROPOSE, .now_ms = CORE_NOW_MS}};
        input_entries(&proposal, &noop, 1);
        step(group, server, &proposal);
        release(group, server);
    }
    server_hash(server);
}

/* ---- events ---- */

void group_tick(struct group *group, uint32_t position, uint64_t now_ms)
{
    struct server *server = &group->servers[position];
    server->core.deadline_ms = now_ms;
    struct input input = {.event = {.kind = RAFT_EVENT_TICK, .now_ms = now_ms}};
    run(group, server, &input);
}

void group_propose(struct group *group, uint32_t position, enum raft_entry_kind kind, uint8_t roles)
{
    struct server *server = &group->servers[position];
    struct entry entry = {.term = (uint8_t)server->core.term,
                          .author = (uint8_t)server->core.id,
                          .kind = (uint8_t)kind,
                          .roles = roles};
    struct input input = {.event = {.kind = RAFT_EVENT_PROPOSE, .now_ms = CORE_NOW_MS}};
    input_entries(&input, &entry, 1);
    run(group, server, &input);
}

void group_transfer(struct group *group, uint32_t position, uint32_t target)
{
    struct input input = {
        .event = {.kind = RAFT_EVENT_TRANSFER, .now_ms = CORE_NOW_MS, .target = target}};
    run(group, &group->servers[position], &input);
}

void group_deliver(struct group *group, uint32_t packet, bool stays)
{
    struct packet taken = group->common.packets[packet];
    if (!stays)
        group_lose(group, packet);
    struct input input = {.event = {.kind = RAFT_EVENT_MESSAGE, .now_ms = CORE_NOW_MS}};
    input.message = message_of(&taken);
    input.event.message = &input.message;
    input_entries(&input, taken.entries, taken.kind == RAFT_APPEND ? taken.count : 0);
    run(group, &group->servers[taken.to - 1], &input);
}

void group_sync(struct group *group, uint32_t position)
{
    struct server *server = &group->servers[position];
    server->disk = server->writes[0];
    server->write_count--;
    memmove(&server->writes[0], &server->writes[1], server->write_count * sizeof server->writes[0]);
    memset(&server->writes[server->write_count], 0, sizeof server->writes[0]);
    for (uint32_t i = 0; i < server->held_count; i++) {
        if (server->held[i].writes > 0)
            server->held[i].writes--;
    }
    release(group, server);
    while (raft_wants_noop(&server->core) && !group->beyond && group->violated == NULL)
        group_propose(group, position, RAFT_ENTRY_NOOP, 0);
    server_hash(server);
}

/* ---- start ---- */

static void start(struct server *server, uint32_t id, uint8_t roles_first)
{
    const struct image *disk = &server->disk;
    struct raft_entry tail[LOG_MAX];
    struct raft_members members[LOG_MAX];
    struct raft_start start = {
        .id = id,
        .now_ms = CORE_NOW_MS,
        .timing = core_timing,
        .term = disk->term,
        .vote = disk->vote,
        .commit = disk->commit,
        .last_index = disk->log.last,
        .tail = tail,
        .tail_count = disk->log.last,
        .members = roles_members(roles_first),
        .members_before = roles_members(roles_first),
    };
    for (uint32_t i = 0; i < disk->log.last; i++) {
        const struct entry *entry = &disk->log.at[i + 1];
        members[i] = roles_members(entry->roles);
        tail[i] = (struct raft_entry){.term = entry->term,
                                      .size = 1,
                                      .kind = (enum raft_entry_kind)entry->kind,
                                      .members = &members[i]};
        if (entry->kind != RAFT_ENTRY_MEMBERS)
            continue;
        start.members_before = start.members;
        start.members = members[i];
        start.members_index = i + 1;
    }
    invariant(raft_init(&server->core, &start) == ERR_OK);
    core_normalise(&server->core);
}

void group_crash(struct group *group, uint32_t position)
{
    struct server *server = &group->servers[position];
    server->write_count = 0;
    server->held_count = 0;
    memset(server->writes, 0, sizeof server->writes);
    memset(server->held, 0, sizeof server->held);
    server->log = server->disk.log;
    start(server, position + 1, group->bounds->roles);
    server_hash(server);
}

void group_begin(struct group *group, const struct bounds *bounds)
{
    memset(group, 0, sizeof *group);
    group->bounds = bounds;
    for (uint32_t i = 0; i < SERVERS; i++)
        group_crash(group, i);
    group->common.budget = bounds->budget;
    if (!bounds->led) { /* one of them is the first to stand: as well this one */
        group_tick(group, 0, CORE_NOW_MS + core_timing.election_max_ms);
        return;
    }
    struct bounds free = *bounds;
    free.syncs = false;
    group->bounds = &free;
    group_tick(group, 0, CORE_NOW_MS + core_timing.election_max_ms);
    while (group->common.packet_count > 0)
        group_deliver(group, 0, false);
    group->bounds = bounds;
}
