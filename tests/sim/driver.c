#include "tests/sim/driver.h"

#include <inttypes.h>
#include <string.h>

#include "tests/sim/bridge.h"
#include "tests/sim/ledgers.h"
#include "tests/sim/world.h"

/* One step in so many is made twice, on a copy of the core as well. */
#define TWIN_CHANCE (RANDOM_ALWAYS / 100)

/* One no-op in so many is not the first that is proposed. */
#define EARLY_CHANCE (RANDOM_ALWAYS / 10)

/* More messages of a node to itself in a row than any work needs. */
#define SETTLE_MAX (2 * HELD_MAX)

static enum err step_core(struct world *world, struct node *node, const struct raft_event *event)
{
    bool twice = random_chance(&world->random, TWIN_CHANCE);
    if (twice)
        memcpy(world->twin, node->core, raft_size());
    enum err err = raft_step(node->core, event, &world->ready);
    world_count(world, COUNTER_STEPS);
    if (twice) {
        world_count(world, COUNTER_TWINS);
        enum err twin = raft_step(world->twin, event, &world->twin_ready);
        if (twin != err || memcmp(world->twin, node->core, raft_size()) != 0)
            world_violate(world, "a core is its memory", "n%u: a copy went another way", node->id);
    }
    return err;
}

/* Takes the new entries into the log as the core knows it. */
static void take_log(struct world *world, struct node *node, const struct step *step)
{
    const struct raft_ready *ready = step->ready;
    if (ready->cut) {
        world_count(world, COUNTER_LOG_CUTS);
        node->last = ready->keep;
    }
    if (ready->append_count == 0)
        return;
    uint32_t number = blocks_at(&world->blocks, step->head,
                                (uint32_t)(ready->append_first + ready->append_count - 1));
    for (uint64_t index = ready->append_first + ready->append_count - 1;
         index >= ready->append_first; index--) {
        node->log[index] = number;
        number = world->blocks.block[number].parent;
    }
    node->last = ready->append_first + ready->append_count - 1;
    if (node->last > RAFT_TAIL_MAX && step->last <= RAFT_TAIL_MAX)
        world_count(world, COUNTER_RING_ROUNDS);
}

static void queue_write(struct world *world, struct node *node, const struct step *step)
{
    const struct raft_ready *ready = step->ready;
    if (!ready->save && !ready->cut && ready->append_count == 0)
        return;
    disk_queue(&node->disk, (struct disk_write){
                                .save = ready->save,
                                .term = ready->term,
                                .vote = ready->vote,
                                .cut = ready->cut,
                                .keep = ready->keep,
                                .count = ready->append_count,
                                .head = node->log[node->last],
                                .commit = ready->commit < node->last ? ready->commit : node->last,
                            });
    driver_sync(world, node);
}

void driver_sync(struct world *world, struct node *node)
{
    struct disk *disk = &node->disk;
    if (disk->syncing != 0 || disk->queued == disk->durable)
        return;
    const struct plan_disk *plan = world_disk(world);
    uint64_t delay = random_between(&world->random, plan->sync_min_us, plan->sync_max_us);
    delay += disk_queued_bytes(disk, &world->blocks) / plan->bytes_per_us;
    disk->syncing = disk->queued;
    world_schedule(world, delay * node->sync_factor, EVENT_DISK, node->slot, 0, node->life);
}

/* The driver's part of a message: the blocks of an APPEND, from its log as it is now. */
static void fill_message(struct world *world, const struct node *node,
                         const struct raft_outgoing *outgoing, struct held *held)
{
    held->message = outgoing->message;
    held->sequence = node->disk.queued;
    held->head = 0;
    struct raft_message *message = &held->message;
    if (message->kind != RAFT_APPEND)
        return;
    const struct blocks *blocks = &world->blocks;
    if (outgoing->from_disk) {
        world_count(world, COUNTER_FROM_DISK);
        uint64_t before = blocks->block[node->log[message->index]].bytes;
        uint64_t last = message->index + 1;
        while (last < node->last && last - message->index < message->count &&
               blocks->block[node->log[last + 1]].bytes - before <=
                   world->plan.timing.message_bytes)
            last++;
        message->count = (uint32_t)(last - message->index);
        message->log_term = blocks->block[node->log[message->index]].term;
    }
    held->head = node->log[message->index + message->count];
}

