#include "tests/sim/node.h"

#include <inttypes.h>
#include <string.h>

#include "proto/invariant.h"
#include "tests/sim/bridge.h"
#include "tests/sim/driver.h"
#include "tests/sim/setback.h"
#include "tests/sim/strange.h"
#include "tests/sim/world.h"

void node_make(struct world *world, struct node *node, uint32_t id)
{
    node->id = id;
    node->state = NODE_DOWN;
    node->clock_base_us = world->now_us;
    /* Clocks of machines that were started at other times have nothing in common. */
    uint32_t magnitude = random_between(&world->random, 20, 40);
    node->clock_local_us = random_next(&world->random) >> magnitude;
    node->clock_rate = RANDOM_ALWAYS;
    node->sync_factor = 1;
    node->applied = 0;
    disk_format(&node->disk);
    checks_forget(world, node);
    if (world->ledgers != NULL)
        bridge_found(world, node);
}

static uint64_t clock_us(const struct node *node, uint64_t now_us)
{
    return node->clock_local_us + (now_us - node->clock_base_us) * node->clock_rate / RANDOM_ALWAYS;
}

uint64_t node_clock_ms(const struct node *node, uint64_t now_us)
{
    return clock_us(node, now_us) / 1000;
}

/* The first microsecond of the world at which the node's clock shows `local_ms`. */
static uint64_t clock_to_world_us(const struct node *node, uint64_t now_us, uint64_t local_ms)
{
    uint64_t local_us = local_ms * 1000;
    uint64_t local_now_us = clock_us(node, now_us);
    if (local_us <= local_now_us)
        return now_us;
    uint64_t wait = local_us - local_now_us;
    return now_us + (wait * RANDOM_ALWAYS + node->clock_rate - 1) / node->clock_rate;
}

void node_clock_set_rate(struct node *node, uint64_t now_us, uint32_t rate)
{
    node->clock_local_us = clock_us(node, now_us);
    node->clock_base_us = now_us;
    node->clock_rate = rate;
}

void node_set_timer(struct world *world, struct node *node)
{
    if (!node_is_up(node))
        return;
    uint64_t deadline_ms = raft_deadline_ms(node->core);
    if (deadline_ms == UINT64_MAX)
        return;
    uint64_t at_us = clock_to_world_us(node, world->now_us, deadline_ms);
    if (at_us >= node->timer_us)
        return; /* the one that is set comes first and sets the next */
    node->timer_us = at_us;
    world_schedule(world, at_us - world->now_us, EVENT_TICK, node->slot, 0,
                   ++node->timer_generation);
}

/* The newest entries of the log, at least those that raft.h asks for; often no more than those, so
 * that what is served from the disk begins close to the end. */
static uint32_t start_tail(struct world *world, const struct disk *disk, uint64_t commit)
{
    uint64_t least = disk->last - commit + (commit != 0);
    if (least > RAFT_TAIL_MAX) {
        world_violate(world, "bounds", "%" PRIu64 " entries above the commit index on a disk",
                      disk->last - commit);
        return 0;
    }
    uint64_t most = disk->last < RAFT_TAIL_MAX ? disk->last : RAFT_TAIL_MAX;
    uint64_t count = random_chance(&world->random, RANDOM_ALWAYS / 2)
                         ? most
                         : random_between(&world->random, (uint32_t)least, (uint32_t)most);
    for (uint64_t i = 0; i < count; i++)
        world->entries[i] = blocks_entry(&world->blocks, disk->log[disk->last - count + 1 + i]);
    return (uint32_t)count;
}

/* The commit index that the core is told, and what is applied. */
static uint64_t start_commit(struct world *world, struct node *node)
{
    uint64_t commit = node->disk.commit;
    if (world->ledgers != NULL) {
        node->applied = bridge_start(world, node);
        return node->applied > commit ? node->applied : commit;
    }
    /* The state may have been synced when the log's record of the commit index was older. */
    if (node->applied > commit && random_chance(&world->random, RANDOM_ALWAYS / 2))
        commit = node->applied;
    node->applied = commit;
    return commit;
}

