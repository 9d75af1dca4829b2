#include "tests/sim/clients.h"

#include <inttypes.h>

#include "tests/sim/driver.h"
#include "tests/sim/world.h"

static void client_schedule(struct world *world, uint32_t number, uint64_t delay_us)
{
    world_schedule(world, delay_us, EVENT_CLIENT, 0, number,
                   ++world->clients.client[number].generation);
}

static void client_pauses(struct world *world, uint32_t number, uint32_t about_us)
{
    world->clients.client[number].waits = false;
    client_schedule(world, number, random_between(&world->random, 0, 2 * about_us));
}

static void client_is_done(struct world *world, uint32_t number)
{
    client_pauses(world, number, world->plan.load.think_us);
}

void clients_begin(struct world *world)
{
    for (uint32_t i = 0; i < world->plan.load.clients; i++)
        client_is_done(world, i);
    if (world->plan.load.burst_every_us != 0)
        world_schedule(world, random_below(&world->random, world->plan.load.burst_every_us),
                       EVENT_BURST, 0, 0, world->phase);
}

/* Mostly small; now and then as large as the plan has them. */
static uint32_t draw_size(struct world *world)
{
    uint32_t most = world->plan.load.size_max;
    if (random_chance(&world->random, world->plan.load.large))
        return random_between(&world->random, most / 2, most);
    return random_between(&world->random, 1, most < 512 ? most : 512);
}

static void count_refusal(struct world *world, const struct node *node, enum err err)
{
    if (err != ERR_BUSY || !node_leads(node))
        return;
    world_count(world, COUNTER_BUSY);
    const struct block *blocks = world->blocks.block;
    uint64_t done = node->commit < node->disk.last ? node->commit : node->disk.last;
    uint64_t bytes = blocks[node->log[node->last]].bytes - blocks[node->log[done]].bytes;
    if (node->last - done >= RAFT_UNCOMMITTED_MAX)
        world_count(world, COUNTER_BUSY_FULL);
    else if (bytes >= RAFT_UNCOMMITTED_BYTES_MAX - BLOCK_SIZE_MAX)
        world_count(world, COUNTER_BUSY_BYTES);
}

/* Some drivers give a leader nothing before its no-op is applied (consensus.md); the core has to
 * bear the others too. */
static bool node_is_patient(const struct world *world, const struct node *node)
{
    return world->plan.load.waits_for_noop && node_leads(node) &&
           !node_noop_is_applied(world, node);
}

uint32_t clients_write(struct world *world, struct node *node, uint32_t *number)
{
    if (world_is_full(world) || node_is_patient(world, node))
        return HISTORY_NONE;
    uint32_t op = history_ask(&world->history, false);
    if (op == HISTORY_NONE)
        return HISTORY_NONE;
    struct block block = {.kind = RAFT_ENTRY_NORMAL, .size = draw_size(world), .op = op};
    enum err err = node_propose(world, node, &block, NULL, number);
    if (err == ERR_OK) {
        driver_settle(world, node);
        return op;
    }
    if (world->violated || !node_is_up(node))
        return HISTORY_NONE;
    count_refusal(world, node, err);
    history_withdraw(&world->history, op);
    return HISTORY_NONE;
}

uint32_t clients_ask_read(struct world *world, struct node *node)
{
    if (world_is_full(world))
        return HISTORY_NONE;
    uint32_t op = history_ask(&world->history, true);
    if (op == HISTORY_NONE)
        return HISTORY_NONE;
    world->clients.read[op] = (struct asked_read){
        .floor = world->checks.committed_last,
        .step = world->counters.value[COUNTER_STEPS] + 1,
    };
    enum err err = node_read(world, node, op);
    if (err == ERR_OK) {
        driver_settle(world, node);
        return op;
    }
    world_count(world, COUNTER_READS_REFUSED);
    history_withdraw(&world->history, op);
    return HISTORY_NONE;
}

/* Where the client asked last, or where it is told the leader is; sometimes whoever says it leads,
 * so that a leader of former times also has its clients. */
