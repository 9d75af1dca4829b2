/*
 * way.h: one direction of one connection: bytes go in, and come out later, in order.
 *
 * A chunk arrives when its path says so, and never before the one in front of it: TCP does not
 * reorder. What goes wrong on the path is told as TCP tells it:
 *
 *   - a lost packet with three more of its chunk behind it comes one round trip later (fast
 *     retransmit, RFC 5681 section 3.2), otherwise one retransmission time-out later (RFC 6298);
 *     what is sent again may be lost again, after twice the time-out;
 *   - what would arrive while the path is cut is lost, and tried again a time-out later, then after
 *     twice as long, and so on up to PATH_TIMEOUT_MAX_US. So after a cut is healed bytes come with
 *     the next try, and the ends learn of nothing meanwhile: their connection is half-open;
 *   - while only the other direction is cut, nothing is acknowledged: WAY_WINDOW bytes go through,
 *     then the way is held as if it were cut.
 *
 * Not told: slow start and the congestion window. A connection has the whole rate at once, and
 * keeps it after a loss.
 *
 * The sender is to wait while way_is_full(): so a way holds at most WAY_FULL bytes and one chunk,
 * and no path has more than PATH_QUEUE_US and one chunk for every connection waiting for its rate.
 *
 * Time as in path.h. Threads: one.
 */
#ifndef PROXY_WAY_H
#define PROXY_WAY_H

#include "testnet/proxy/path.h"

/* Bytes under way. 4 MiB in 125 ms are more than 250 Mbit/s; Linux gives a socket as much. */
#define WAY_FULL (4 * 1024 * 1024)

/* Bytes that a sender whose acknowledgements are cut off still gets through: what it may have in
 * flight. */
#define WAY_WINDOW (64 * 1024)

#define WAY_NEVER UINT64_MAX

/* Bytes that arrive at once; without any, the end of the stream. */
struct chunk {
    struct chunk *next;
    uint64_t due_us; /* and not before the chunk in front of it */
    size_t size;
    uint8_t data[];
};

struct way {
    struct path *path;
    const struct path *back;
    struct chunk *first;
    struct chunk *last;
    size_t size;         /* of all chunks */
    uint64_t retry_us;   /* the first chunk was lost at the cut, and comes then; 0: it was not */
    uint64_t timeout_us; /* the one that led to retry_us */
    size_t unanswered;   /* bytes through while the other direction is cut */
};

void way_init(struct way *way, struct path *path, const struct path *back);
void way_destroy(struct way *way);

bool way_is_full(const struct way *way, uint64_t now_us);

/* Of a full way: when the path's queue has room, if nothing else comes; otherwise way_take() makes
 * it. */
uint64_t way_room_us(const struct way *way);

/* Sends a copy; no bytes are the end, after which nothing is sent. ERR_MEMORY. */
enum err way_send(struct way *way, struct bytes bytes, uint64_t now_us) must_check;

/* When way_take() is to be asked next; WAY_NEVER: when something was sent. */
uint64_t way_next_us(const struct way *way);

/* The next chunk that has arrived by now, which the caller frees; NULL. */
struct chunk *way_take(struct way *way, uint64_t now_us);

#endif
