#include "front/s13.h"

#include "front/diameter.h"
#include "front/front.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

struct s13_worker {
    struct s13 *s13;
    char name[16];
    struct eir_desk *desk;
    uv_async_t wake;
    struct front *front;
};

/* A ring of requests: freeDiameter's threads put, the workers get. */
struct s13 {
    size_t worker_count;
    struct s13_worker workers[S13_WORKERS_MAX];
    size_t turn; /* the worker that is woken next */
    pthread_mutex_t lock;
    size_t first;
    size_t count;
    size_t room;
    struct ecr *waiting[];
};

/* ---- the queue ---- */

static bool put(struct s13 *s13, struct ecr *ecr, size_t *turn)
{
    pthread_mutex_lock(&s13->lock);
    bool has_room = s13->count < s13->room;
    if (has_room)
        s13->waiting[(s13->first + s13->count++) % s13->room] = ecr;
    *turn = s13->turn++ % s13->worker_count;
    pthread_mutex_unlock(&s13->lock);
    return has_room;
}

static struct ecr *get(struct s13 *s13)
{
    struct ecr *ecr = NULL;
    pthread_mutex_lock(&s13->lock);
    if (s13->count > 0) {
        ecr = s13->waiting[s13->first];
        s13->first = (s13->first + 1) % s13->room;
        s13->count--;
    }
    pthread_mutex_unlock(&s13->lock);
    return ecr;
}

static bool take(void *context, struct ecr *ecr)
{
    struct s13 *s13 = context;
    size_t turn;
    if (!put(s13, ecr, &turn))
        return false;
    uv_async_send(&s13->workers[turn].wake);
    return true;
}

/* ---- a worker ---- */

static void answer(struct eir_desk *desk, struct ecr *ecr)
{
    struct s13_values values;
    struct question question;
    struct s13_fault fault;
    struct decision decision;
    ecr_values(ecr, &values);
    if (!s13_question(&values, &question, &fault))
        ecr_refuse(ecr, &fault);
    else if (!eir_ask(desk, &question, &decision))
        ecr_fail(ecr, ECR_UNABLE_TO_COMPLY);
    else
        ecr_answer(ecr, decision.verdict);
}

static void answer_all(struct s13_worker *worker)
{
    struct ecr *ecr;
    while ((ecr = get(worker->s13)) != NULL)
        answer(worker->desk, ecr);
}

static void on_wake(uv_async_t *handle)
{
    answer_all(handle->data);
}

static enum err worker_open(void *context, uv_loop_t *loop, struct eir_desk *desk)
{
    struct s13_worker *worker = context;
    worker->desk = desk;
    worker->wake.data = worker;
    return uv_async_init(loop, &worker->wake, on_wake) == 0 ? ERR_OK : ERR_MEMORY;
}

static void worker_close(void *context)
{
    struct s13_worker *worker = context;
    answer_all(worker);
    uv_close((uv_handle_t *)&worker->wake, NULL);
}

static enum err worker_start(struct s13 *s13, struct eir *eir)
{
    struct s13_worker *worker = &s13->workers[s13->worker_count];
    worker->s13 = s13;
    snprintf(worker->name, sizeof worker->name, "s13-%u", (unsigned)s13->worker_count % 100 + 1);
    struct front_options options = {
        .name = worker->name,
        .eir = eir,
        .face = FACE_S13,
        .open = worker_open,
        .close = worker_close,
        .context = worker,
    };
    enum err err = front_start(&options, &worker->front);
    s13->worker_count += err == ERR_OK;
    return err;
}

/* ---- the front end ---- */

enum err s13_open(const struct s13_options *options, struct note note, struct eir *eir,
                  struct s13 **out)
{
    *out = NULL;
    size_t room = options->waiting_max;
    struct s13 *s13 = calloc(1, sizeof *s13 + room * sizeof(struct ecr *));
    if (s13 == NULL)
        return ERR_MEMORY;
    s13->room = room;
    pthread_mutex_init(&s13->lock, NULL);
    enum err err = ERR_OK;
    while (err == ERR_OK && s13->worker_count < options->worker_count)
        err = worker_start(s13, eir);
    if (err == ERR_OK)
        err = diameter_start(options, note);
    if (err != ERR_OK) {
        s13_close(s13);
        return err;
    }
    diameter_serve(take, s13);
    *out = s13;
    return ERR_OK;
}

void s13_close(struct s13 *s13)
{
    if (s13 == NULL)
        return;
    diameter_serve(NULL, NULL);
    for (size_t i = 0; i < s13->worker_count; i++)
        front_stop(s13->workers[i].front);
    pthread_mutex_destroy(&s13->lock);
    free(s13);
}

void s13_end(void)
{
    diameter_stop();
}