void node_start(struct world *world, struct node *node)
{
    const struct disk *disk = &node->disk;
    const struct blocks *blocks = &world->blocks;
    uint64_t commit = start_commit(world, node);
    if (world->violated)
        return;
    uint32_t head = disk->log[disk->last];
    const struct block *config = &blocks->block[blocks->block[head].config];
    uint32_t tail_count = start_tail(world, disk, commit);
    struct raft_start start = {
        .id = node->id,
        .seed = random_next(&world->random),
        .now_ms = node_clock_ms(node, world->now_us),
        .timing = world->plan.timing,
        .term = disk->term,
        .vote = disk->vote,
        .commit = commit,
        .last_index = disk->last,
        .tail = world->entries,
        .tail_count = tail_count,
        .members = *blocks_members(blocks, head),
        .members_before = *blocks_members(blocks, config->index > commit ? config->parent : head),
        .members_index = config->index,
    };
    node->state = NODE_UP;
    node->life++;
    node->paused_until_us = world->now_us;
    node->awake_since_us = world->now_us;
    node->timer_us = UINT64_MAX;
    node->last = disk->last;
    memcpy(node->log, disk->log, (disk->last + 1) * sizeof node->log[0]);
    node->commit = commit;
    TRACE(world, "n%u starts: term %" PRIu64 " vote %u log %" PRIu64 " commit %" PRIu64 " tail %u",
          node->id, start.term, start.vote, start.last_index, start.commit, start.tail_count);
    enum err err = raft_init(node->core, &start);
    if (err != ERR_OK)
        world_violate(world, "start", "n%u does not start: %s", node->id, err_name(err));
    checks_start(world, node);
    if (world->ledgers != NULL)
        driver_apply(world, node);
    node_set_timer(world, node);
}

/* Some first ones of the queued writes were synced, though nobody was told: none, all, or any. */
static void crash_disk(struct world *world, struct node *node)
{
    struct disk *disk = &node->disk;
    uint64_t queued = disk->queued - disk->durable;
    uint64_t kept = random_below(&world->random, (uint32_t)queued + 1);
    if (random_chance(&world->random, RANDOM_ALWAYS / 2))
        kept = random_chance(&world->random, RANDOM_ALWAYS / 2) ? queued : 0;
    if (kept < queued)
        world_count(world, COUNTER_WRITES_LOST);
    if (kept > 0)
        world_count(world, COUNTER_WRITES_KEPT);
    if (kept > 0 && kept < queued)
        world_count(world, COUNTER_WRITES_SPLIT);
    for (uint64_t i = 0; i < kept; i++)
        checks_durable(world, node, disk_settle(disk, &world->blocks));
    disk_lose(disk);
    TRACE(world, "n%u crashes: %" PRIu64 " of %" PRIu64 " queued writes are kept, log %" PRIu64,
          node->id, kept, queued, disk->last);
}

void node_forget(struct node *node)
{
    node->held_first = node->held_end;
    node->held_checked = node->held_end;
    node->inbox_first = node->inbox_end;
    node->want_noop = false;
    node->reads_asked = 0;
    node->reads_waiting = 0;
}

void node_crash(struct world *world, struct node *node)
{
    invariant(node_is_up(node));
    world_count(world, COUNTER_CRASHES);
    crash_disk(world, node);
    if (world->ledgers != NULL)
        bridge_crash(world, node);
    node->state = NODE_DOWN;
    node->life++;
    node_forget(node);
}

/* What a driver looks at before the core does (docs/internals/consensus.md, "Blocks and terms"). */
static bool blocks_follow(struct world *world, const struct node *node,
                          const struct raft_message *message, uint32_t head)
{
    if (message->count == 0 || message->index > node->last)
        return true;
    uint32_t mine = node->log[message->index];
    if (world->blocks.block[mine].term != message->log_term ||
        mine == blocks_at(&world->blocks, head, (uint32_t)message->index))
        return true;
    world_violate(world, "log matching",
                  "n%u and n%u hold different blocks of index %" PRIu64 " and term %" PRIu64,
                  node->id, message->from, message->index, message->log_term);
    return false;
}

void node_hear(struct world *world, struct node *node, const struct raft_message *message,
               uint32_t head)
{
    struct driver_input input = {
        .event = {.kind = RAFT_EVENT_MESSAGE, .message = message, .entries = world->entries},
        .head = head,
    };
    if (message->kind == RAFT_APPEND) {
        if (!blocks_follow(world, node, message, head))
            return;
        uint32_t number = head;
        for (uint32_t i = message->count; i > 0; i--) {
            world->entries[i - 1] = blocks_entry(&world->blocks, number);
            number = world->blocks.block[number].parent;
        }
    }
    enum err err = driver_step(world, node, &input, NULL);
    if (err != ERR_OK && node_is_up(node))
        world_violate(world, "contract", "n%u: a message returns %s", node->id, err_name(err));
}

