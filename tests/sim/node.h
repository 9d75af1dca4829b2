/*
 * node.h: one simulated node: a Raft core, its disk, its clock, and the driver between them, which
 * fulfils the contract at the head of consensus/raft.h to the letter.
 */
#ifndef TESTS_SIM_NODE_H
#define TESTS_SIM_NODE_H

#include "tests/sim/disk.h"
#include "tests/sim/net.h"

/* Messages that wait for the disk, or were sent by a node to itself. */
#define HELD_MAX 2048

/* Reads whose index is known and not applied yet: the disk is slower than the quorum. */
#define READS_WAITING_MAX 4096

enum node_state { NODE_ABSENT, NODE_UP, NODE_DOWN };

/* A message that waits until `sequence` is durable. */
struct held {
    struct raft_message message;
    uint64_t sequence;
    uint32_t head;    /* the last block that it carries */
    uint32_t promise; /* the block that it says is on this disk, or 0 */
};

struct waiting_read {
    uint32_t op;
    uint64_t index;
};

struct node {
    uint32_t id;
    uint8_t slot;
    enum node_state state;
    uint32_t life; /* counts starts; what was scheduled for an earlier life is void */
    struct raft *core;

    uint64_t paused_until_us;
    uint64_t awake_since_us; /* started, or woken from a pause */
    uint64_t clock_base_us;  /* the world's time when the rate last changed, */
    uint64_t clock_local_us; /* the node's at that moment */
    uint32_t clock_rate;     /* out of RANDOM_ALWAYS */
    uint64_t timer_us;       /* when the next tick is scheduled; UINT64_MAX: none */
    uint32_t timer_generation;
    uint32_t sync_factor; /* of a slow disk */

    uint64_t last; /* the log as the core knows it: written, or queued */
    uint64_t commit;
    uint64_t applied;
    uint32_t log[LOG_MAX + 1];
    struct disk disk;

    uint64_t held_first;
    uint64_t held_checked;
    uint64_t held_end;
    struct held held[HELD_MAX];
    uint64_t inbox_first; /* messages to itself */
    uint64_t inbox_end;
    struct held inbox[HELD_MAX];
    bool want_noop;
    uint32_t reads_asked; /* taken by the core and not answered by it yet */
    uint32_t reads_waiting;
    struct waiting_read reads[READS_WAITING_MAX];
};

/* What one step of a core was given and gave, for the checkers and the faults. */
struct step {
    const struct raft_event *event;
    const struct raft_ready *ready;
    uint32_t head; /* the last block that the event carries, or the proposed one */
    enum err err;
    /* before the step */
    enum raft_role role;
    uint64_t term;
    uint64_t commit;
    uint64_t last;
    uint64_t contact_ms;
};

/* Makes a node with that id, a fresh disk and a clock of its own in an absent slot. */
void node_make(struct world *world, struct node *node, uint32_t id);
/* Starts it from its disk. */
void node_start(struct world *world, struct node *node);
/* What a node has in memory beside its core is gone. */
void node_forget(struct node *node);
/* Stops it at once; of the queued writes some first ones survive. */
void node_crash(struct world *world, struct node *node);

static inline bool node_is_up(const struct node *node)
{
    return node->state == NODE_UP;
}

uint64_t node_clock_ms(const struct node *node, uint64_t now_us);
void node_clock_set_rate(struct node *node, uint64_t now_us, uint32_t rate);

void node_receive(struct world *world, struct node *node, const struct packet *packet);
/* The same for a message from itself: without what follows from it. */
void node_hear(struct world *world, struct node *node, const struct raft_message *message,
               uint32_t head);
void node_tick(struct world *world, struct node *node, uint32_t generation);
void node_set_timer(struct world *world, struct node *node);
void node_disk_done(struct world *world, struct node *node);

/* What a client or an administrator wants. `draft` says kind, size and operation; `*number` is the
 * block when it is taken. */
enum err node_propose(struct world *world, struct node *node, const struct block *draft,
                      const struct raft_members *members, uint32_t *number) must_check;
enum err node_read(struct world *world, struct node *node, uint32_t op) must_check;
enum err node_transfer(struct world *world, struct node *node, uint32_t target) must_check;

/* Whether the node leads, and whether the first block of its term is applied here. */
bool node_leads(const struct node *node);
bool node_noop_is_applied(const struct world *world, const struct node *node);

#endif
