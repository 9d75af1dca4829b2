#include "front/http_exchange.h"

#include <stdlib.h>

bool http_bucket_take(struct http_bucket *bucket, uint32_t burst, uint32_t second, uint64_t now_ms)
{
    uint64_t full = (uint64_t)burst * 1000;
    if (bucket->since_ms == 0)
        *bucket = (struct http_bucket){.tokens = full, .since_ms = now_ms};
    uint64_t passed_ms = now_ms - bucket->since_ms;
    bucket->tokens = passed_ms >= full ? full : bucket->tokens + passed_ms * second;
    bucket->tokens = bucket->tokens < full ? bucket->tokens : full;
    bucket->since_ms = now_ms;
    if (bucket->tokens < 1000)
        return false;
    bucket->tokens -= 1000;
    return true;
}

/* ---- the end ---- */

static void on_closed(uv_handle_t *handle)
{
    struct http_connection *connection = (struct http_connection *)handle;
    struct http_server *server = connection->server;
    if (connection->is_refused)
        server->refused--;
    else
        server->counts.connections--;
    http_server_count_connections(server);
    if (connection->next != NULL)
        connection->next->previous = connection->previous;
    if (connection->previous != NULL)
        connection->previous->next = connection->next;
    else
        server->connections = connection->next;
    free(connection->unsent);
    free(connection);
    http_server_release(server);
}

void http_connection_close(struct http_connection *connection)
{
    if (connection->is_closed)
        return;
    connection->is_closed = true;
    while (connection->exchanges != NULL)
        http_exchange_end(connection->exchanges);
    http_age_stop(&connection->age);
    http_age_stop(&connection->writing);
    if (connection->session != NULL)
        connection->protocol->close(connection);
    tls_close(connection->tls);
    uv_close((uv_handle_t *)&connection->tcp, on_closed);
}

static void on_shut(uv_shutdown_t *shutdown, int status)
{
    (void)status; /* the connection lingers until the client closes too */
    (void)shutdown;
}

/* All is sent. What still comes is read and thrown away for a while: a socket that is closed with
 * unread bytes is reset, and the client might lose what it was told (RFC 9112 9.6). */
static void linger(struct http_connection *connection)
{
    if (connection->lingers)
        return;
    connection->lingers = true;
    struct http_server *server = connection->server;
    http_age_start(&server->lingering, &connection->age, http_server_now_ms(server));
    if (uv_shutdown(&connection->shutdown, (uv_stream_t *)&connection->tcp, on_shut) != 0)
        http_connection_close(connection);
}

/* ---- what goes out ---- */

static void on_written(uv_write_t *write, int status)
{
    struct http_connection *connection = write->data;
    free(connection->unsent);
    connection->unsent = NULL;
    http_age_stop(&connection->writing);
    if (connection->is_closed)
        return;
    if (status != 0)
        http_connection_close(connection);
    else
        http_connection_flush(connection);
}

/* At once as far as the socket takes it; the rest is kept. False: the connection is of no use. */
static bool send_bytes(struct http_connection *connection, struct bytes bytes)
{
    struct http_server *server = connection->server;
    uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
    uv_buf_t all = {.len = bytes.size};
    memcpy(&all.base, &bytes.data, sizeof all.base); /* libuv's type lacks the const */
    int sent = uv_try_write(stream, &all, 1);
    if (sent < 0 && sent != UV_EAGAIN)
        return false;
    size_t done = sent > 0 ? (size_t)sent : 0;
    if (done == bytes.size)
        return true;
    uv_buf_t rest = {.len = bytes.size - done};
    connection->unsent = rest.base = malloc(rest.len);
    if (rest.base == NULL)
        return false;
    memcpy(rest.base, bytes.data + done, rest.len);
    connection->write.data = connection;
    http_age_start(&server->writing, &connection->writing, http_server_now_ms(server));
    return uv_write(&connection->write, stream, &rest, 1, on_written) == 0;
}

/* The next bytes for the client, none when there are none. False as above. */
static bool produce(struct http_connection *connection, struct bytes *out)
{
    struct http_server *server = connection->server;
    struct writer writer = writer_over(server->output, sizeof server->output);
    bool is_ready = connection->protocol != NULL && !connection->lingers;
    connection->is_busy = true;
    if (is_ready && !connection->protocol->produce(connection, &writer))
        connection->ends = true;
    connection->is_busy = false;
    *out = writer_view(&writer);
    if (connection->tls == NULL)
        return true;
    if (out->size > 0 && tls_write(connection->tls, *out) != ERR_OK)
        return false;
    if (out->size == 0 && connection->ends && !connection->lingers)
        tls_bye(connection->tls);
    *out = tls_output(connection->tls);
    return true;
}

static bool send_all(struct http_connection *connection)
{
    while (connection->unsent == NULL) {
        struct bytes out;
        if (!produce(connection, &out))
            return false;
        if (out.size == 0)
            return true;
        bool is_sent = send_bytes(connection, out);
        if (connection->tls != NULL)
            tls_output_sent(connection->tls);
        if (!is_sent)
            return false;
    }
    return true;
}

/* ---- what comes in ---- */

/* RFC 9113 3.4: the preface begins with a method that HTTP/1.1 does not have. */
static const uint8_t preface[3] = "PRI";

static bool open_protocol(struct http_connection *connection, const struct http_protocol *protocol)
{
    connection->protocol = protocol;
    return protocol->open(connection) == ERR_OK;
}