static void post(struct world *world, struct node *node, const struct held *held)
{
    const struct raft_message *message = &held->message;
    TRACE(world,
          "n%u sends %s to n%u term %" PRIu64 " index %" PRIu64 "/%" PRIu64 " commit %" PRIu64
          " count %u context %" PRIu64 "%s%s",
          node->id, raft_message_word(message->kind), message->to, message->term, message->index,
          message->log_term, message->commit, message->count, message->context,
          message->granted ? " granted" : "", message->transfer ? " transfer" : "");
    if (message->to == node->id) {
        if (node->inbox_end - node->inbox_first == HELD_MAX)
            world_violate(world, "bounds", "n%u: too many messages to itself", node->id);
        else
            node->inbox[node->inbox_end++ % HELD_MAX] = *held;
        return;
    }
    const struct node *to = world_node(world, message->to);
    if (to != NULL)
        net_send(world, node, to, message, held->head);
}

static void hold(struct world *world, struct node *node, const struct held *held)
{
    if (node->held_end - node->held_first == HELD_MAX)
        world_violate(world, "bounds", "n%u: too many messages wait for its disk", node->id);
    else
        node->held[node->held_end++ % HELD_MAX] = *held;
}

void driver_release(struct world *world, struct node *node)
{
    while (node->held_first < node->held_end &&
           node->held[node->held_first % HELD_MAX].sequence <= node->disk.durable) {
        post(world, node, &node->held[node->held_first % HELD_MAX]);
        node->held_first++;
    }
    if (node->held_checked < node->held_first)
        node->held_checked = node->held_first;
}

/* Sends in the order of the contract: at once what may go, then what waits. A fault may strike in
 * between, so that only some of the messages leave. */
static void send_messages(struct world *world, struct node *node, const struct step *step)
{
    const struct raft_ready *ready = step->ready;
    struct strike strike = faults_tear(world, node, step);
    for (size_t i = 0; i < ready->message_count; i++) {
        const struct raft_outgoing *outgoing = &ready->messages[i];
        if (strike.kind != STRIKE_NONE && strike.after == i) {
            faults_strike(world, node, strike.kind);
            strike.kind = STRIKE_NONE;
        }
        if (!node_is_up(node) || world->violated)
            return;
        struct held held;
        if (!checks_message(world, node, step, outgoing))
            return;
        fill_message(world, node, outgoing, &held);
        if (held.message.kind == RAFT_APPEND)
            checks_window(world, node, &held.message, outgoing->message.count);
        held.promise = checks_promise_of(node, &held.message);
        if (outgoing->after_durable && held.sequence > node->disk.durable) {
            hold(world, node, &held);
            continue;
        }
        checks_promise(world, node, &held);
        post(world, node, &held);
    }
    if (strike.kind != STRIKE_NONE)
        faults_strike(world, node, strike.kind);
}

void driver_apply(struct world *world, struct node *node)
{
    const struct disk *disk = &node->disk;
    uint64_t until = node->applied;
    while (until < node->commit && until < disk->last &&
           disk->log[until + 1] == node->log[until + 1])
        until++;
    if (world->ledgers != NULL)
        until = bridge_apply(world, node, until);
    while (node->applied < until) {
        node->applied++;
        checks_apply(world, node);
        clients_applied(world, node, node->log[node->applied]);
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < node->reads_waiting; i++) {
        if (node->reads[i].index <= node->applied)
            clients_read(world, node, node->reads[i].op);
        else
            node->reads[kept++] = node->reads[i];
    }
    node->reads_waiting = kept;
}

static void take_reads(struct world *world, struct node *node, const struct raft_ready *ready)
{
    for (size_t i = 0; i < ready->read_count; i++) {
        const struct raft_read *read = &ready->reads[i];
        if (!checks_read(world, node, read))
            return;
        node->reads_asked--;
        if (read->index == 0)
            clients_read_denied(world, (uint32_t)read->read);
        else if (node->reads_waiting == READS_WAITING_MAX)
            world_violate(world, "bounds", "n%u: too many reads wait", node->id);
        else
            node->reads[node->reads_waiting++] =
                (struct waiting_read){.op = (uint32_t)read->read, .index = read->index};
    }
}

