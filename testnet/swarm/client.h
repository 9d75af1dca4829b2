/*
 * client.h: one of many who use the network at once: an operator's or a regulator's system that
 * blocks, lifts and asks, one thing at a time, and does what a sound client does when no answer
 * comes: it sends the same signed bytes again, to another node.
 *
 * Threads: a client belongs to the one that runs it; what they share is not written.
 */
#ifndef TESTNET_SWARM_CLIENT_H
#define TESTNET_SWARM_CLIENT_H

#include "testnet/swarm/scribe.h"

#include <stdatomic.h>

/* What all clients of a run have in common. */
struct swarm {
    const struct places *places;
    struct scribe *scribe;
    uint64_t seed;
    uint32_t client_count;
    uint32_t rate;         /* operations a second, of all clients together */
    uint32_t writes;       /* of a hundred operations */
    uint32_t hot_count;    /* devices over which they meet: most operations are on one of these */
    uint32_t cold_count;   /* and all others */
    uint32_t timeout_ms;   /* for one answer */
    uint32_t attempts_max; /* sendings of one statement */
    uint64_t started_us;
    atomic_bool is_over; /* everybody ends with the operation under way */
};

/* The monotonic clock of a history. */
uint64_t swarm_now_us(void);

struct client;

/* ERR_MEMORY, ERR_NETWORK (a node's address is none). */
enum err client_open(const struct swarm *swarm, uint32_t number, struct client **out,
                     struct complaint *complaint) must_check;

/* The highest height that any node tells now; 0 when none answers. */
uint64_t client_height(struct client *client);

/* Works until the swarm is over. */
void client_run(struct client *client);

void client_close(struct client *client); /* takes some time; NULL is allowed */

#endif
