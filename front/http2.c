/*
 * HTTP/2 (RFC 9113) by nghttp2: each stream an exchange.
 */
#include "front/http_exchange.h"
#include "front/http_problem.h"
#include "proto/invariant.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>

enum { LINES_MAX = 4 + HTTP_FIELDS_MAX };

static struct http_exchange *exchange_of(nghttp2_session *session, int32_t stream)
{
    return nghttp2_session_get_stream_user_data(session, stream);
}

/* ---- requests ---- */

static int on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    struct http_connection *connection = context;
    connection->block_bytes = 0;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        return 0;
    struct http_exchange *exchange = http_exchange_begin(connection);
    if (exchange == NULL) /* RFC 9113 8.7: nothing was done, so the client may ask again */
        return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                         NGHTTP2_REFUSED_STREAM);
    exchange->stream = frame->hd.stream_id;
    return nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, exchange);
}

/* A byte of HPACK can stand for a field of thousands, each of which is looked at. Who goes far
 * beyond what a head may have is not told 431: the stream is reset, and the rest of the block is
 * unpacked and not looked at. */
static bool is_bomb(struct http_connection *connection, size_t field_size)
{
    connection->block_bytes += field_size;
    return connection->block_bytes > 2 * (HTTP_HEAD_MAX + HTTP_TARGET_MAX);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
                     void *context)
{
    (void)flags;
    if (is_bomb(context, name_size + value_size))
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    struct http_exchange *exchange = exchange_of(session, frame->hd.stream_id);
    if (exchange == NULL || exchange->phase != HTTP_HEAD_COMES)
        return 0; /* refused; or trailers, which mean nothing here */
    struct bytes text = bytes_of(value, value_size);
    if (name_size > 0 && name[0] != ':') {
        http_exchange_field(exchange, bytes_of(name, name_size));
        http_exchange_value(exchange, text);
    } else if (bytes_equal(bytes_of(name, name_size), bytes_of(":path", 5))) {
        http_exchange_target(exchange, text);
    } else if (bytes_equal(bytes_of(name, name_size), bytes_of(":method", 7))) {
        http_exchange_method(exchange, text);
    }
    return 0;
}

static void on_request_frame(nghttp2_session *session, const nghttp2_frame *frame)
{
    struct http_exchange *exchange = exchange_of(session, frame->hd.stream_id);
    if (exchange == NULL)
        return;
    if (exchange->phase == HTTP_HEAD_COMES && !http_exchange_route(exchange, 0))
        http_exchange_refuse(exchange, exchange->refusal);
    if (exchange->phase == HTTP_BODY_COMES && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
        http_exchange_handle(exchange);
}

/* Resets are cheap for a client and dear for a server. */
static int count_reset(nghttp2_session *session, struct http_connection *connection)
{
    struct http_server *server = connection->server;
    if (http_bucket_take(&connection->resets, HTTP_RESETS_BURST, HTTP_RESETS_SECOND,
                         http_server_now_ms(server)))
        return 0;
    if (!connection->is_flooding) {
        connection->is_flooding = true;
        server->counts.floods++;
    }
    return nghttp2_session_terminate_session(session, NGHTTP2_ENHANCE_YOUR_CALM);
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    struct http_connection *connection = context;
    struct http_server *server = connection->server;
    bool is_request = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (is_request)
        on_request_frame(session, frame);
    if (frame->hd.type == NGHTTP2_RST_STREAM)
        return count_reset(session, connection);
    if (frame->hd.type == NGHTTP2_SETTINGS && !connection->is_greeted) {
        connection->is_greeted = true;
        if (connection->exchange_count == 0)
            http_age_start(&server->idle, &connection->age, http_server_now_ms(server));
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data,
                   size_t size, void *context)
{
    (void)flags;
    (void)context;
    struct http_exchange *exchange = exchange_of(session, stream);
    if (exchange == NULL)
        return 0;
    http_exchange_body(exchange, bytes_of(data, size));
    if (exchange->phase == HTTP_BODY_COMES && exchange->refusal != 0)
        http_exchange_refuse(exchange, exchange->refusal);
    return 0;
}

static int on_stream_close(nghttp2_session *session, int32_t stream, uint32_t code, void *context)
{
    (void)code;
    (void)context;
    struct http_exchange *exchange = exchange_of(session, stream);
    if (exchange != NULL)
        http_exchange_end(exchange);
    return 0;
}

/* RFC 9113 8.1: who was answered need not send the rest. */
static int stop_request(nghttp2_session *session, int32_t stream)
{
    if (nghttp2_session_get_stream_remote_close(session, stream) != 0)
        return 0;
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream, NGHTTP2_NO_ERROR);
}

static int on_sent(nghttp2_session *session, const nghttp2_frame *frame, void *context)
{
    bool is_answer = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (is_answer && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
        return stop_request(session, frame->hd.stream_id);
    if (frame->hd.type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code != NGHTTP2_NO_ERROR)
        return count_reset(session, context);
    return 0;
}

static bool receive(struct http_connection *connection, struct bytes input)
{
    nghttp2_session *session = connection->session;
    ssize_t used = nghttp2_session_mem_recv(session, input.data, input.size);
    if (used < 0) /* no HTTP/2, or more of it than is good: said as a last word */
        (void)nghttp2_session_terminate_session(session, used == NGHTTP2_ERR_BAD_CLIENT_MAGIC
                                                             ? NGHTTP2_PROTOCOL_ERROR
                                                             : NGHTTP2_ENHANCE_YOUR_CALM);
    return used >= 0;
}

/* ---- answers ---- */

static nghttp2_nv line_of(const char *name, const char *value)
{
    nghttp2_nv line = {
        .namelen = strlen(name), .valuelen = strlen(value), .flags = NGHTTP2_NV_FLAG_NO_COPY_NAME};
    memcpy(&line.name, &name, sizeof line.name); /* nghttp2's types lack the const */
    memcpy(&line.value, &value, sizeof line.value);
    return line;
}

static ssize_t read_body(nghttp2_session *session, int32_t stream, uint8_t *out, size_t size,
                         uint32_t *flags, nghttp2_data_source *source, void *context)
{
    (void)session;
    (void)stream;
    (void)context;
    struct http_exchange *exchange = source->ptr;
    struct bytes next = http_exchange_take(exchange, size);
    memcpy(out, next.data, next.size);
    if (exchange->sent == exchange->answer.size)
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)next.size;
}

static void answer(struct http_exchange *exchange, const struct http_response *response)
{
    nghttp2_session *session = exchange->connection->session;
    nghttp2_nv lines[LINES_MAX];
    char status[12];
    char number[24];
    size_t count = 0;
    snprintf(status, sizeof status, "%u", response->status);
    snprintf(number, sizeof number, "%zu", exchange->answer.size);
    lines[count++] = line_of(":status", status);
    if (response->content_type != NULL)
        lines[count++] = line_of("content-type", response->content_type);
    if (response->status != 204 && response->status != 304)
        lines[count++] = line_of("content-length", number);
    lines[count++] = line_of("date", http_server_date(exchange->server));
    for (size_t i = 0; i < HTTP_FIELDS_MAX; i++) {
        if (response->fields[i].name == NULL)
            continue;
        lines[count] = line_of(response->fields[i].name, response->fields[i].value);
        lines[count++].flags = NGHTTP2_NV_FLAG_NONE;
    }
    nghttp2_data_provider body = {.source = {.ptr = exchange}, .read_callback = read_body};
    bool has_body = exchange->answer.size > 0 && exchange->request.method != METHOD_HEAD;
    if (nghttp2_submit_response(session, exchange->stream, lines, count, has_body ? &body : NULL) !=
        0)
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, exchange->stream,
                                  NGHTTP2_INTERNAL_ERROR);
}

