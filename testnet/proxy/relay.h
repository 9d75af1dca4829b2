/*
 * relay.h: one link of the table: it listens for the caller, and carries its connections to the
 * called one, as far away as their paths say.
 *
 * While a path is cut, a call is taken and then not answered (the kernel takes it), and what was
 * connected is half-open: neither end hears of the other's end. A call that the called one refuses
 * is refused after a round trip.
 *
 * Memory: all ways together hold RELAY_HELD_MAX bytes, and beyond it each way at most
 * RELAY_HELD_ALWAYS and one read; each link has at most RELAY_CONNECTIONS_MAX connections, for one
 * more the oldest goes.
 *
 * Threads: the loop's.
 */
#ifndef PROXY_RELAY_H
#define PROXY_RELAY_H

#include "testnet/proxy/path.h"
#include "testnet/proxy/table.h"

#include <uv.h>

#define RELAY_CONNECTIONS_MAX 16
#define RELAY_READ_SIZE       (16 * 1024)
#define RELAY_HELD_MAX        (256 * 1024 * 1024)
#define RELAY_HELD_ALWAYS     (64 * 1024)

/* Taken from a way, and not by the socket yet: beyond it the rest stays in the way. */
#define RELAY_WRITING_MAX (256 * 1024)

struct relay;

/* Monotonic. */
uint64_t relay_now_us(void);

/* Both paths last longer than the relay; so does `held`, which all relays share, 0 at first.
 * ERR_NETWORK when it cannot listen; ERR_MEMORY. */
enum err relay_open(uv_loop_t *loop, const struct table_link *link, struct path *path,
                    struct path *back, uint64_t *held, struct relay **out) must_check;

/* Ends its connections; it is freed by the loop. NULL is allowed. */
void relay_close(struct relay *relay);

bool relay_is_of(const struct relay *relay, const struct table_link *link, const struct path *path);

#endif
