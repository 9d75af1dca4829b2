#include "node/server.h"

#include "node/clock.h"
#include "node/log.h"

#include <netinet/in.h>
#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* How often server_tend() looks. */
#define TEND_MS 500

/* A context of the REP socket: receives one request, sends its answer, receives the next. */
struct server_call {
    struct call call;
    struct server *server;
    nng_ctx context;
    nng_aio *aio;
    nng_msg *request;
    atomic_uint pipe;         /* the connection that it came by */
    atomic_ullong sending_ms; /* since when its answer goes out; 0: it does not */
};

struct server {
    struct clerk *clerk;
    nng_socket socket;
    atomic_int connections;
    uint64_t tended_ms;
    size_t call_count;
    struct server_call calls[SERVER_CALLS_MAX];
};

static void receive(struct server_call *call)
{
    atomic_store(&call->sending_ms, 0);
    nng_ctx_recv(call->context, call->aio);
}

/* On a thread of NNG's: a request has come in, or an answer has gone out. */
static void progress(void *argument)
{
    struct server_call *call = argument;
    int result = nng_aio_result(call->aio);
    bool is_sending = atomic_load(&call->sending_ms) != 0;
    if (result != 0 && is_sending)
        nng_msg_free(nng_aio_get_msg(call->aio)); /* the client has gone, or does not read */
    if (result == NNG_ECLOSED || result == NNG_ECANCELED)
        return;
    if (result != 0 || is_sending) {
        receive(call);
        return;
    }
    call->request = nng_aio_get_msg(call->aio);
    atomic_store(&call->pipe, (unsigned)nng_msg_get_pipe(call->request).id);
    call->call.request = bytes_of(nng_msg_body(call->request), nng_msg_len(call->request));
    clerk_take(call->server->clerk, &call->call);
}

/* ---- as a way of calls ---- */

static void forget(struct call *base)
{
    struct server_call *call = (struct server_call *)base;
    nng_msg_free(call->request);
    call->request = NULL;
}

/* NNG takes over the message. */
static void answer(struct call *base, struct bytes response)
{
    struct server_call *call = (struct server_call *)base;
    nng_msg *message;
    if (nng_msg_alloc(&message, 0) != 0 ||
        nng_msg_append(message, response.data, response.size) != 0) {
        log_event(LOG_ERROR, "unanswered", "why=%s", err_name(ERR_MEMORY));
        receive(call); /* the client asks again */
        return;
    }
    atomic_store(&call->sending_ms, clock_monotonic_ms());
    nng_aio_set_msg(call->aio, message);
    nng_ctx_send(call->context, call->aio);
}

/* Loopback, or a socket in the file system. */
static bool is_local(const struct call *base)
{
    const struct server_call *call = (const struct server_call *)base;
    nng_pipe pipe = {.id = atomic_load(&call->pipe)};
    nng_sockaddr address;
    if (nng_pipe_get_addr(pipe, NNG_OPT_REMADDR, &address) != 0)
        return false;
    if (address.s_family == NNG_AF_IPC)
        return true;
    if (address.s_family == NNG_AF_INET)
        return ntohl(address.s_in.sa_addr) >> 24 == 127;
    return address.s_family == NNG_AF_INET6 &&
           memcmp(address.s_in6.sa_addr, &in6addr_loopback, sizeof in6addr_loopback) == 0;
}

static const struct call_way way = {
    .face = FACE_CLIENT, .forget = forget, .answer = answer, .is_local = is_local};

/* The pipe is read first: when the call has gone on to another one meanwhile, it is not sending for
 * long. NNG's own time-outs are not used: they may look at a context that is freed meanwhile. */
void server_tend(struct server *server)
{
    uint64_t now_ms = clock_monotonic_ms();
    if (now_ms < server->tended_ms + TEND_MS)
        return;
    server->tended_ms = now_ms;
    for (size_t i = 0; i < server->call_count; i++) {
        struct server_call *call = &server->calls[i];
        nng_pipe pipe = {.id = atomic_load(&call->pipe)};
        uint64_t sending_ms = atomic_load(&call->sending_ms);
        if (sending_ms != 0 && now_ms > sending_ms && now_ms - sending_ms >= SERVER_SEND_MS)
            nng_pipe_close(pipe);
    }
}

/* ---- life ---- */

/* On a thread of NNG's: a connection comes, or has gone. */
static void count_connection(nng_pipe pipe, nng_pipe_ev event, void *context)
{
    struct server *server = context;
    if (event == NNG_PIPE_EV_REM_POST)
        atomic_fetch_sub(&server->connections, 1);
    else if (atomic_fetch_add(&server->connections, 1) >= SERVER_CONNECTIONS_MAX)
        nng_pipe_close(pipe);
}

static enum err open_calls(struct server *server)
{
    for (size_t i = 0; i < SERVER_CALLS_MAX; i++) {
        struct server_call *call = &server->calls[i];
        call->server = server;
        call->call.way = &way;
        if (nng_aio_alloc(&call->aio, progress, call) != 0)
            return ERR_MEMORY;
        server->call_count = i + 1;
        if (nng_ctx_open(&call->context, server->socket) != 0)
            return ERR_MEMORY;
    }
    return ERR_OK;
}

static enum err listen_on(struct server *server, const char *address)
{
    int result = nng_rep0_open(&server->socket);
    if (result != 0)
        return ERR_MEMORY;
    nng_socket_set_size(server->socket, NNG_OPT_RECVMAXSZ, REQUEST_SIZE_MAX);
    nng_socket_set_bool(server->socket, NNG_OPT_TCP_KEEPALIVE, true);
    nng_pipe_notify(server->socket, NNG_PIPE_EV_ADD_PRE, count_connection, server);
    nng_pipe_notify(server->socket, NNG_PIPE_EV_REM_POST, count_connection, server);
    enum err err = open_calls(server);
    if (err != ERR_OK)
        return err;
    result = nng_listen(server->socket, address, NULL, 0);
    if (result != 0) {
        log_event(LOG_ERROR, "clients", "address=\"%s\" why=\"%s\" do=\"%s\"", address,
                  nng_strerror(result), "free the address, or set another 'clients'");
        return ERR_NETWORK;
    }
    return ERR_OK;
}

enum err server_open(const char *address, struct clerk *clerk, struct server **out)
{
    *out = NULL;
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return ERR_MEMORY;
    server->clerk = clerk;
    enum err err = listen_on(server, address);
    if (err != ERR_OK) {
        server_close(server);
        return err;
    }
    for (size_t i = 0; i < server->call_count; i++)
        receive(&server->calls[i]);
    *out = server;
    return ERR_OK;
}

/* First all that is under way, then the socket with its contexts. */
void server_close(struct server *server)
{
    if (server == NULL)
        return;
    for (size_t i = 0; i < server->call_count; i++) {
        nng_aio_stop(server->calls[i].aio);
        nng_aio_free(server->calls[i].aio);
        if (server->calls[i].request != NULL)
            nng_msg_free(server->calls[i].request);
    }
    if (server->socket.id != 0)
        nng_close(server->socket);
    free(server);
}
