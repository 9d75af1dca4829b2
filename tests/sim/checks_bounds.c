/* What is in flight, and what is above the commit index. */
#include <inttypes.h>

#include "tests/sim/checks.h"
#include "tests/sim/world.h"

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* What is not committed, or not on this disk, is what a driver holds in memory. */
static void check_proposal_fits(struct world *world, const struct node *node)
{
    const struct block *blocks = world->blocks.block;
    const struct block *last = &blocks[node->log[node->last]];
    uint64_t done = node->commit < node->disk.last ? node->commit : node->disk.last;
    uint64_t bytes = last->bytes - blocks[node->log[done]].bytes;
    if (last->kind == RAFT_ENTRY_NOOP || node->last - done == 1)
        return;
    if (node->last - done > RAFT_UNCOMMITTED_MAX || bytes > RAFT_UNCOMMITTED_BYTES_MAX)
        world_violate(world, "bounds", "n%u takes proposal %" PRIu64 " of %" PRIu64 " bytes",
                      node->id, node->last - done, bytes);
}

void checks_bounds_step(struct world *world, const struct node *node, const struct step *step)
{
    uint64_t open = node->last - node->commit;
    if (open >= RAFT_TAIL_MAX)
        world_violate(world, "bounds", "n%u has %" PRIu64 " entries above its commit index",
                      node->id, open);
    if (step->event->kind == RAFT_EVENT_PROPOSE && step->err == ERR_OK)
        check_proposal_fits(world, node);
    if (node->reads_asked > RAFT_READS_MAX)
        world_violate(world, "bounds", "n%u has too many reads", node->id);
    if (raft_role(node->core) != RAFT_LEADER && node->reads_asked != step->ready->read_count)
        world_violate(world, "reads", "n%u leaves reads without an answer", node->id);
}

void checks_forget_streams(struct world *world, const struct node *leader,
                           const struct raft_members *members)
{
    for (uint8_t slot = 0; slot < NODES_MAX; slot++)
        if (!members_have(members, world->nodes[slot].id))
            world->checks.stream[leader->slot][slot] = (struct stream){.term = 0};
}

uint64_t checks_offered(struct world *world, const struct node *leader, uint32_t peer)
{
    const struct node *to = world_node(world, peer);
    if (to == NULL)
        return 0;
    const struct stream *stream = &world->checks.stream[leader->slot][to->slot];
    return stream->term == raft_term(leader->core) ? stream->offered : 0;
}

/* Takes off what the follower has acknowledged, and begins again where the leader does. */
static void stream_catch_up(struct stream *stream, const struct raft_message *message)
{
    if (stream->term != message->term || stream->attempt != message->context ||
        message->index < stream->sent)
        *stream = (struct stream){
            .term = message->term,
            .attempt = message->context,
            .sent = message->index,
            .offered = stream->term == message->term ? stream->offered : 0,
            .matched = stream->term == message->term ? stream->matched : 0,
        };
    uint32_t acknowledged = 0;
    while (acknowledged < stream->count && stream->message[acknowledged].last <= stream->matched)
        acknowledged++;
    stream->count -= acknowledged;
    for (uint32_t i = 0; i < stream->count; i++)
        stream->message[i] = stream->message[i + acknowledged];
}

void checks_window(struct world *world, const struct node *node, const struct raft_message *message,
                   uint32_t offered)
{
    const struct node *to = world_node(world, message->to);
    if (to == NULL)
        return;
    const struct raft_timing *timing = &world->plan.timing;
    const struct block *block = world->blocks.block;
    struct stream *stream = &world->checks.stream[node->slot][to->slot];
    stream_catch_up(stream, message);
    stream->offered = later(stream->offered, message->index + offered);
    if (message->count == 0)
        return;
    uint64_t last = message->index + message->count;
    uint64_t from = stream->count > 0 ? stream->message[0].before : message->index;
    uint64_t carried = block[node->log[last]].bytes - block[node->log[message->index]].bytes;
    uint64_t in_flight = block[node->log[last]].bytes - block[node->log[from]].bytes;
    if (message->count > 1 && carried > timing->message_bytes)
        world_violate(world, "bounds", "n%u sends %" PRIu64 " bytes in a message", node->id,
                      carried);
    else if (stream->count == timing->window_messages)
        world_violate(world, "bounds", "n%u has too many messages on the way to n%u", node->id,
                      to->id);
    else if (stream->count > 0 && in_flight > timing->window_bytes)
        world_violate(world, "bounds", "n%u has %" PRIu64 " bytes on the way to n%u", node->id,
                      in_flight, to->id);
    if (world->violated)
        return;
    stream->message[stream->count].before = message->index;
    stream->message[stream->count++].last = last;
    stream->sent = last;
    if (stream->count == timing->window_messages || in_flight >= timing->window_bytes / 2)
        world_count(world, COUNTER_WINDOWS_FULL);
}
