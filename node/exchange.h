/*
 * exchange.h: blocks that go between nodes beside Raft: what this node pulls when it is far behind,
 * and what it gives to others that are.
 *
 * Joins the puller and the shipper with the driver, the links and the clock. Belongs to the loop's
 * thread.
 */
#ifndef NODE_EXCHANGE_H
#define NODE_EXCHANGE_H

#include "node/driver.h"

#include <uv.h>

struct exchange;

struct exchange_options {
    uv_loop_t *loop;
    uint32_t node; /* this one */
    struct disk *disk;
    struct driver *driver;
    struct links *links;
    void (*fail)(void *context, enum err err, const char *what);
    void *context;
};

/* ERR_MEMORY. */
enum err exchange_open(const struct exchange_options *options, struct exchange **out) must_check;
/* Takes nothing more. */
void exchange_stop(struct exchange *exchange);
/* Nothing is read for a peer any more. */
bool exchange_is_idle(const struct exchange *exchange);
/* Idle. NULL is allowed. */
void exchange_close(struct exchange *exchange);

/* Our connection for short frames to a peer came or went. */
void exchange_link(struct exchange *exchange, uint32_t peer, bool is_up);

/* An ANCHOR_WANTED, ANCHOR, BLOCKS_WANTED or BLOCKS frame of a peer; any other is dropped. */
void exchange_receive(struct exchange *exchange, uint32_t from, struct bytes frame);

/* After every batch of events, and at exchange_deadline_ms() at the latest: does what is due. */
void exchange_go_on(struct exchange *exchange);
uint64_t exchange_deadline_ms(const struct exchange *exchange);

#endif
