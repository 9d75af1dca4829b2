/*
 * server.h: a node's socket for clients: NNG's REP, several requests at a time. What it answers is
 * the test's.
 */
#ifndef TESTS_UNIT_CLI_SERVER_H
#define TESTS_UNIT_CLI_SERVER_H

#include "proto/client.h"
#include "tests/unit/cli/fixture.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

enum { SERVER_THREADS = 4 };

/* Writes the whole response, head and body. Called by several threads. */
typedef void server_handler(void *context, const struct request *request, struct writer *writer);

/* A context of the socket, and who answers what it receives. */
struct server_seat {
    struct server *server;
    pthread_t thread;
    nng_ctx context;
    nng_aio *aio;
    atomic_bool is_receiving;
};

struct server {
    nng_socket socket;
    struct server_seat seats[SERVER_THREADS];
    server_handler *handler;
    void *context;
    atomic_bool is_stopping;
    char address[PATH_MAX];
};

static inline void server_answer(const struct server *server, nng_msg *message, nng_aio *aio,
                                 nng_ctx context)
{
    struct request *request = malloc(sizeof *request);
    uint8_t *buffer = malloc(RESPONSE_SIZE_MAX);
    ck_assert(request != NULL && buffer != NULL);
    struct bytes input = bytes_of(nng_msg_body(message), nng_msg_len(message));
    ck_assert_int_eq(request_parse(input, request), ERR_OK);
    struct writer writer = writer_over(buffer, RESPONSE_SIZE_MAX);
    server->handler(server->context, request, &writer);
    ck_assert_int_eq(writer.err, ERR_OK);
    nng_msg_clear(message);
    ck_assert_int_eq(nng_msg_append(message, buffer, writer.size), 0);
    free(buffer);
    free(request);
    nng_aio_set_msg(aio, message);
    nng_ctx_send(context, aio);
    nng_aio_wait(aio);
    if (nng_aio_result(aio) != 0)
        nng_msg_free(message);
}

static inline void *server_thread(void *argument)
{
    struct server_seat *seat = argument;
    while (!seat->server->is_stopping) {
        nng_ctx_recv(seat->context, seat->aio);
        seat->is_receiving = true;
        nng_aio_wait(seat->aio);
        seat->is_receiving = false;
        if (nng_aio_result(seat->aio) == 0)
            server_answer(seat->server, nng_aio_get_msg(seat->aio), seat->aio, seat->context);
    }
    return NULL;
}

/* The server stays where it is until server_stop(). */
static inline void server_start(struct server *server, const char *address, server_handler *handler,
                                void *context)
{
    server->handler = handler;
    server->context = context;
    server->is_stopping = false;
    snprintf(server->address, sizeof server->address, "%s", address);
    ck_assert_int_eq(nng_rep0_open(&server->socket), 0);
    ck_assert_int_eq(nng_socket_set_size(server->socket, NNG_OPT_RECVMAXSZ, REQUEST_SIZE_MAX), 0);
    ck_assert_int_eq(nng_listen(server->socket, address, NULL, 0), 0);
    for (int i = 0; i < SERVER_THREADS; i++) {
        struct server_seat *seat = &server->seats[i];
        *seat = (struct server_seat){.server = server};
        ck_assert_int_eq(nng_ctx_open(&seat->context, server->socket), 0);
        ck_assert_int_eq(nng_aio_alloc(&seat->aio, NULL, NULL), 0);
        ck_assert_int_eq(pthread_create(&seat->thread, NULL, server_thread, seat), 0);
    }
}

static inline void *server_close(void *argument)
{
    nng_close(((struct server *)argument)->socket);
    return NULL;
}

static inline struct timespec server_in_ms(long milliseconds)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    time.tv_nsec += milliseconds * 1000000;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

/* Cancels its wait for a request, however often it takes: one that had not begun is not cancelled.
 * NNG 1.5.2's own time-outs are not used: they may cancel what an aio has begun since. */
static inline void server_end_seat(struct server_seat *seat)
{
    struct timespec deadline;
    do {
        if (seat->is_receiving)
            nng_aio_cancel(seat->aio);
        deadline = server_in_ms(1);
    } while (pthread_timedjoin_np(seat->thread, NULL, &deadline) != 0);
    nng_aio_free(seat->aio);
    nng_ctx_close(seat->context);
}

/* The threads end before the socket does: NNG 1.5.2 panics when a context is used meanwhile.
 * Closing begins with the listener, and may never end when a client was killed (cli/connection.c).
 */
static inline void server_stop(struct server *server)
{
    server->is_stopping = true;
    for (int i = 0; i < SERVER_THREADS; i++)
        server_end_seat(&server->seats[i]);
    pthread_t thread;
    struct timespec deadline = server_in_ms(1000);
    ck_assert_int_eq(pthread_create(&thread, NULL, server_close, server), 0);
    if (pthread_timedjoin_np(thread, NULL, &deadline) != 0)
        pthread_detach(thread);
}

/* "ipc:///tmp/imei-cli-…/node.ipc" */
static inline const char *server_address(const struct scratch *scratch)
{
    static char address[PATH_MAX];
    snprintf(address, sizeof address, "ipc://%s/node.ipc", scratch->path);
    return address;
}

#endif
