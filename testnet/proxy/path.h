/*
 * path.h: the way from one node to another: what all bytes of theirs in that direction share.
 *
 * Packets of PATH_PACKET_SIZE bytes leave one after the other at the path's rate, take its delay
 * and jitter, and may be lost. What TCP makes of a loss is in way.h.
 *
 * Time is a monotonic number of microseconds that the caller has, never less than before. The
 * random numbers follow from the seed and the order of the calls. Threads: one.
 */
#ifndef PROXY_PATH_H
#define PROXY_PATH_H

#include "testnet/proxy/distance.h"

#define PATH_PACKET_SIZE 1448 /* bytes of TCP in 1500 of Ethernet, with time stamps */

/* TCP sends again after the round trip and four times its spread, which Linux takes as at least
 * 200 ms (TCP_RTO_MIN); twice as long each time, up to TCP_RTO_MAX. */
#define PATH_SPREAD_US      UINT64_C(200000)
#define PATH_TIMEOUT_MAX_US UINT64_C(120000000)

/* What waits to leave: a router's queue. Beyond it senders wait. */
#define PATH_QUEUE_US UINT64_C(200000)

struct path {
    struct distance distance;
    bool is_cut;
    struct flap flap;      /* by command; without one the distance's counts */
    uint64_t flap_from_us; /* when the periods began */
    uint64_t free_us;      /* the last packet has left */
    uint64_t random;
    /* For a person, since the start. */
    uint64_t bytes;       /* that have arrived */
    uint64_t waiting;     /* that are on their way, or held */
    uint64_t lost;        /* packets */
    unsigned connections; /* that the one it leads from has opened */
};

/* How far the path leads; what is on its way comes as it would have. The distance's flapping
 * begins with an open part. */
void path_set_distance(struct path *path, const struct distance *distance, uint64_t now_us);

/* By command: from now on, beginning with an open part. A period of 0: as the distance says. */
void path_set_flap(struct path *path, const struct flap *flap, uint64_t now_us);

bool path_is_open(const struct path *path, uint64_t now_us);

/* When bytes that leave now arrive, if nothing is lost. Takes the path's rate for them. */
uint64_t path_send(struct path *path, size_t size, uint64_t now_us);

/* Packets at the end of so many that are sent once and of which the first is lost; 0: none is. */
uint64_t path_lose(struct path *path, uint64_t packets);

/* The round trip of the two directions, without jitter. */
uint64_t path_round_trip(const struct path *path, const struct path *back);

#endif