/* False: there is no memory. */
static bool choose_protocol(struct http_connection *connection, struct bytes input, bool *is_known)
{
    *is_known = true;
    if (connection->tls != NULL)
        return open_protocol(connection,
                             tls_speaks_h2(connection->tls) ? &http2_protocol : &http1_protocol);
    for (size_t i = 0; i < input.size && connection->greeted + i < sizeof preface; i++) {
        if (input.data[i] != preface[connection->greeted + i])
            return open_protocol(connection, &http1_protocol);
    }
    if (connection->greeted + input.size >= sizeof preface)
        return open_protocol(connection, &http2_protocol);
    connection->greeted += (uint8_t)input.size;
    *is_known = false;
    return true;
}

static void give(struct http_connection *connection, struct bytes input)
{
    connection->is_busy = true;
    if (!connection->ends && !connection->protocol->receive(connection, input))
        connection->ends = true;
    connection->is_busy = false;
}

/* False: there is no memory. */
static bool take(struct http_connection *connection, struct bytes input)
{
    if (connection->protocol == NULL) {
        bool is_known;
        if (!choose_protocol(connection, input, &is_known))
            return false;
        if (!is_known)
            return true;
        if (connection->greeted > 0)
            give(connection, bytes_of(preface, connection->greeted));
    }
    give(connection, input);
    return true;
}

static bool take_cipher(struct http_connection *connection, struct bytes input)
{
    struct http_server *server = connection->server;
    if (tls_feed(connection->tls, input) != ERR_OK)
        return false;
    for (;;) {
        size_t size;
        enum err err = tls_read(connection->tls, server->plain, sizeof server->plain, &size);
        if (err != ERR_OK)
            connection->ends = true; /* with what TLS has to say about it */
        if (err != ERR_OK || size == 0)
            return true;
        if (!take(connection, bytes_of(server->plain, size)))
            return false;
    }
}

static void on_buffer(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    struct http_server *server = ((struct http_connection *)handle)->server;
    (void)wanted;
    *out = uv_buf_init((char *)server->input, sizeof server->input);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct http_connection *connection = (struct http_connection *)stream;
    struct bytes input = bytes_of(buffer->base, size > 0 ? (size_t)size : 0);
    if (size == 0)
        return;
    if (size < 0) {
        http_connection_close(connection);
        return;
    }
    if (connection->lingers)
        return;
    bool is_sound =
        connection->tls != NULL ? take_cipher(connection, input) : take(connection, input);
    if (is_sound)
        http_connection_flush(connection);
    else
        http_connection_close(connection);
}

/* A client that does not read its answers is not read from either. */
static void read_or_not(struct http_connection *connection)
{
    bool wants = connection->lingers || connection->protocol == NULL ||
                 (connection->unsent == NULL && connection->protocol->wants_input(connection));
    uv_stream_t *stream = (uv_stream_t *)&connection->tcp;
    if (wants && !connection->is_reading)
        uv_read_start(stream, on_buffer, on_read);
    if (!wants && connection->is_reading)
        uv_read_stop(stream);
    connection->is_reading = wants;
}

void http_connection_flush(struct http_connection *connection)
{
    if (connection->is_busy || connection->is_closed)
        return;
    if (!send_all(connection)) {
        http_connection_close(connection);
        return;
    }
    if (connection->ends && connection->unsent == NULL)
        linger(connection);
    if (!connection->is_closed)
        read_or_not(connection);
}

void http_connection_bye(struct http_connection *connection)
{
    if (connection->lingers || connection->is_closed)
        return;
    if (connection->session != NULL)
        connection->protocol->bye(connection);
    connection->ends = true;
    http_connection_flush(connection);
}

/* ---- the beginning ---- */

static void forget(uv_handle_t *handle)
{
    struct http_connection *connection = (struct http_connection *)handle;
    struct http_server *server = connection->server;
    free(connection);
    server->handles--;
    http_server_release(server);
}

static bool is_welcome(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    connection->is_refused = server->counts.connections >= server->options.connections_max;
    if (connection->is_refused && server->refused >= HTTP_REFUSED_MAX)
        return false;
    return server->tls == NULL || tls_open(server->tls, &connection->tls) == ERR_OK;
}

void http_connection_accept(struct http_server *server)
{
    struct http_connection *connection = calloc(1, sizeof *connection);
    server->owes_accept = connection == NULL;
    if (connection == NULL)
        return; /* libuv keeps the client, and takes no other one until then */
    connection->server = server;
    http_age_init(&connection->age, connection);
    http_age_init(&connection->writing, connection);
    if (uv_tcp_init(server->loop, &connection->tcp) != 0) {
        server->owes_accept = true;
        free(connection);
        return;
    }
    if (uv_accept((uv_stream_t *)&server->listener, (uv_stream_t *)&connection->tcp) != 0 ||
        !is_welcome(connection)) {
        server->counts.refused++;
        server->handles++;
        uv_close((uv_handle_t *)&connection->tcp, forget);
        return;
    }
    if (connection->is_refused) {
        server->refused++;
        server->counts.refused++;
    } else {
        server->counts.connections++;
        server->counts.accepted++;
    }
    http_server_count_connections(server);
    uv_tcp_nodelay(&connection->tcp, 1);
    connection->next = server->connections;
    if (connection->next != NULL)
        connection->next->previous = connection;
    server->connections = connection;
    http_age_start(&server->greeting, &connection->age, http_server_now_ms(server));
    read_or_not(connection);
}
