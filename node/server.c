#include "node/server.h"

#include "node/answer.h"
#include "node/clock.h"
#include "node/log.h"
#include "node/mail.h"
#include "node/worker.h"
#include "proto/invariant.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <stdatomic.h>
#include <stdlib.h>

/* How often server_tend() looks. */
#define TEND_MS 500

/* A context of the REP socket: receives one request, sends its answer, receives the next. */
struct server_call {
    struct queue_item item; /* while it waits for the server's thread */
    struct server *server;
    nng_ctx context;
    nng_aio *aio;
    nng_msg *request;
    atomic_uint pipe;         /* the connection that it came by */
    atomic_ullong sending_ms; /* since when its answer goes out; 0: it does not */
    bool is_with_loop;        /* counted in the server's `waiting` */
    bool waits;
    bool is_fresh; /* the loop has seen to it that its answer misses nothing */
    uint32_t timeout_ms;
};

struct server {
    struct server_options options;
    nng_socket socket;
    struct worker worker;
    struct answerer *answerer;
    bool has_worker;
    bool is_working;
    atomic_int connections;
    atomic_int waiting; /* calls that the loop answers */
    uint64_t tended_ms;
    size_t call_count;
    struct server_call calls[SERVER_CALLS_MAX];
    struct request parsed;               /* of the call under way on the server's thread */
    uint8_t response[RESPONSE_SIZE_MAX]; /* likewise */
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
    if (queue_put_always(&call->server->worker.queue, &call->item) != ERR_OK) {
        nng_msg_free(call->request);
        call->request = NULL;
    }
}

static void forget_request(struct server_call *call)
{
    if (call->request != NULL)
        nng_msg_free(call->request);
    call->request = NULL;
}

/* The loop has nothing to do with it any more. */
static void take_back(struct server_call *call)
{
    if (call->is_with_loop)
        atomic_fetch_sub(&call->server->waiting, 1);
    call->is_with_loop = false;
}

