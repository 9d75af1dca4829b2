#include "tests/sim/net.h"

#include <string.h>

#include "tests/sim/world.h"

void net_reset(struct net *net, struct random *random, uint32_t far_max)
{
    memset(net->link, 0, sizeof net->link);
    for (uint8_t from = 0; from < NODES_MAX; from++)
        for (uint8_t to = 0; to < NODES_MAX; to++)
            net->link[from][to].far = random_between(random, 1, far_max);
    net->free_count = PACKETS_MAX;
    for (uint32_t i = 0; i < PACKETS_MAX; i++)
        net->free_packets[i] = PACKETS_MAX - 1 - i;
}

static uint64_t carried_bytes(const struct world *world, const struct raft_message *message,
                              uint32_t head)
{
    uint64_t bytes = RAFT_MESSAGE_HEAD_SIZE;
    if (message->kind == RAFT_APPEND && message->count > 0) {
        const struct blocks *blocks = &world->blocks;
        uint32_t before = blocks_at(blocks, head, (uint32_t)message->index);
        bytes += blocks->block[head].bytes - blocks->block[before].bytes;
    }
    return bytes;
}

static uint64_t arrival_us(struct world *world, struct link *link, enum channel channel,
                           uint64_t bytes)
{
    const struct plan_net *plan = world_net(world);
    uint64_t leaves = world->now_us;
    if (channel == CHANNEL_BULK) {
        if (link->free_at_us > leaves)
            leaves = link->free_at_us;
        leaves += bytes / plan->bytes_per_us;
        link->free_at_us = leaves;
    }
    uint64_t delay = random_between(&world->random, plan->delay_min_us, plan->delay_max_us);
    if (!world->calm.is_on)
        delay *= link->far;
    if (random_chance(&world->random, plan->straggle))
        delay *= random_between(&world->random, 2, 12);
    uint64_t arrives = leaves + delay;
    if (plan->in_order && arrives < link->arrives_us[channel])
        arrives = link->arrives_us[channel];
    link->arrives_us[channel] = arrives;
    return arrives;
}

static void net_put(struct world *world, const struct packet *packet, uint64_t arrives)
{
    struct net *net = &world->net;
    if (net->free_count == 0) {
        world_count(world, COUNTER_LOST);
        return;
    }
    uint32_t number = net->free_packets[--net->free_count];
    net->packets[number] = *packet;
    events_put(&world->events, (struct event){.at_us = arrives,
                                              .kind = EVENT_DELIVER,
                                              .slot = packet->to,
                                              .argument = number});
}

void net_send(struct world *world, const struct node *from, const struct node *to,
              const struct raft_message *message, uint32_t head)
{
    struct link *link = &world->net.link[from->slot][to->slot];
    const struct plan_net *plan = world_net(world);
    world_count(world, COUNTER_MESSAGES);
    if (link->state != LINK_OPEN || random_chance(&world->random, plan->drop)) {
        world_count(world, COUNTER_LOST);
        return;
    }
    bool bulk = message->kind == RAFT_APPEND && message->count > 0;
    enum channel channel = bulk ? CHANNEL_BULK : CHANNEL_CONTROL;
    uint64_t bytes = carried_bytes(world, message, head);
    struct packet packet = {.message = *message,
                            .head = head,
                            .from = from->slot,
                            .to = to->slot,
                            .order = ++link->sent};
    net_put(world, &packet, arrival_us(world, link, channel, bytes));
    if (random_chance(&world->random, plan->duplicate)) {
        world_count(world, COUNTER_DUPLICATED);
        net_put(world, &packet, arrival_us(world, link, channel, bytes));
    }
}

bool net_arrive(struct world *world, uint32_t number, struct packet *out)
{
    struct net *net = &world->net;
    *out = net->packets[number];
    net->free_packets[net->free_count++] = number;
    struct link *link = &net->link[out->from][out->to];
    if (link->state == LINK_CUT || world->nodes[out->to].id != out->message.to) {
        world_count(world, COUNTER_LOST);
        return false;
    }
    if (out->order < link->received)
        world_count(world, COUNTER_OVERTAKEN);
    else
        link->received = out->order;
    return true;
}

void net_set(struct world *world, uint8_t from, uint8_t to, enum link_state state)
{
    world->net.link[from][to].state = state;
    world->net.link[from][to].flaps = false;
}

void net_isolate(struct world *world, uint8_t slot, bool in, bool out, enum link_state state)
{
    for (uint8_t other = 0; other < NODES_MAX; other++) {
        if (other == slot)
            continue;
        if (out)
            net_set(world, slot, other, state);
        if (in)
            net_set(world, other, slot, state);
    }
}

void net_heal(struct world *world)
{
    for (uint8_t from = 0; from < NODES_MAX; from++)
        for (uint8_t to = 0; to < NODES_MAX; to++)
            net_set(world, from, to, LINK_OPEN);
}

void net_overtake(struct world *world)
{
    for (uint8_t from = 0; from < NODES_MAX; from++) {
        for (uint8_t to = 0; to < NODES_MAX; to++) {
            struct link *link = &world->net.link[from][to];
            link->free_at_us = 0;
            memset(link->arrives_us, 0, sizeof link->arrives_us);
        }
    }
}
