/*
 * pool.h: transactions that a leader has admitted: waiting for a block, or in one that is not yet
 * applied. A transaction is in it once, whoever sent it.
 *
 * Belongs to the loop's thread. A node that loses its leadership clears its pool: what is not in
 * the log by then is sent again by the nodes whose clients wait for it.
 */
#ifndef NODE_POOL_H
#define NODE_POOL_H

#include "node/id_map.h"
#include "node/tx_ref.h"
#include "proto/block.h"

struct pool_entry {
    struct id_entry entry;
    struct pool_entry *next; /* in order of admission, while waiting */
    struct tx_ref *tx;
    uint64_t admitted_ms;
    bool is_awaited; /* pool_await() */
    bool is_in_block;
};

struct pool {
    struct id_map map;
    struct pool_entry *first; /* waiting */
    struct pool_entry **last;
    struct pool_entry *rest; /* of those that wait, the first that pool_fill() had no room for */
    size_t waiting_bytes;
    size_t bytes; /* waiting and in blocks */
    size_t bytes_max;
};

enum err pool_open(struct pool *pool, size_t bytes_max) must_check;
void pool_close(struct pool *pool);
void pool_clear(struct pool *pool);

/* Takes a count of the transaction. ERR_OK also when it is there already; ERR_BUSY, ERR_MEMORY. */
enum err pool_add(struct pool *pool, struct tx_ref *tx, uint64_t now_ms) must_check;

/* Another node waits for it. False: it is not there. */
bool pool_await(struct pool *pool, const struct hash *id);

/* A driver_fill: puts as many waiting transactions into the block as fit. They wait as before until
 * pool_filled() says, right after it, that the block was taken. */
bool pool_fill(void *context, struct block_build *build);
void pool_filled(struct pool *pool);

/* The block that holds it is applied. */
void pool_applied(struct pool *pool, const struct hash *id);

/* When the oldest waiting one was admitted; UINT64_MAX when none waits. */
uint64_t pool_oldest_ms(const struct pool *pool);
/* True when neither the pool nor a block under way holds anything. */
bool pool_is_empty(const struct pool *pool);

#endif
