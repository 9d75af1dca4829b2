/*
 * queue.h: a bounded queue between threads: many put, one takes.
 *
 * Items are intrusive: an item's struct begins with a `struct queue_item`, so that putting one
 * allocates nothing and cannot fail but for the bound. Who takes may wait in queue_wait(), or be
 * woken by a callback (a libuv loop: uv_async_send).
 */
#ifndef NODE_QUEUE_H
#define NODE_QUEUE_H

#include "proto/bytes.h"
#include "proto/err.h"

#include <pthread.h>

struct queue_item {
    struct queue_item *next;
    size_t weight; /* bytes that count against the bound */
};

struct queue {
    pthread_mutex_t mutex;
    pthread_cond_t filled;
    struct queue_item *first;
    struct queue_item **last;
    size_t weight;
    size_t weight_max;
    bool is_closed;
    void (*wake)(void *context); /* after a put; may be NULL */
    void *wake_context;
};

void queue_init(struct queue *queue, size_t weight_max);
/* Before any other thread knows the queue. */
void queue_on_put(struct queue *queue, void (*wake)(void *context), void *context);
void queue_destroy(struct queue *queue); /* must be empty */

/* ERR_BUSY when the bound would be passed (an item always fits an empty queue), ERR_SHUTTING_DOWN
 * when closed: the item stays the caller's. */
enum err queue_put(struct queue *queue, struct queue_item *item) must_check;
/* As queue_put() with a bound below the queue's own: leaves room for what matters more. */
enum err queue_put_below(struct queue *queue, struct queue_item *item,
                         size_t weight_max) must_check;
/* Puts past the bound: for messages that answer something bounded. ERR_SHUTTING_DOWN only. */
enum err queue_put_always(struct queue *queue, struct queue_item *item) must_check;

/* Takes all items in order, as a list; NULL when there are none. */
struct queue_item *queue_take(struct queue *queue);
/* As queue_take(), but waits for one; NULL once the queue is closed and empty. */
struct queue_item *queue_wait(struct queue *queue);

/* Nothing more can be put; what is in it can still be taken. */
void queue_close(struct queue *queue);

size_t queue_weight(struct queue *queue);

#endif
