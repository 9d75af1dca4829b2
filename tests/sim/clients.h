/*
 * clients.h: those who write to and read from the one register that the log is a history of.
 *
 * A client asks one thing at a time and gives up after a time-out; then nobody knows whether a
 * write happened. Bursts are writes that nobody waits for.
 */
#ifndef TESTS_SIM_CLIENTS_H
#define TESTS_SIM_CLIENTS_H

#include "tests/sim/events.h"
#include "tests/sim/history.h"
#include "tests/sim/node.h"

#define CLIENTS_MAX 8

struct client {
    bool waits;
    uint32_t op;
    uint32_t block; /* of a write; 0: a read */
    uint32_t life;  /* of the node that took it */
    uint8_t slot;
    uint8_t favourite;   /* where it asks first */
    uint32_t generation; /* of its next event */
};

/* What the world was like when a read was asked for. */
struct asked_read {
    uint64_t floor; /* the highest commit index of all nodes */
    uint64_t step;  /* the number of the step that took it */
};

struct clients {
    struct client client[CLIENTS_MAX];
    struct asked_read read[HISTORY_MAX]; /* by operation */
};

void clients_begin(struct world *world);
void clients_act(struct world *world, const struct event *event);
void clients_burst(struct world *world);

/* One write, one read, for whoever wants it; the operation, or HISTORY_NONE when it is not taken.
 * `*number` is the block. */
uint32_t clients_write(struct world *world, struct node *node, uint32_t *number);
uint32_t clients_ask_read(struct world *world, struct node *node);

/* A node has applied a block, has reached a read's index, cannot answer a read. */
void clients_applied(struct world *world, const struct node *node, uint32_t number);
void clients_read(struct world *world, const struct node *node, uint32_t op);
void clients_read_denied(struct world *world, uint32_t op);

#endif