void node_receive(struct world *world, struct node *node, const struct packet *packet)
{
    checks_heard(world, node, packet);
    node_hear(world, node, &packet->message, packet->head);
    driver_settle(world, node);
    if (node_is_up(node) && random_chance(&world->random, world->plan.net.strange))
        strange_try(world, node, &packet->message);
    if (node_is_up(node))
        setback_try(world, node, &packet->message);
}

void node_tick(struct world *world, struct node *node, uint32_t generation)
{
    if (generation != node->timer_generation)
        return;
    node->timer_us = UINT64_MAX;
    if (node_clock_ms(node, world->now_us) >= raft_deadline_ms(node->core)) {
        struct driver_input input = {.event = {.kind = RAFT_EVENT_TICK}};
        enum err err = driver_step(world, node, &input, NULL);
        if (err != ERR_OK && node_is_up(node))
            world_violate(world, "contract", "n%u: a tick returns %s", node->id, err_name(err));
        if (node_is_up(node) && raft_deadline_ms(node->core) <= input.event.now_ms)
            world_violate(world, "progress", "n%u: a tick leaves its deadline behind", node->id);
    }
    driver_settle(world, node);
}

void node_disk_done(struct world *world, struct node *node)
{
    struct disk *disk = &node->disk;
    while (disk->durable < disk->syncing) {
        checks_durable(world, node, disk_settle(disk, &world->blocks));
        /* What waited for exactly this write is held against the disk as it is now: a later write
         * of the same batch may take back what is promised, for a newer term. */
        while (node->held_checked < node->held_end) {
            const struct held *held = &node->held[node->held_checked % HELD_MAX];
            if (held->sequence > disk->durable)
                break;
            checks_promise(world, node, held);
            node->held_checked++;
        }
    }
    disk->syncing = 0;
    TRACE(world, "n%u is durable up to write %" PRIu64 ": term %" PRIu64 " vote %u log %" PRIu64,
          node->id, disk->durable, disk->term, disk->vote, disk->last);
    driver_apply(world, node);
    driver_release(world, node);
    driver_sync(world, node);
    driver_settle(world, node);
}

enum err node_propose(struct world *world, struct node *node, const struct block *draft,
                      const struct raft_members *members, uint32_t *number)
{
    struct block block = *draft;
    block.term = raft_term(node->core);
    block.origin = node->slot;
    block.life = node->life;
    if (world->ledgers != NULL && node_leads(node))
        block.size = bridge_build(world, node, &block, members);
    struct raft_entry entry = {
        .term = block.term, .size = block.size, .kind = block.kind, .members = members};
    struct driver_input input = {
        .event = {.kind = RAFT_EVENT_PROPOSE,
                  .entries = &entry,
                  .may_wait = block.kind == RAFT_ENTRY_NORMAL && block.size % 2 == 0},
        .draft = &block,
        .members = members,
    };
    enum err err = driver_step(world, node, &input, number);
    if (err == ERR_OK)
        world_count(world, COUNTER_BLOCKS);
    if (err == ERR_OK && block.size >= BLOCK_SIZE_MAX / 2)
        world_count(world, COUNTER_BIG_BLOCKS);
    return err;
}

enum err node_read(struct world *world, struct node *node, uint32_t op)
{
    struct driver_input input = {.event = {.kind = RAFT_EVENT_READ, .read = op}};
    return driver_step(world, node, &input, NULL);
}

enum err node_transfer(struct world *world, struct node *node, uint32_t target)
{
    struct driver_input input = {.event = {.kind = RAFT_EVENT_TRANSFER, .target = target}};
    return driver_step(world, node, &input, NULL);
}

bool node_leads(const struct node *node)
{
    return node_is_up(node) && raft_role(node->core) == RAFT_LEADER;
}

bool node_noop_is_applied(const struct world *world, const struct node *node)
{
    return world->blocks.block[node->log[node->applied]].term == raft_term(node->core);
}
