#include "tests/scenario/cluster.h"

#include "proto/invariant.h"

#include <stdlib.h>

/* Steps after which a group that does not come to rest is taken to be in a loop. */
#define SETTLE_MAX 200000

static void *grown(void *items, size_t count, size_t item_size)
{
    void *more = realloc(items, (count > 0 ? count : 1) * item_size);
    invariant(more != NULL);
    return more;
}

/* ---- logs ---- */

static void log_add(struct log *log, const struct entry *entry)
{
    if (log->count == log->capacity) {
        log->capacity = log->capacity * 2 + 16;
        log->entries = grown(log->entries, log->capacity, sizeof *entry);
    }
    log->entries[log->count++] = *entry;
}

static void log_free(struct log *log)
{
    free(log->entries);
    *log = (struct log){0};
}

static void log_copy(struct log *out, const struct log *log)
{
    out->count = 0;
    for (size_t i = 0; i < log->count; i++)
        log_add(out, &log->entries[i]);
}

/* ---- life ---- */

void cluster_init(struct cluster *cluster, const struct raft_timing *timing, uint64_t seed)
{
    *cluster = (struct cluster){.timing = *timing, .seed = seed, .now_ms = 1};
    cluster->before = calloc(1, raft_size());
    invariant(cluster->before != NULL);
}

static void forget(struct node *node)
{
    for (uint64_t i = 0; i < node->writes_queued - node->writes_durable; i++)
        log_free(&node->writes[i].appended);
    node->writes_queued = node->writes_durable;
    node->held_count = 0;
}

void cluster_free(struct cluster *cluster)
{
    for (uint32_t id = 1; id <= CLUSTER_NODES_MAX; id++) {
        struct node *node = &cluster->nodes[id];
        forget(node);
        free(node->raft);
        free(node->writes);
        free(node->held);
        log_free(&node->log);
        log_free(&node->disk.log);
    }
    while (cluster->packet_count > 0)
        cluster_packet_drop(cluster, cluster->packet_count - 1);
    free(cluster->packets);
    free(cluster->before);
    log_free(&cluster->committed);
}

/* The members that the log amounts to, and those before the last change. */
static void find_members(const struct cluster *cluster, const struct log *log,
                         struct raft_start *start)
{
    start->members = cluster->genesis;
    start->members_before = cluster->genesis;
    for (size_t i = 0; i < log->count; i++) {
        if (log->entries[i].kind != RAFT_ENTRY_MEMBERS)
            continue;
        start->members_before = start->members;
        start->members = log->entries[i].members;
        start->members_index = i + 1;
    }
}

