#include "node/queue.h"

#include "proto/invariant.h"

void queue_init(struct queue *queue, size_t weight_max)
{
    *queue = (struct queue){.weight_max = weight_max, .last = &queue->first};
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->filled, NULL);
}

void queue_on_put(struct queue *queue, void (*wake)(void *context), void *context)
{
    queue->wake = wake;
    queue->wake_context = context;
}

void queue_destroy(struct queue *queue)
{
    invariant(queue->first == NULL);
    pthread_cond_destroy(&queue->filled);
    pthread_mutex_destroy(&queue->mutex);
}

static enum err put(struct queue *queue, struct queue_item *item, size_t weight_max)
{
    enum err err = ERR_OK;
    item->next = NULL;
    pthread_mutex_lock(&queue->mutex);
    if (queue->is_closed) {
        err = ERR_SHUTTING_DOWN;
    } else if (queue->first != NULL &&
               (queue->weight >= weight_max || weight_max - queue->weight < item->weight)) {
        err = ERR_BUSY;
    } else {
        *queue->last = item;
        queue->last = &item->next;
        queue->weight += item->weight;
        pthread_cond_signal(&queue->filled);
    }
    pthread_mutex_unlock(&queue->mutex);
    if (err == ERR_OK && queue->wake != NULL)
        queue->wake(queue->wake_context);
    return err;
}

enum err queue_put(struct queue *queue, struct queue_item *item)
{
    return put(queue, item, queue->weight_max);
}

enum err queue_put_below(struct queue *queue, struct queue_item *item, size_t weight_max)
{
    return put(queue, item, weight_max);
}

enum err queue_put_always(struct queue *queue, struct queue_item *item)
{
    return put(queue, item, SIZE_MAX);
}

static struct queue_item *take(struct queue *queue)
{
    struct queue_item *items = queue->first;
    queue->first = NULL;
    queue->last = &queue->first;
    queue->weight = 0;
    return items;
}

struct queue_item *queue_take(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    struct queue_item *items = take(queue);
    pthread_mutex_unlock(&queue->mutex);
    return items;
}

struct queue_item *queue_wait(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    while (queue->first == NULL && !queue->is_closed)
        pthread_cond_wait(&queue->filled, &queue->mutex);
    struct queue_item *items = take(queue);
    pthread_mutex_unlock(&queue->mutex);
    return items;
}

void queue_close(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    queue->is_closed = true;
    pthread_cond_broadcast(&queue->filled);
    pthread_mutex_unlock(&queue->mutex);
}

size_t queue_weight(struct queue *queue)
{
    pthread_mutex_lock(&queue->mutex);
    size_t weight = queue->weight;
    pthread_mutex_unlock(&queue->mutex);
    return weight;
}