static void trace_step(struct world *world, const struct node *node, const struct step *step)
{
    static const char *const word[] = {"tick", "message", "propose", "read", "transfer"};
    uint64_t term = raft_term(node->core);
    TRACE(world,
          "n%u %s%s%s: %s term %" PRIu64 " log %" PRIu64 " (%016" PRIx64 ") commit %" PRIu64
          " durable %" PRIu64 "%s%s",
          node->id, word[step->event->kind], step->event->message != NULL ? " " : "",
          step->event->message != NULL ? raft_message_word(step->event->message->kind) : "",
          raft_role_word(raft_role(node->core)), term, node->last,
          world->blocks.block[node->log[node->last]].hash, node->commit, node->disk.last,
          step->err != ERR_OK ? " refused: " : "", step->err != ERR_OK ? err_name(step->err) : "");
    world_digest(world, term ^ (node->commit << 16) ^ (node->last << 32) ^
                            ((uint64_t)node->id << 48) ^ (uint64_t)step->err << 56);
}

enum err driver_step(struct world *world, struct node *node, struct driver_input *input,
                     uint32_t *number)
{
    struct raft_event *event = &input->event;
    event->now_ms = node_clock_ms(node, world->now_us);
    if (random_chance(&world->random, world->plan.clock_steps_back))
        event->now_ms -= random_below(&world->random, DRIVER_STEP_BACK_MS);
    struct step step = {
        .event = event,
        .ready = &world->ready,
        .head = input->head,
        .role = raft_role(node->core),
        .term = raft_term(node->core),
        .commit = raft_commit(node->core),
        .last = raft_last_index(node->core),
        .contact_ms = raft_contact_ms(node->core),
    };
    step.err = step_core(world, node, event);
    if (!checks_ready(world, node, &step))
        return ERR_INTERNAL;
    if (world->ready.cut)
        checks_cut(world, node, &step);
    if (event->kind == RAFT_EVENT_PROPOSE && step.err == ERR_OK) {
        step.head = blocks_add(&world->blocks, node->log[node->last], input->draft, input->members);
        *number = step.head;
        if (world->ledgers != NULL)
            ledgers_keep(world->ledgers, step.head);
    }
    if (event->kind == RAFT_EVENT_READ && step.err == ERR_OK)
        node->reads_asked++;
    take_log(world, node, &step);
    if (disk_is_full(&node->disk)) {
        /* A disk this far behind is a broken one: its node stops. */
        node_crash(world, node);
        return ERR_IO;
    }
    queue_write(world, node, &step);
    node->commit = world->ready.commit;
    trace_step(world, node, &step);
    checks_step(world, node, &step);
    node->want_noop = world->ready.want_noop;
    send_messages(world, node, &step);
    if (!node_is_up(node) || world->violated)
        return step.err;
    take_reads(world, node, &world->ready);
    driver_apply(world, node);
    return step.err;
}

/* Now and then something else is proposed first, which the core refuses. */
static void propose_too_early(struct world *world, struct node *node)
{
    struct block block = {.kind = RAFT_ENTRY_NORMAL, .size = 1, .op = HISTORY_NONE};
    uint32_t number;
    enum err err = node_propose(world, node, &block, NULL, &number);
    if (err == ERR_BUSY)
        world_count(world, COUNTER_EARLY_REFUSED);
    else if (node_is_up(node) && node_leads(node))
        world_violate(world, "the no-op first", "n%u answers %s to something else", node->id,
                      err_name(err));
}

static void propose_noop(struct world *world, struct node *node)
{
    if (random_chance(&world->random, EARLY_CHANCE))
        propose_too_early(world, node);
    struct block noop = {.kind = RAFT_ENTRY_NOOP, .size = 200, .op = HISTORY_NONE};
    uint32_t number;
    enum err err = node_propose(world, node, &noop, NULL, &number);
    if (err != ERR_OK && node_is_up(node) && !world->violated && node_leads(node))
        world_violate(world, "the no-op that a leader wants is taken", "n%u refuses it: %s",
                      node->id, err_name(err));
}

void driver_settle(struct world *world, struct node *node)
{
    for (uint32_t i = 0; node_is_up(node) && !world->violated; i++) {
        if (i == SETTLE_MAX) {
            world_violate(world, "progress", "n%u talks to itself without end", node->id);
            return;
        }
        if (node->want_noop) {
            node->want_noop = false;
            propose_noop(world, node);
        } else if (node->inbox_first < node->inbox_end) {
            struct held own = node->inbox[node->inbox_first++ % HELD_MAX];
            node_hear(world, node, &own.message, own.head);
        } else {
            break;
        }
    }
    node_set_timer(world, node);
}