static uint64_t larger(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

void cluster_start(struct cluster *cluster, uint32_t id)
{
    struct node *node = &cluster->nodes[id];
    const struct disk *disk = &node->disk;
    size_t count = disk->log.count < RAFT_TAIL_MAX ? disk->log.count : RAFT_TAIL_MAX;
    struct raft_entry tail[RAFT_TAIL_MAX];
    for (size_t i = 0; i < count; i++) {
        const struct entry *entry = &disk->log.entries[disk->log.count - count + i];
        tail[i] =
            (struct raft_entry){.term = entry->term, .size = entry->size, .kind = entry->kind};
    }
    struct raft_start start = {
        .id = id,
        .seed = cluster->seed++,
        .now_ms = cluster->now_ms,
        .timing = cluster->timing,
        .term = disk->term,
        .vote = disk->vote,
        .commit = larger(disk->commit, node->applied),
        .last_index = disk->log.count,
        .tail = tail,
        .tail_count = (uint32_t)count,
    };
    find_members(cluster, &disk->log, &start);
    for (uint64_t i = 0; i < start.commit; i++)
        invariant(strcmp(disk->log.entries[i].name, cluster->committed.entries[i].name) == 0);
    if (node->raft == NULL)
        node->raft = calloc(1, raft_size());
    invariant(node->raft != NULL);
    node->id = id;
    node->is_up = true;
    log_copy(&node->log, &disk->log);
    enum err err = raft_init(node->raft, &start);
    invariant(err == ERR_OK);
}

void cluster_crash(struct cluster *cluster, uint32_t id)
{
    struct node *node = &cluster->nodes[id];
    forget(node);
    node->is_up = false;
}

void cluster_set_back(struct cluster *cluster, uint32_t id, size_t count)
{
    struct node *node = &cluster->nodes[id];
    struct disk *disk = &node->disk;
    invariant(!node->is_up);
    invariant(count <= disk->log.count);
    disk->log.count = count;
    disk->term = count > 0 ? disk->log.entries[count - 1].term : 0;
    disk->vote = 0;
    disk->commit = disk->commit < count ? disk->commit : count;
    node->applied = node->applied < count ? node->applied : count;
}

/* ---- network ---- */

static void packet_add(struct cluster *cluster, const struct packet *packet)
{
    if (cluster->packet_count == cluster->packet_capacity) {
        cluster->packet_capacity = cluster->packet_capacity * 2 + 16;
        cluster->packets =
            grown(cluster->packets, cluster->packet_capacity, sizeof cluster->packets[0]);
    }
    cluster->packets[cluster->packet_count++] = *packet;
}

static struct packet packet_take(struct cluster *cluster, size_t position)
{
    invariant(position < cluster->packet_count);
    struct packet packet = cluster->packets[position];
    cluster->packet_count--;
    memmove(cluster->packets + position, cluster->packets + position + 1,
            (cluster->packet_count - position) * sizeof packet);
    return packet;
}

static void tell_fate(struct cluster *cluster, const struct raft_message *message, const char *fate)
{
    if (cluster->listener.packet != NULL)
        cluster->listener.packet(cluster, message, fate);
}

void cluster_packet_drop(struct cluster *cluster, size_t position)
{
    struct packet packet = packet_take(cluster, position);
    tell_fate(cluster, &packet.message, "lost");
    free(packet.entries);
}

void cluster_packet_repeat(struct cluster *cluster, size_t position)
{
    struct packet packet = cluster->packets[position];
    const struct entry *entries = packet.entries;
    size_t count = entries != NULL ? packet.message.count : 0;
    packet.entries = grown(NULL, count, sizeof *entries);
    for (size_t i = 0; i < count; i++)
        packet.entries[i] = entries[i];
    packet_add(cluster, &packet);
}

/* Takes the blocks of an APPEND from the log, as a driver does from its cache; those that the core
 * does not know from the disk. */
static void packet_fill(const struct cluster *cluster, const struct node *node,
                        struct packet *packet, bool from_disk)
{
    struct raft_message *message = &packet->message;
    const struct log *log = from_disk ? &node->disk.log : &node->log;
    if (from_disk) {
        uint64_t bytes = 0;
        uint32_t count = 0;
        message->log_term = message->index > 0 ? log->entries[message->index - 1].term : 0;
        invariant(message->count > 0 && message->index + message->count <= log->count);
        for (; count < message->count; count++) {
            bytes += log->entries[message->index + count].size;
            if (count > 0 && bytes > cluster->timing.message_bytes)
                break;
        }
        message->count = count;
    }
    invariant(message->count == 0 || message->index + message->count <= log->count);
    packet->entries = grown(NULL, message->count, sizeof *packet->entries);
    for (uint32_t i = 0; i < message->count; i++)
        packet->entries[i] = log->entries[message->index + i];
}

static void send(struct cluster *cluster, const struct node *node,
                 const struct raft_outgoing *outgoing)
{
    struct packet packet = {.message = outgoing->message};
    packet_fill(cluster, node, &packet, outgoing->from_disk);
    uint32_t to = packet.message.to;
    packet_add(cluster, &packet);
    if (cluster->links[node->id][to] == LINK_CUT || !cluster->nodes[to].is_up)
        cluster_packet_drop(cluster, cluster->packet_count - 1);
}

size_t cluster_packet_find(const struct cluster *cluster, size_t from)
{
    for (; from < cluster->packet_count; from++) {
        const struct raft_message *message = &cluster->packets[from].message;
        if (cluster->links[message->from][message->to] == LINK_OPEN)
            break;
    }
    return from;
}

void cluster_link(struct cluster *cluster, uint32_t from, uint32_t to, enum link link)
{
    cluster->links[from][to] = link;
    for (size_t i = cluster->packet_count; link == LINK_CUT && i-- > 0;) {
        const struct raft_message *message = &cluster->packets[i].message;
        if (message->from == from && message->to == to)
            cluster_packet_drop(cluster, i);
    }
}

/* ---- one step, and what it asks for ---- */

static void queue_write(struct node *node, const struct raft_ready *ready,
                        const struct entry *entries)
{
    if (!ready->save && !ready->cut && ready->append_count == 0)
        return;
    struct write_order order = {
        .term = ready->term,
        .vote = ready->vote,
        .commit = ready->commit,
        .cut = ready->cut,
        .keep = ready->keep,
    };
    if (ready->cut)
        node->log.count = ready->keep;
    invariant(ready->append_count == 0 || ready->append_first == node->log.count + 1);
    for (uint32_t i = 0; i < ready->append_count; i++) {
        log_add(&order.appended, &entries[ready->append_skip + i]);
        log_add(&node->log, &entries[ready->append_skip + i]);
    }
    size_t waiting = node->writes_queued++ - node->writes_durable;
    node->writes = grown(node->writes, waiting + 1, sizeof order);
    node->writes[waiting] = order;
}

static void hold(struct node *node, const struct raft_outgoing *outgoing)
{
    node->held = grown(node->held, node->held_count + 1, sizeof *node->held);
    node->held[node->held_count++] =
        (struct held){.write = node->writes_queued, .outgoing = *outgoing};
}

/* What one node knows to be committed, all nodes have: whoever gets there first says what it is. */
static void check_commit(struct cluster *cluster, const struct node *node)
{
    for (uint64_t i = raft_commit(cluster->before); i < raft_commit(node->raft); i++) {
        const struct entry *entry = &node->log.entries[i];
        if (i == cluster->committed.count)
            log_add(&cluster->committed, entry);
        invariant(entry->term == cluster->committed.entries[i].term);
        invariant(strcmp(entry->name, cluster->committed.entries[i].name) == 0);
    }
}

/* How much of the log is on the disk: what a queued write is going to cut is not. */
static uint64_t durable_to(const struct node *node)
{
    uint64_t durable = node->disk.log.count;
    for (uint64_t i = 0; i < node->writes_queued - node->writes_durable; i++) {
        if (node->writes[i].cut && node->writes[i].keep < durable)
            durable = node->writes[i].keep;
    }
    return durable;
}

/* Committed and durable here: applied. */
static void apply(struct node *node)
{
    uint64_t commit = raft_commit(node->raft);
    uint64_t durable = durable_to(node);
    node->applied = larger(node->applied, commit < durable ? commit : durable);
}

static void check_leader(struct cluster *cluster, const struct node *node)
{
    uint64_t term = raft_term(node->raft);
    if (raft_role(node->raft) != RAFT_LEADER)
        return;
    uint32_t *leader = &cluster->leaders[term % 1024];
    invariant(term < 1024); /* longer stories are for the simulator */
    invariant(*leader == 0 || *leader == node->id);
    *leader = node->id;
}

/* One event without what follows from it. `entries` are those of the event. */
static enum err step_once(struct cluster *cluster, struct node *node, struct raft_event *event,
                          const struct entry *entries)
{
    memcpy(cluster->before, node->raft, raft_size());
    event->now_ms = cluster->now_ms;
    enum err err = raft_step(node->raft, event, &cluster->ready);
    queue_write(node, &cluster->ready, entries);
    invariant(raft_last_index(node->raft) == node->log.count);
    check_leader(cluster, node);
    check_commit(cluster, node);
    if (cluster->listener.step != NULL)
        cluster->listener.step(cluster, node, cluster->before, &cluster->ready);
    if (cluster->ready.lost != 0) {
        cluster_crash(cluster, node->id);
        return err;
    }
    for (size_t i = 0; i < cluster->ready.message_count; i++) {
        const struct raft_outgoing *outgoing = &cluster->ready.messages[i];
        if (outgoing->after_durable)
            hold(node, outgoing);
        else
            send(cluster, node, outgoing);
    }
    apply(node);
    return err;
}

static void propose_noop(struct cluster *cluster, struct node *node)
{
    struct entry noop = {.term = raft_term(node->raft), .size = 1, .kind = RAFT_ENTRY_NOOP};
    snprintf(noop.name, sizeof noop.name, "noop%llu", (unsigned long long)noop.term);
    struct raft_entry entry = {.term = noop.term, .size = noop.size, .kind = noop.kind};
    struct raft_event event = {.kind = RAFT_EVENT_PROPOSE, .entries = &entry};
    enum err err = step_once(cluster, node, &event, &noop);
    invariant(err == ERR_OK);
}

static void write_oldest(struct node *node)
{
    struct write_order order = node->writes[0];
    struct disk *disk = &node->disk;
    disk->term = order.term;
    disk->vote = order.vote;
    if (order.cut)
        disk->log.count = order.keep;
    for (size_t i = 0; i < order.appended.count; i++)
        log_add(&disk->log, &order.appended.entries[i]);
    disk->commit = larger(disk->commit, order.commit);
    invariant(disk->commit <= disk->log.count);
    log_free(&order.appended);
    node->writes_durable++;
    memmove(node->writes, node->writes + 1,
            (node->writes_queued - node->writes_durable) * sizeof order);
}

/* Lets go what waited for writes that are durable now; to itself it is an event. */
static void release(struct cluster *cluster, struct node *node)
{
    while (node->held_count > 0 && node->held[0].write <= node->writes_durable) {
        struct raft_outgoing outgoing = node->held[0].outgoing;
        node->held_count--;
        memmove(node->held, node->held + 1, node->held_count * sizeof *node->held);
        if (outgoing.message.to != node->id) {
            send(cluster, node, &outgoing);
            continue;
        }
        struct raft_event event = {.kind = RAFT_EVENT_MESSAGE, .message = &outgoing.message};
        (void)step_once(cluster, node, &event, NULL);
        if (cluster->ready.want_noop)
            propose_noop(cluster, node);
    }
}

void cluster_sync(struct cluster *cluster, uint32_t id, uint64_t writes)
{
    struct node *node = &cluster->nodes[id];
    for (; writes > 0 && node->writes_durable < node->writes_queued; writes--)
        write_oldest(node);
    release(cluster, node);
    apply(node);
}

static enum err step(struct cluster *cluster, struct node *node, struct raft_event *event,
                     const struct entry *entries)
{
    enum err err = step_once(cluster, node, event, entries);
    if (cluster->ready.want_noop)
        propose_noop(cluster, node);
    while (!node->is_slow && (node->writes_durable < node->writes_queued || node->held_count > 0))
        cluster_sync(cluster, node->id, UINT64_MAX);
    release(cluster, node); /* what waited for nothing */
    return err;
}

/* ---- events ---- */

void cluster_tick(struct cluster *cluster, uint32_t id)
{
    struct raft_event event = {.kind = RAFT_EVENT_TICK};
    (void)step(cluster, &cluster->nodes[id], &event, NULL);
}

enum err cluster_propose(struct cluster *cluster, uint32_t id, const struct entry *entry)
{
    struct raft_entry proposed = {
        .term = raft_term(cluster->nodes[id].raft),
        .size = entry->size,
        .kind = entry->kind,
        .members = &entry->members,
    };
    struct entry stamped = *entry;
    stamped.term = proposed.term;
    struct raft_event event = {.kind = RAFT_EVENT_PROPOSE, .entries = &proposed};
    return step(cluster, &cluster->nodes[id], &event, &stamped);
}

enum err cluster_read(struct cluster *cluster, uint32_t id, uint64_t read)
{
    struct raft_event event = {.kind = RAFT_EVENT_READ, .read = read};
    return step(cluster, &cluster->nodes[id], &event, NULL);
}

enum err cluster_transfer(struct cluster *cluster, uint32_t id, uint32_t target)
{
    struct raft_event event = {.kind = RAFT_EVENT_TRANSFER, .target = target};
    return step(cluster, &cluster->nodes[id], &event, NULL);
}

void cluster_packet_deliver(struct cluster *cluster, size_t position)
{
    struct packet packet = packet_take(cluster, position);
    struct node *node = &cluster->nodes[packet.message.to];
    if (!node->is_up) {
        tell_fate(cluster, &packet.message, "lost");
        free(packet.entries);
        return;
    }
    tell_fate(cluster, &packet.message, "");
    struct raft_entry entries[RAFT_APPEND_MAX];
    for (uint32_t i = 0; i < packet.message.count; i++) {
        const struct entry *entry = &packet.entries[i];
        entries[i] = (struct raft_entry){.term = entry->term,
                                         .size = entry->size,
                                         .kind = entry->kind,
                                         .members = &entry->members};
    }
    struct raft_event event = {
        .kind = RAFT_EVENT_MESSAGE, .message = &packet.message, .entries = entries};
    (void)step(cluster, node, &event, packet.entries);
    free(packet.entries);
}

void cluster_settle(struct cluster *cluster)
{
    for (uint32_t steps = 0; steps < SETTLE_MAX; steps++) {
        size_t position = cluster_packet_find(cluster, 0);
        if (position == cluster->packet_count)
            return;
        cluster_packet_deliver(cluster, position);
    }
    bool comes_to_rest = false;
    invariant(comes_to_rest);
}

/* Who ticks next; 0: nobody lives. */
static uint32_t next_to_tick(const struct cluster *cluster)
{
    uint32_t next = 0;
    for (uint32_t id = 1; id <= CLUSTER_NODES_MAX; id++) {
        const struct node *node = &cluster->nodes[id];
        if (!node->is_up)
            continue;
        if (next == 0 || raft_deadline_ms(node->raft) < raft_deadline_ms(cluster->nodes[next].raft))
            next = id;
    }
    return next;
}

void cluster_advance(struct cluster *cluster, uint64_t ms)
{
    uint64_t until = cluster->now_ms + ms;
    cluster_settle(cluster);
    for (;;) {
        uint32_t id = next_to_tick(cluster);
        if (id == 0 || raft_deadline_ms(cluster->nodes[id].raft) > until)
            break;
        cluster->now_ms = larger(cluster->now_ms, raft_deadline_ms(cluster->nodes[id].raft));
        cluster_tick(cluster, id);
        cluster_settle(cluster);
    }
    cluster->now_ms = until;
}