/* Sends the answer; NNG takes over the message. */
static void answer(struct server_call *call, struct bytes response)
{
    nng_msg *message;
    forget_request(call);
    take_back(call);
    call->is_fresh = false;
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

static void answer_error(struct server_call *call, enum err err)
{
    uint8_t buffer[64];
    struct writer writer = writer_over(buffer, sizeof buffer);
    answer_write_error(&writer, err);
    answer(call, writer_view(&writer));
}

void server_answer_tx(struct server_call *call, enum err err, const struct tx_answer *tx)
{
    uint8_t buffer[512];
    struct writer writer = writer_over(buffer, sizeof buffer);
    if (err != ERR_OK) {
        answer_error(call, err);
        return;
    }
    struct ledger_position position = ledger_position(call->server->options.ledger);
    struct facts_row facts = facts_get(call->server->options.facts);
    answer_write_tx(&writer, &position, &facts, tx);
    invariant(writer_ok(&writer)); /* no encoded transaction in it */
    answer(call, writer_view(&writer));
}

void server_answer_read(struct server_call *call, enum err err)
{
    if (err != ERR_OK) {
        answer_error(call, err);
        return;
    }
    take_back(call);
    call->is_fresh = true;
    if (queue_put_always(&call->server->worker.queue, &call->item) != ERR_OK)
        answer_error(call, ERR_SHUTTING_DOWN);
}

bool server_call_waits(const struct server_call *call)
{
    return call->waits;
}

uint32_t server_call_timeout_ms(const struct server_call *call)
{
    return call->timeout_ms;
}

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

/* ---- on the server's thread ---- */

/* From here on the loop answers the call, unless posting fails. ERR_BUSY when too many wait. */
static enum err give_to_loop(struct server_call *call)
{
    call->is_with_loop = true;
    return atomic_fetch_add(&call->server->waiting, 1) < SERVER_WAITING_MAX ? ERR_OK : ERR_BUSY;
}

static enum err post(struct server_call *call, struct mail *mail)
{
    enum err err = queue_put_below(call->server->options.mail, &mail->item, MAIL_BULK_BYTES_MAX);
    if (err != ERR_OK)
        mail_free(mail);
    return err;
}

static enum err post_submit(struct server_call *call, const struct request *request)
{
    struct tx_ref *tx;
    enum err err = tx_ref_make(request->encoded, &tx);
    if (err != ERR_OK)
        return err == ERR_MEMORY ? ERR_BUSY : err;
    struct mail_submit *mail = malloc(sizeof *mail);
    if (mail == NULL) {
        tx_ref_drop(tx);
        return ERR_BUSY;
    }
    *mail = (struct mail_submit){
        .mail = {.item = {.weight = sizeof *mail + request->encoded.size}, .kind = MAIL_SUBMIT},
        .call = call,
        .tx = tx,
    };
    call->waits = request->wait_committed;
    call->timeout_ms = request->timeout_ms;
    forget_request(call); /* `tx` has a copy */
    return post(call, &mail->mail);
}

static enum err post_ask(struct server_call *call, const struct request *request)
{
    struct mail_ask *mail = malloc(sizeof *mail);
    if (mail == NULL)
        return ERR_BUSY;
    *mail = (struct mail_ask){
        .mail = {.item = {.weight = sizeof *mail}, .kind = MAIL_ASK},
        .call = call,
        .id = request->id,
    };
    return post(call, &mail->mail);
}

static enum err post_read(struct server_call *call, const struct request *request)
{
    struct mail_read *mail = malloc(sizeof *mail);
    if (mail == NULL)
        return ERR_BUSY;
    *mail = (struct mail_read){
        .mail = {.item = {.weight = sizeof *mail}, .kind = MAIL_READ},
        .call = call,
    };
    call->timeout_ms = request->fresh_ms;
    return post(call, &mail->mail);
}

static enum err hand_over(struct server_call *call, const struct request *request)
{
    enum err err = give_to_loop(call);
    if (err != ERR_OK)
        return err;
    if (request->fresh_ms > 0)
        return post_read(call, request);
    return request->kind == REQUEST_SUBMIT ? post_submit(call, request) : post_ask(call, request);
}

static void handle(struct server *server, struct server_call *call)
{
    struct request *request = &server->parsed;
    struct bytes input = bytes_of(nng_msg_body(call->request), nng_msg_len(call->request));
    struct writer writer = writer_over(server->response, sizeof server->response);
    enum err err = request_parse(input, request);
    /* No answer is better than one from a ledger of which it has nothing yet. */
    if (err == ERR_OK && request->kind != REQUEST_STATUS &&
        facts_get(server->options.facts).takes_state) {
        answer_error(call, ERR_NO_STATE);
        return;
    }
    bool is_local = request->kind != REQUEST_SUBMIT && (request->fresh_ms == 0 || call->is_fresh);
    if (err == ERR_OK && is_local && answer_write(server->answerer, request, &writer)) {
        answer(call, writer_view(&writer));
        return;
    }
    if (err == ERR_OK)
        err = hand_over(call, request);
    if (err != ERR_OK)
        answer_error(call, err);
}

static enum err work(void *context, struct queue_item **items)
{
    handle(context, (struct server_call *)worker_take(items));
    return ERR_OK;
}

static void drop(struct queue_item *item)
{
    answer_error((struct server_call *)item, ERR_SHUTTING_DOWN);
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
        if (nng_aio_alloc(&call->aio, progress, call) != 0)
            return ERR_MEMORY;
        server->call_count = i + 1;
        if (nng_ctx_open(&call->context, server->socket) != 0)
            return ERR_MEMORY;
    }
    return ERR_OK;
}

static enum err listen_on(struct server *server)
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
    result = nng_listen(server->socket, server->options.address, NULL, 0);
    if (result != 0) {
        log_event(LOG_ERROR, "clients", "address=\"%s\" why=\"%s\" do=\"%s\"",
                  server->options.address, nng_strerror(result),
                  "free the address, or set another 'clients'");
        return ERR_NETWORK;
    }
    return ERR_OK;
}

enum err server_open(const struct server_options *options, struct server **out)
{
    *out = NULL;
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return ERR_MEMORY;
    server->options = *options;
    enum err err = answerer_open(options->ledger, options->disk, options->facts, &server->answerer);
    if (err == ERR_OK)
        err = listen_on(server);
    if (err == ERR_OK) {
        server->worker = (struct worker){.round = work, .drop = drop, .context = server};
        err = worker_start(&server->worker, SIZE_MAX);
    }
    if (err != ERR_OK) {
        server_close(server);
        server_free(server);
        return err;
    }
    server->has_worker = server->is_working = true;
    for (size_t i = 0; i < server->call_count; i++)
        receive(&server->calls[i]);
    *out = server;
    return ERR_OK;
}

void server_close(struct server *server)
{
    if (server == NULL)
        return;
    if (server->is_working)
        worker_stop(&server->worker);
    server->is_working = false;
}

/* First all that is under way, then the socket with its contexts. */
void server_free(struct server *server)
{
    if (server == NULL)
        return;
    for (size_t i = 0; i < server->call_count; i++) {
        nng_aio_stop(server->calls[i].aio);
        nng_aio_free(server->calls[i].aio);
        forget_request(&server->calls[i]);
    }
    if (server->socket.id != 0)
        nng_close(server->socket);
    if (server->has_worker)
        worker_destroy(&server->worker);
    answerer_close(server->answerer);
    free(server);
}
