#include "node/worker.h"

struct queue_item *worker_take(struct queue_item **items)
{
    struct queue_item *item = *items;
    *items = item->next;
    return item;
}

static void *run(void *context)
{
    struct worker *worker = context;
    enum err err = ERR_OK;
    struct queue_item *items;
    while ((items = queue_wait(&worker->queue)) != NULL) {
        while (items != NULL && err == ERR_OK)
            err = worker->round(worker->context, &items);
        while (items != NULL)
            worker->drop(worker_take(&items));
    }
    if (worker->leave != NULL)
        worker->leave(worker->context);
    return NULL;
}

enum err worker_start(struct worker *worker, size_t weight_max)
{
    queue_init(&worker->queue, weight_max);
    if (pthread_create(&worker->thread, NULL, run, worker) == 0) {
        (void)pthread_setname_np(worker->thread, worker->name);
        return ERR_OK;
    }
    queue_destroy(&worker->queue);
    return ERR_MEMORY;
}

void worker_stop(struct worker *worker)
{
    queue_close(&worker->queue);
    pthread_join(worker->thread, NULL);
}

void worker_destroy(struct worker *worker)
{
    queue_destroy(&worker->queue);
}
