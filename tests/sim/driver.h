/*
 * driver.h: what a core is owed, as the head of consensus/raft.h says it: writes in order, messages
 * when they may leave, entries applied when committed and durable, the no-op first.
 */
#ifndef TESTS_SIM_DRIVER_H
#define TESTS_SIM_DRIVER_H

#include "tests/sim/node.h"

/* Events can be so much older than the last one before them. */
#define DRIVER_STEP_BACK_MS 5

/* One event, with its entries (`head`: the last block that it carries; a proposal's `draft` instead
 * and `members`), and everything that it causes but the node's messages to itself. For a proposal
 * that is taken `*number` is its block. */
struct driver_input {
    struct raft_event event;
    uint32_t head;
    const struct block *draft;
    const struct raft_members *members;
};

enum err driver_step(struct world *world, struct node *node, struct driver_input *input,
                     uint32_t *number) must_check;

/* The no-op that is wanted and the messages to itself, until there are none; then the timer. */
void driver_settle(struct world *world, struct node *node);

/* After writes became durable: what waited for them. */
void driver_release(struct world *world, struct node *node);
void driver_apply(struct world *world, struct node *node);

/* Begins to sync what is queued, unless a sync is under way. */
void driver_sync(struct world *world, struct node *node);

#endif
