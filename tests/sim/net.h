/*
 * net.h: the links between the nodes of a world: one for each direction, with delay, bandwidth,
 * loss, duplication, reordering and cuts.
 */
#ifndef TESTS_SIM_NET_H
#define TESTS_SIM_NET_H

#include "consensus/raft.h"
#include "tests/sim/random.h"

#define NODES_MAX   16
#define PACKETS_MAX 16384

struct world;
struct node;

struct packet {
    struct raft_message message;
    uint64_t order; /* on its link */
    uint32_t head;  /* the last block that an APPEND carries */
    uint8_t from;   /* slots */
    uint8_t to;
};

enum link_state {
    LINK_OPEN,
    LINK_CLOSED, /* takes no more; what is under way arrives */
    LINK_CUT,    /* what is under way is lost too */
};

/* Votes, heartbeats and acknowledgements do not wait behind blocks (consensus/links.h). */
enum channel { CHANNEL_CONTROL, CHANNEL_BULK, CHANNEL_COUNT };

struct link {
    enum link_state state;
    bool flaps;
    uint32_t far;                       /* how many times the delay of a near one */
    uint64_t free_at_us;                /* when the bulk channel has sent what it has */
    uint64_t arrives_us[CHANNEL_COUNT]; /* the latest arrival so far */
    uint64_t sent;
    uint64_t received; /* the highest order that has arrived */
};

struct net {
    uint32_t free_count;
    uint32_t free_packets[PACKETS_MAX];
    struct packet packets[PACKETS_MAX];
    struct link link[NODES_MAX][NODES_MAX]; /* from, to */
};

void net_reset(struct net *net, struct random *random, uint32_t far_max);

/* Sends to the slot, which is present. */
void net_send(struct world *world, const struct node *from, const struct node *to,
              const struct raft_message *message, uint32_t head);

/* Takes a packet that arrives off the net; false when it is lost on the way. */
bool net_arrive(struct world *world, uint32_t number, struct packet *out);

void net_set(struct world *world, uint8_t from, uint8_t to, enum link_state state);
/* All links from (`out`) and to (`in`) a node. */
void net_isolate(struct world *world, uint8_t slot, bool in, bool out, enum link_state state);
void net_heal(struct world *world);
/* What is under way arrives when it would have; nothing new waits for it. */
void net_overtake(struct world *world);

#endif
