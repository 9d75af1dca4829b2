#include "cli/connection.h"

#include "proto/limits.h"

#include <nng/nng.h>
#include <nng/protocol/reqrep0/req.h>
#include <nng/supplemental/tls/tls.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

/* The node says by itself that time is up; only a silent one is given up from here. */
enum { GRACE_MS = 2000 };

/* Closing takes less than a millisecond, or for ever: NNG 1.5.2 waits for a read that was begun
 * after the other side died, and none of its time-outs ends it (docs/decisions/0002-links.md). */
enum { CLOSE_S = 1 };

struct slot {
    nng_ctx context;
    nng_aio *aio;
    nng_msg *answer;
};

struct connection {
    nng_socket socket;
    nng_dialer dialer;
    uint32_t timeout_ms;
    bool in_background;
    atomic_ullong made;  /* links; */
    atomic_ullong lost;  /* and those of them that are no more */
    unsigned slot_count; /* that are open */
    struct slot slots[CONNECTION_SLOTS];
};

/* In words of the table, and the library's own for the person. */
static enum err err_of(int number)
{
    switch (number) {
    case 0: return ERR_OK;
    case NNG_ENOMEM: return ERR_MEMORY;
    case NNG_ETIMEDOUT: return ERR_TIMEOUT;
    case NNG_EINVAL:
    case NNG_EADDRINVAL:
    case NNG_ENOTSUP: return ERR_NETWORK;
    default: return ERR_UNREACHABLE;
    }
}

static enum err failed(struct complaint *complaint, int number)
{
    (void)complain(complaint, 0, "%s", nng_strerror(number));
    return err_of(number);
}

/* Why nobody was reached at an address that can be written so. */
static enum err unreached(struct complaint *complaint, int number)
{
    switch (number) {
    case NNG_EADDRINVAL:
        (void)complain(complaint, 0, "there is no such host, or no such port");
        return ERR_UNREACHABLE;
    case NNG_EPROTO:
    case NNG_ECONNSHUT:
        (void)complain(complaint, 0,
                       "who listens there is not a node's address for clients, or hung up");
        return ERR_UNREACHABLE;
    default: return failed(complaint, number);
    }
}

static int tls_configure(nng_dialer dialer, const char *host, const char *ca_file)
{
    nng_tls_config *config;
    int number = nng_tls_config_alloc(&config, NNG_TLS_MODE_CLIENT);
    if (number != 0)
        return number;
    number = nng_tls_config_version(config, NNG_TLS_1_2, NNG_TLS_1_3);
    if (number == 0)
        number = nng_tls_config_server_name(config, host);
    if (number == 0)
        number = nng_tls_config_ca_file(config, ca_file);
    if (number == 0)
        number = nng_tls_config_auth_mode(config, NNG_TLS_AUTH_MODE_REQUIRED);
    if (number == 0)
        number = nng_dialer_set_ptr(dialer, NNG_OPT_TLS_CONFIG, config);
    nng_tls_config_free(config);
    return number;
}

/* With --ca for TLS; without TLS it is of no use. */
static enum err set_trust(struct connection *connection, const nng_url *url, const char *ca_file,
                          struct complaint *complaint)
{
    if (strncmp(url->u_scheme, "tls+tcp", 7) != 0)
        return ERR_OK;
    if (ca_file == NULL)
        return complain(complaint, 0, "a tls+tcp address needs --ca");
    int number = tls_configure(connection->dialer, url->u_hostname, ca_file);
    if (number == 0)
        return ERR_OK;
    return complain(complaint, 0, "--ca %s: %s", ca_file, nng_strerror(number));
}

static enum err make_dialer(struct connection *connection, const struct connection_options *options,
                            struct complaint *complaint)
{
    nng_url *url;
    if (nng_url_parse(&url, options->address) != 0)
        return failed(complaint, NNG_EADDRINVAL);
    int number = nng_dialer_create(&connection->dialer, connection->socket, options->address);
    enum err err = number != 0 ? failed(complaint, number)
                               : set_trust(connection, url, options->ca_file, complaint);
    nng_url_free(url);
    return err;
}

/* Whether the thread ends within that time; it is joined then. */
static bool ends_in_time(pthread_t thread, uint32_t seconds)
{
    struct timespec deadline;
    clock_gettime(CLOCK_REALTIME, &deadline);
    deadline.tv_sec += seconds;
    return pthread_timedjoin_np(thread, NULL, &deadline) == 0;
}

struct dial {
    nng_dialer dialer;
    int number;
};

static void *dial(void *context)
{
    struct dial *dial = context;
    dial->number = nng_dialer_start(dial->dialer, 0);
    return NULL;
}

/* A blocking dial says at once when nobody listens, and waits for minutes when nobody answers: so
 * it has a thread of its own, and closing the dialer ends it. */
static enum err dial_in_time(struct connection *connection, struct complaint *complaint)
{
    struct dial job = {.dialer = connection->dialer};
    pthread_t thread;
    if (pthread_create(&thread, NULL, dial, &job) != 0)
        return failed(complaint, NNG_ENOMEM);
    if (!ends_in_time(thread, connection->timeout_ms / 1000)) {
        nng_dialer_close(connection->dialer);
        pthread_join(thread, NULL);
        return failed(complaint, NNG_ETIMEDOUT);
    }
    return job.number != 0 ? unreached(complaint, job.number) : ERR_OK;
}

