#include "tests/sim/plan.h"

const struct plan_net plan_calm_net = {
    .delay_min_us = 100, .delay_max_us = 500, .bytes_per_us = 1000, .in_order = true};
const struct plan_disk plan_calm_disk = {
    .sync_min_us = 50, .sync_max_us = 200, .bytes_per_us = 1000};

#define PICK(random, ...)                                                                          \
    pick(random, (const uint32_t[]){__VA_ARGS__}, sizeof((uint32_t[]){__VA_ARGS__}) / 4)

static uint32_t pick(struct random *random, const uint32_t *choices, size_t count)
{
    return choices[random_below(random, (uint32_t)count)];
}

static void plan_draw_timing(struct raft_timing *timing, struct random *random)
{
    timing->heartbeat_ms = random_between(random, 5, 40);
    timing->election_min_ms = timing->heartbeat_ms * random_between(random, 3, 10);
    timing->election_max_ms =
        timing->election_min_ms + timing->election_min_ms * random_between(random, 20, 100) / 100;
    timing->message_bytes = PICK(random, 1024, 16384, 262144, 1048576);
    timing->window_bytes = timing->message_bytes * PICK(random, 1, 2, 8, 64);
    timing->window_messages = PICK(random, 1, 2, 4, 16, PLAN_WINDOW_MESSAGES_MAX);
}

static void plan_draw_net(struct plan_net *net, struct random *random, uint32_t election_us)
{
    net->delay_min_us = random_between(random, 50, 500);
    net->delay_max_us =
        net->delay_min_us + PICK(random, 200, 2000, election_us / 10, election_us / 3);
    net->far_max = PICK(random, 1, 1, 3, 20);
    net->drop = PICK(random, 0, 0, 100, 500, 2000);
    net->duplicate = PICK(random, 0, 0, 100, 1000);
    net->straggle = PICK(random, 0, 0, 100, 1000);
    net->strange = PICK(random, 0, 0, 300);
    net->bytes_per_us = PICK(random, 10, 100, 1000);
    net->in_order = random_chance(random, RANDOM_ALWAYS / 3);
}

static void plan_draw_load(struct plan_load *load, struct random *random, uint32_t election_us)
{
    load->clients = random_between(random, 1, 6);
    load->think_us = PICK(random, 500, 5000, election_us / 4);
    load->timeout_us = random_between(random, election_us, 4 * election_us);
    load->reads = PICK(random, 0, 2000, 5000, 8000);
    load->size_max = PICK(random, 64, 1024, 65536, BLOCK_SIZE_MAX);
    load->large = PICK(random, 500, 500, 5000);
    load->burst_max = PICK(random, 4, 40, RAFT_UNCOMMITTED_MAX + 100);
    load->burst_every_us = PICK(random, 0, election_us, 5 * election_us);
    load->admin_every_us = PICK(random, 0, election_us / 8, election_us / 2, 2 * election_us);
    load->transfers = PICK(random, 0, 1000, 5000);
    load->waits_for_noop = random_chance(random, RANDOM_ALWAYS / 2);
}

static void plan_draw_faults(struct plan *plan, struct random *random, uint32_t election_us)
{
    static const uint32_t weight[FAULT_COUNT] = {
#define X(name, weight) [FAULT_##name] = (weight),
        FAULT_TABLE(X)
#undef X
    };
    plan->fault_every_us = PICK(random, election_us / 2, election_us, 3 * election_us);
    for (size_t i = 0; i < FAULT_COUNT; i++)
        plan->weight[i] = random_chance(random, RANDOM_ALWAYS / 2) ? weight[i] : 0;
    /* Without it all would be cut for good. */
    plan->weight[FAULT_HEAL] = weight[FAULT_HEAL];
    static const uint32_t often[MOMENT_COUNT] = {
        [MOMENT_ELECTED] = 2500,  [MOMENT_APPENDED] = 300, [MOMENT_MEMBERS] = 4000,
        [MOMENT_VOTED] = 2000,    [MOMENT_ACCEPTED] = 200, [MOMENT_COMMITTED] = 300,
        [MOMENT_TRANSFER] = 3000,
    };
    for (size_t i = 0; i < MOMENT_COUNT; i++)
        plan->strike[i] = random_chance(random, RANDOM_ALWAYS / 2) ? often[i] : 0;
}

void plan_draw(struct plan *plan, struct random *random, uint32_t nodes)
{
    plan->nodes = PICK(random, 3, 3, 3, 3, 5, 5, 5, 7);
    if (nodes != 0)
        plan->nodes = nodes;
    plan_draw_timing(&plan->timing, random);
    uint32_t election_us = plan->timing.election_max_ms * 1000;
    plan->rounds = random_between(random, 1, 3);
    plan->round_us = election_us * random_between(random, 5, 30);
    plan_draw_net(&plan->net, random, election_us);
    plan->disk.sync_min_us = PICK(random, 0, 50, 500);
    plan->disk.sync_max_us =
        plan->disk.sync_min_us + PICK(random, 100, 2000, election_us / 10, election_us / 2);
    plan->disk.bytes_per_us = PICK(random, 10, 100, 1000);
    plan_draw_load(&plan->load, random, election_us);
    plan->skew = PICK(random, 0, 100, 2000, 5000);
    plan->clock_steps_back = PICK(random, 0, 0, 100);
    plan_draw_faults(plan, random, election_us);
}