static bool produce(struct http_connection *connection, struct writer *output)
{
    nghttp2_session *session = connection->session;
    while (output->capacity - output->size >= HTTP_OUTPUT_ROOM) {
        const uint8_t *data;
        ssize_t size = nghttp2_session_mem_send(session, &data);
        if (size < 0)
            return false;
        if (size == 0)
            break;
        writer_bytes(output, data, (size_t)size);
    }
    invariant(writer_ok(output)); /* a frame is not larger than HTTP_OUTPUT_ROOM */
    return nghttp2_session_want_read(session) != 0 || nghttp2_session_want_write(session) != 0;
}

static bool wants_input(const struct http_connection *connection)
{
    return nghttp2_session_want_read(connection->session) != 0;
}

static void abandon(struct http_exchange *exchange)
{
    struct http_connection *connection = exchange->connection;
    (void)nghttp2_submit_rst_stream(connection->session, NGHTTP2_FLAG_NONE, exchange->stream,
                                    NGHTTP2_CANCEL);
    http_age_stop(&exchange->age);
    http_connection_flush(connection);
}

static void bye(struct http_connection *connection)
{
    (void)nghttp2_session_terminate_session(connection->session, NGHTTP2_NO_ERROR);
}

/* ---- life ---- */

/* What all sessions share; made once a server, kept in the process. NULL: no memory. */
static nghttp2_session_callbacks *callbacks_of(void)
{
    nghttp2_session_callbacks *callbacks;
    if (nghttp2_session_callbacks_new(&callbacks) != 0)
        return NULL;
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_stream_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_sent);
    return callbacks;
}

static int new_session(struct http_connection *connection, nghttp2_session **out)
{
    nghttp2_option *option = NULL;
    nghttp2_session_callbacks *callbacks = callbacks_of();
    int result = callbacks != NULL ? nghttp2_option_new(&option) : NGHTTP2_ERR_NOMEM;
    if (result == 0) {
        nghttp2_option_set_stream_reset_rate_limit(option, HTTP_RESETS_BURST, HTTP_RESETS_SECOND);
        nghttp2_option_set_max_outbound_ack(option, 100);
        nghttp2_option_set_no_closed_streams(option, 1);
        result = nghttp2_session_server_new2(out, callbacks, connection, option);
    }
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    return result;
}

static enum err open_session(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    nghttp2_session *session;
    nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, server->options.streams_max},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP_HEAD_MAX + HTTP_TARGET_MAX},
    };
    if (new_session(connection, &session) != 0)
        return ERR_MEMORY;
    connection->session = session;
    if (nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings, 2) != 0)
        return ERR_MEMORY;
    if (connection->is_refused || server->is_closing)
        bye(connection);
    return ERR_OK;
}

static void close_session(struct http_connection *connection)
{
    nghttp2_session_del(connection->session);
    connection->session = NULL;
}

const struct http_protocol http2_protocol = {
    .open = open_session,
    .receive = receive,
    .produce = produce,
    .wants_input = wants_input,
    .answer = answer,
    .abandon = abandon,
    .bye = bye,
    .close = close_session,
};
