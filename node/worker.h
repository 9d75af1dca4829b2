/*
 * worker.h: a thread that works off a queue in rounds, and stops working at the first error.
 */
#ifndef NODE_WORKER_H
#define NODE_WORKER_H

#include "node/queue.h"

struct worker {
    pthread_t thread;
    const char *name; /* at most 15 bytes, for who looks at the process */
    struct queue queue;
    /* Takes one or more items off the list and is done with them. After an error it is not called
     * again. */
    enum err (*round)(void *context, struct queue_item **items);
    /* Frees an item that nothing will be done with. */
    void (*drop)(struct queue_item *item);
    void (*leave)(void *context); /* on the thread, at its end; may be NULL */
    void *context;
};

/* The caller has set name, round, drop and context. ERR_MEMORY. */
enum err worker_start(struct worker *worker, size_t weight_max) must_check;
/* Takes nothing more, finishes what is queued, ends the thread. What others put afterwards is
 * refused, until worker_destroy(), when nobody may put any more. */
void worker_stop(struct worker *worker);
void worker_destroy(struct worker *worker);

/* The first item of a list, taken off it. */
struct queue_item *worker_take(struct queue_item **items);

#endif