static enum err dial_in_background(struct connection *connection, struct complaint *complaint)
{
    int number = nng_dialer_start(connection->dialer, NNG_FLAG_NONBLOCK);
    return number != 0 ? failed(complaint, number) : ERR_OK;
}

/* On a thread of NNG's: a link comes, before anything is sent by it, or has gone. */
static void count_link(nng_pipe pipe, nng_pipe_ev event, void *context)
{
    struct connection *connection = context;
    (void)pipe;
    atomic_fetch_add(event == NNG_PIPE_EV_ADD_PRE ? &connection->made : &connection->lost, 1);
}

static int count_links(struct connection *connection)
{
    int number = nng_pipe_notify(connection->socket, NNG_PIPE_EV_ADD_PRE, count_link, connection);
    if (number != 0)
        return number;
    return nng_pipe_notify(connection->socket, NNG_PIPE_EV_REM_POST, count_link, connection);
}

uint64_t connection_links(const struct connection *connection)
{
    return atomic_load(&connection->made);
}

static int open_slots(struct connection *connection)
{
    for (unsigned i = 0; i < CONNECTION_SLOTS; i++) {
        struct slot *slot = &connection->slots[i];
        int number = nng_ctx_open(&slot->context, connection->socket);
        if (number != 0)
            return number;
        number = nng_aio_alloc(&slot->aio, NULL, NULL);
        if (number != 0) {
            nng_ctx_close(slot->context);
            return number;
        }
        connection->slot_count++;
    }
    return 0;
}

enum err connection_open(const struct connection_options *options, struct connection **out,
                         struct complaint *complaint)
{
    *out = NULL;
    struct connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL)
        return failed(complaint, NNG_ENOMEM);
    connection->timeout_ms = options->timeout_ms;
    connection->in_background = options->in_background;
    int number = nng_req0_open(&connection->socket);
    if (number != 0) {
        free(connection);
        return failed(complaint, number);
    }
    number = nng_socket_set_size(connection->socket, NNG_OPT_RECVMAXSZ, RESPONSE_SIZE_MAX);
    if (number == 0)
        number = count_links(connection);
    if (number == 0)
        number = open_slots(connection);
    enum err err =
        number != 0 ? failed(complaint, number) : make_dialer(connection, options, complaint);
    if (err == ERR_OK)
        err = options->in_background ? dial_in_background(connection, complaint)
                                     : dial_in_time(connection, complaint);
    if (err != ERR_OK) {
        connection_close(connection);
        return err;
    }
    *out = connection;
    return ERR_OK;
}

static void *close_all(void *context)
{
    struct connection *connection = context;
    for (unsigned i = 0; i < connection->slot_count; i++) {
        struct slot *slot = &connection->slots[i];
        nng_aio_stop(slot->aio);
        nng_msg_free(nng_aio_result(slot->aio) == 0 ? nng_aio_get_msg(slot->aio) : NULL);
        nng_msg_free(slot->answer);
        nng_ctx_close(slot->context);
        nng_aio_free(slot->aio);
    }
    nng_close(connection->socket);
    free(connection);
    return NULL;
}

/* What does not end is left to the end of the process. */
void connection_close(struct connection *connection)
{
    pthread_t thread;
    if (connection == NULL || pthread_create(&thread, NULL, close_all, connection) != 0)
        return;
    if (!ends_in_time(thread, CLOSE_S))
        (void)pthread_detach(thread);
}

enum err connection_send(struct connection *connection, unsigned slot_index, struct bytes request)
{
    struct slot *slot = &connection->slots[slot_index];
    nng_msg *message;
    if (connection->in_background &&
        atomic_load(&connection->made) == atomic_load(&connection->lost))
        return ERR_UNREACHABLE;
    if (nng_msg_alloc(&message, 0) != 0)
        return ERR_MEMORY;
    if (nng_msg_append(message, request.data, request.size) != 0) {
        nng_msg_free(message);
        return ERR_MEMORY;
    }
    nng_aio_set_timeout(slot->aio, (nng_duration)(connection->timeout_ms + GRACE_MS));
    nng_aio_set_msg(slot->aio, message);
    nng_ctx_send(slot->context, slot->aio);
    nng_aio_wait(slot->aio);
    if (nng_aio_result(slot->aio) != 0) {
        nng_msg_free(nng_aio_get_msg(slot->aio));
        nng_aio_set_msg(slot->aio, NULL);
        return err_of(nng_aio_result(slot->aio));
    }
    nng_aio_set_msg(slot->aio, NULL);
    nng_ctx_recv(slot->context, slot->aio);
    return ERR_OK;
}

enum err connection_receive(struct connection *connection, unsigned slot_index,
                            struct bytes *response)
{
    struct slot *slot = &connection->slots[slot_index];
    *response = bytes_of(NULL, 0);
    nng_aio_wait(slot->aio);
    enum err err = err_of(nng_aio_result(slot->aio));
    if (err != ERR_OK)
        return err;
    nng_msg_free(slot->answer);
    slot->answer = nng_aio_get_msg(slot->aio);
    nng_aio_set_msg(slot->aio, NULL);
    *response = bytes_of(nng_msg_body(slot->answer), nng_msg_len(slot->answer));
    return ERR_OK;
}
