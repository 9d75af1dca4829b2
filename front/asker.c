#include "front/asker.h"

#include "proto/invariant.h"

#include <pthread.h>
#include <stdlib.h>

/* Bytes of a request besides its IMEIs and its transaction, and of an IMEI. */
enum { REQUEST_HEAD_MAX = 256, REQUEST_IMEI_MAX = 9 };

struct errand {
    struct asker *asker;
    struct errand *next; /* among those answered */
    void (*done)(void *context);
    void *context;
    bool is_dropped;  /* the loop's: nobody waits for it */
    bool is_answered; /* the loop's: `done` was called */
    uint8_t *request;
    size_t request_size;
    uint8_t *response; /* NULL: there was no memory for it */
    size_t response_size;
};

/* Shared by the loop and by whoever answers: it lives until the last errand is answered. */
struct asker {
    struct asker_port port;
    uv_async_t wake;
    size_t under_way; /* the loop's: not taken from the list of those answered */
    pthread_mutex_t mutex;
    struct errand *answered;
    struct errand **last;
    bool is_closed;
    size_t holders; /* the loop, and each errand that the node has */
};

static void errand_free(struct errand *errand)
{
    free(errand->request);
    free(errand->response);
    free(errand);
}

/* With the mutex held, which it gives back. */
static void release(struct asker *asker)
{
    bool is_last = --asker->holders == 0;
    pthread_mutex_unlock(&asker->mutex);
    if (!is_last)
        return;
    pthread_mutex_destroy(&asker->mutex);
    free(asker);
}

/* ---- the node's side ---- */

struct bytes errand_request(const struct errand *errand)
{
    return bytes_of(errand->request, errand->request_size);
}

void errand_forget(struct errand *errand)
{
    free(errand->request);
    errand->request = NULL;
    errand->request_size = 0;
}

void errand_answer(struct errand *errand, struct bytes response)
{
    struct asker *asker = errand->asker;
    errand->response = malloc(response.size);
    if (errand->response != NULL) {
        memcpy(errand->response, response.data, response.size);
        errand->response_size = response.size;
    }
    pthread_mutex_lock(&asker->mutex);
    if (asker->is_closed) {
        errand_free(errand);
    } else {
        errand->next = NULL;
        *asker->last = errand;
        asker->last = &errand->next;
        uv_async_send(&asker->wake);
    }
    release(asker);
}

/* ---- the loop's side ---- */

static struct errand *take_answered(struct asker *asker)
{
    pthread_mutex_lock(&asker->mutex);
    struct errand *errands = asker->answered;
    asker->answered = NULL;
    asker->last = &asker->answered;
    pthread_mutex_unlock(&asker->mutex);
    return errands;
}

static void on_wake(uv_async_t *handle)
{
    struct asker *asker = handle->data;
    struct errand *errands = take_answered(asker);
    while (errands != NULL) {
        struct errand *errand = errands;
        errands = errand->next;
        errand->is_answered = true;
        asker->under_way--;
        if (errand->is_dropped)
            errand_free(errand);
        else
            errand->done(errand->context);
    }
}

enum err asker_open(uv_loop_t *loop, const struct asker_port *port, struct asker **out)
{
    *out = NULL;
    struct asker *asker = calloc(1, sizeof *asker);
    if (asker == NULL)
        return ERR_MEMORY;
    asker->port = *port;
    asker->last = &asker->answered;
    asker->holders = 1;
    asker->wake.data = asker;
    if (uv_async_init(loop, &asker->wake, on_wake) != 0) {
        free(asker);
        return ERR_MEMORY;
    }
    pthread_mutex_init(&asker->mutex, NULL);
    *out = asker;
    return ERR_OK;
}

static void on_closed(uv_handle_t *handle)
{
    struct asker *asker = handle->data;
    pthread_mutex_lock(&asker->mutex);
    release(asker);
}

void asker_close(struct asker *asker)
{
    if (asker == NULL)
        return;
    pthread_mutex_lock(&asker->mutex);
    asker->is_closed = true; /* nothing is put in the list any more, and nobody woken */
    pthread_mutex_unlock(&asker->mutex);
    struct errand *errands = take_answered(asker);
    while (errands != NULL) {
        struct errand *errand = errands;
        errands = errand->next;
        errand_free(errand);
    }
    uv_close((uv_handle_t *)&asker->wake, on_closed);
}

static struct errand *errand_of(struct asker *asker, const struct request *request)
{
    size_t size = REQUEST_HEAD_MAX + request->imei_count * REQUEST_IMEI_MAX + request->encoded.size;
    struct errand *errand = calloc(1, sizeof *errand);
    uint8_t *buffer = malloc(size);
    if (errand == NULL || buffer == NULL) {
        free(errand);
        free(buffer);
        return NULL;
    }
    struct writer writer = writer_over(buffer, size);
    request_write(&writer, request);
    invariant(writer_ok(&writer));
    errand->asker = asker;
    errand->request = buffer;
    errand->request_size = writer.size;
    return errand;
}

enum err asker_ask(struct asker *asker, const struct request *request, void (*done)(void *context),
                   void *context, struct errand **out)
{
    *out = NULL;
    if (asker->under_way >= ASKER_ERRANDS_MAX)
        return ERR_BUSY;
    struct errand *errand = errand_of(asker, request);
    if (errand == NULL)
        return ERR_MEMORY;
    errand->done = done;
    errand->context = context;
    asker->under_way++;
    pthread_mutex_lock(&asker->mutex);
    asker->holders++;
    pthread_mutex_unlock(&asker->mutex);
    *out = errand;
    asker->port.take(asker->port.context, errand);
    return ERR_OK;
}

struct bytes errand_response(const struct errand *errand)
{
    return bytes_of(errand->response, errand->response_size);
}

void errand_drop(struct errand *errand)
{
    if (errand == NULL)
        return;
    if (errand->is_answered)
        errand_free(errand);
    else
        errand->is_dropped = true;
}
