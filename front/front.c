#include "front/front.h"

#include "proto/invariant.h"

#include <pthread.h>
#include <stdlib.h>

struct front {
    struct front_options options;
    uv_loop_t loop;
    uv_async_t stop;
    uv_sem_t opened;
    struct eir_desk *desk;
    pthread_t thread;
    enum err err; /* of `open` */
};

static void on_stop(uv_async_t *handle)
{
    struct front *front = handle->data;
    front->options.close(front->options.context);
    uv_close((uv_handle_t *)handle, NULL);
}

static enum err open_all(struct front *front)
{
    enum err err = eir_desk_open(front->options.eir, front->options.face, &front->desk);
    if (err != ERR_OK)
        return err;
    front->stop.data = front;
    if (uv_async_init(&front->loop, &front->stop, on_stop) != 0)
        return ERR_MEMORY;
    err = front->options.open(front->options.context, &front->loop, front->desk);
    if (err != ERR_OK)
        uv_close((uv_handle_t *)&front->stop, NULL);
    return err;
}

static void *run(void *context)
{
    struct front *front = context;
    front->err = open_all(front);
    uv_sem_post(&front->opened);
    uv_run(&front->loop, UV_RUN_DEFAULT);
    eir_desk_close(front->desk);
    return NULL;
}

static void release(struct front *front)
{
    invariant(uv_loop_close(&front->loop) == 0);
    uv_sem_destroy(&front->opened);
    free(front);
}

enum err front_start(const struct front_options *options, struct front **out)
{
    *out = NULL;
    struct front *front = calloc(1, sizeof *front);
    if (front == NULL)
        return ERR_MEMORY;
    front->options = *options;
    if (uv_loop_init(&front->loop) != 0) {
        free(front);
        return ERR_MEMORY;
    }
    if (uv_sem_init(&front->opened, 0) != 0 ||
        pthread_create(&front->thread, NULL, run, front) != 0) {
        (void)uv_loop_close(&front->loop);
        free(front);
        return ERR_MEMORY;
    }
    (void)pthread_setname_np(front->thread, options->name);
    uv_sem_wait(&front->opened);
    if (front->err != ERR_OK) {
        enum err err = front->err;
        pthread_join(front->thread, NULL);
        release(front);
        return err;
    }
    *out = front;
    return ERR_OK;
}

void front_stop(struct front *front)
{
    if (front == NULL)
        return;
    uv_async_send(&front->stop);
    pthread_join(front->thread, NULL);
    release(front);
}