static struct node *client_choose_node(struct world *world, struct client *client)
{
    struct node *node = &world->nodes[client->favourite];
    if (node_is_up(node) && raft_role(node->core) != RAFT_LEADER) {
        struct node *leader = world_node(world, raft_leader(node->core));
        node = leader != NULL ? leader : world_any_node(world);
    }
    if (node == NULL || !node_is_up(node) || random_chance(&world->random, RANDOM_ALWAYS / 4))
        node = world_any_leader(world);
    if (node == NULL || node->paused_until_us > world->now_us)
        node = world_any_node(world);
    if (node != NULL)
        client->favourite = node->slot;
    return node;
}

void clients_act(struct world *world, const struct event *event)
{
    struct client *client = &world->clients.client[event->argument];
    if (event->generation != client->generation || world->calm.is_on)
        return;
    client->waits = false; /* the time-out, when it did */
    struct node *node = client_choose_node(world, client);
    uint32_t op = HISTORY_NONE;
    uint32_t block = 0;
    if (node != NULL) {
        /* The answer can come before the call returns: the client waits already. */
        *client = (struct client){.waits = true,
                                  .op = world->history.count,
                                  .life = node->life,
                                  .slot = node->slot,
                                  .favourite = node->slot,
                                  .generation = client->generation};
        if (random_chance(&world->random, world->plan.load.reads))
            op = clients_ask_read(world, node);
        else
            op = clients_write(world, node, &block);
    }
    if (op == HISTORY_NONE) {
        client_pauses(world, event->argument, world->plan.timing.heartbeat_ms * 1000);
    } else if (client->waits && client->op == op) {
        client->block = block;
        client_schedule(world, event->argument, world->plan.load.timeout_us);
    }
}

void clients_burst(struct world *world)
{
    const struct plan_load *load = &world->plan.load;
    struct node *node = world_any_leader(world);
    uint32_t count = random_between(&world->random, 1, load->burst_max);
    bool reads = random_chance(&world->random, load->reads / 4);
    uint32_t number;
    while (node != NULL && node_is_up(node) && !world->violated && count-- > 0) {
        uint32_t op = reads ? clients_ask_read(world, node) : clients_write(world, node, &number);
        if (op == HISTORY_NONE)
            break;
    }
    world_schedule(world, random_between(&world->random, 1, 2 * load->burst_every_us), EVENT_BURST,
                   0, 0, world->phase);
}

static void clients_answered(struct world *world, uint32_t op)
{
    for (uint32_t i = 0; i < world->plan.load.clients; i++)
        if (world->clients.client[i].waits && world->clients.client[i].op == op)
            client_is_done(world, i);
}

/* Another block took the place of one that a client waits for: that write never happens. */
static void clients_overwritten(struct world *world, const struct node *node, uint32_t number)
{
    const struct block *blocks = world->blocks.block;
    for (uint32_t i = 0; i < world->plan.load.clients; i++) {
        struct client *client = &world->clients.client[i];
        if (!client->waits || client->block == 0 || client->slot != node->slot ||
            client->life != node->life || client->block == number ||
            blocks[client->block].index != blocks[number].index)
            continue;
        history_fail(&world->history, client->op);
        client_is_done(world, i);
    }
}

void clients_applied(struct world *world, const struct node *node, uint32_t number)
{
    const struct block *block = &world->blocks.block[number];
    if (block->op != HISTORY_NONE && block->origin == node->slot && block->life == node->life &&
        world->history.ops[block->op].state == OP_OPEN) {
        world_count(world, COUNTER_ACKNOWLEDGED);
        history_answer_write(&world->history, block->op);
        clients_answered(world, block->op);
    }
    clients_overwritten(world, node, number);
}

void clients_read(struct world *world, const struct node *node, uint32_t op)
{
    const struct block *blocks = world->blocks.block;
    uint32_t write = blocks[node->log[node->applied]].write;
    world_count(world, COUNTER_READS);
    history_answer_read(&world->history, op, write == 0 ? HISTORY_NONE : blocks[write].op);
    clients_answered(world, op);
}

void clients_read_denied(struct world *world, uint32_t op)
{
    world_count(world, COUNTER_READS_DENIED);
    history_fail(&world->history, op);
    clients_answered(world, op);
}
