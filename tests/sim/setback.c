#include "tests/sim/setback.h"

#include <inttypes.h>

#include "tests/sim/world.h"

/* One heartbeat in so many is shown to an older copy. */
#define TRY_CHANCE (RANDOM_ALWAYS / 50)

/* Starts the twin from the disk as it was with a log up to `last`; false when the core cannot. */
static bool start_copy(struct world *world, const struct node *node, uint64_t last)
{
    const struct disk *disk = &node->disk;
    const struct blocks *blocks = &world->blocks;
    uint32_t head = disk->log[last];
    uint64_t commit = disk->commit < last ? disk->commit : last;
    const struct block *config = &blocks->block[blocks->block[head].config];
    struct raft_start start = {
        .id = node->id,
        .seed = 1,
        .now_ms = node_clock_ms(node, world->now_us),
        .timing = world->plan.timing,
        .term = blocks->block[head].term,
        .commit = commit,
        .last_index = last,
        .tail = world->entries,
        .tail_count = (uint32_t)(last - commit + (commit != 0)),
        .members = *blocks_members(blocks, head),
        .members_before = *blocks_members(blocks, config->index > commit ? config->parent : head),
        .members_index = config->index,
    };
    for (uint32_t i = 0; i < start.tail_count; i++)
        world->entries[i] = blocks_entry(blocks, disk->log[last - start.tail_count + 1 + i]);
    return raft_init(world->twin, &start) == ERR_OK;
}

void setback_try(struct world *world, const struct node *node, const struct raft_message *message)
{
    if (message->kind != RAFT_HEARTBEAT || message->term != raft_term(node->core) ||
        node->disk.last == 0 || !random_chance(&world->random, TRY_CHANCE))
        return;
    uint64_t last = random_below(&world->random, (uint32_t)node->disk.last + 1);
    if (!start_copy(world, node, last)) {
        world_violate(world, "an older copy starts", "n%u up to %" PRIu64, node->id, last);
        return;
    }
    struct raft_event event = {
        .kind = RAFT_EVENT_MESSAGE,
        .now_ms = node_clock_ms(node, world->now_us),
        .message = message,
    };
    const struct raft_ready *ready = &world->twin_ready;
    enum err err = raft_step(world->twin, &event, &world->twin_ready);
    uint64_t lost = message->commit > last ? message->commit : 0;
    world_count(world, lost != 0 ? COUNTER_SET_BACK : COUNTER_NOT_SET_BACK);
    if (err != ERR_OK || ready->lost != lost || (lost != 0 && ready->message_count != 0))
        world_violate(world, "an older copy stops",
                      "n%u with a log of %" PRIu64 " takes a heartbeat of commit %" PRIu64,
                      node->id, last, message->commit);
}
