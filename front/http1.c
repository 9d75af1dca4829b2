/*
 * HTTP/1.1 (RFC 9112) by http-parser: one request at a time, also when the client sends several;
 * the rest waits here, and nothing more is read meanwhile.
 */
#include "front/http_exchange.h"
#include "front/http_problem.h"
#include "proto/invariant.h"

#include <http_parser.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEAD_SIZE_MAX = 1536, NAME_SIZE_KEPT = 24 };

struct http1 {
    http_parser parser;
    struct http_connection *connection;
    struct http_exchange *exchange; /* under way */
    uint8_t *rest;                  /* bytes after it */
    size_t rest_size, rest_at;
    uint8_t name[NAME_SIZE_KEPT]; /* of the field that comes, in lower case */
    size_t name_size;             /* also of what is not kept */
    bool name_comes;
    bool has_host;
    bool expects;        /* 100-continue */
    bool has_ended_line; /* the parser has just gone past what should be the end of one */
    uint8_t before;      /* the byte before the input */
    bool is_last;        /* the connection ends after the answer */
    bool is_answered;
    size_t interim;           /* bytes of "100 Continue" to be sent */
    char head[HEAD_SIZE_MAX]; /* of the answer */
    size_t head_size, head_sent;
};

static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

/* ---- requests ---- */

static int on_begin(http_parser *parser)
{
    struct http1 *http = parser->data;
    http->name_size = 0;
    http->name_comes = http->has_host = http->expects = false;
    http->exchange = http_exchange_begin(http->connection);
    return http->exchange == NULL ? -1 : 0;
}

static int on_url(http_parser *parser, const char *at, size_t size)
{
    struct http1 *http = parser->data;
    http_exchange_target(http->exchange, bytes_of(at, size));
    return 0;
}

static int on_name(http_parser *parser, const char *at, size_t size)
{
    struct http1 *http = parser->data;
    if (memchr(at, ' ', size) != NULL)
        return -1; /* RFC 9112 5.1: others read another field; http-parser lets it pass */
    if (!http->name_comes)
        http->name_size = 0;
    http->name_comes = true;
    for (size_t i = 0; i < size && http->name_size + i < NAME_SIZE_KEPT; i++) {
        bool is_upper = at[i] >= 'A' && at[i] <= 'Z';
        http->name[http->name_size + i] = (uint8_t)(is_upper ? at[i] + ('a' - 'A') : at[i]);
    }
    http->name_size += size;
    return 0;
}

static bool is_name(const struct http1 *http, const char *name)
{
    size_t size = strlen(name);
    return http->name_size == size && memcmp(http->name, name, size) == 0;
}

static void end_name(struct http1 *http)
{
    if (!http->name_comes)
        return;
    http->name_comes = false;
    bool is_cut = http->name_size > NAME_SIZE_KEPT; /* no field that is kept, but it counts */
    http_exchange_field(http->exchange,
                        bytes_of(http->name, is_cut ? NAME_SIZE_KEPT : http->name_size));
    if (is_cut)
        http_exchange_value(http->exchange, bytes_of(NULL, http->name_size - NAME_SIZE_KEPT));
    if (is_name(http, "host")) {
        if (http->has_host && http->exchange->refusal == 0)
            http->exchange->refusal = 400; /* RFC 9112 3.2 */
        http->has_host = true;
    }
    http->expects = http->expects || is_name(http, "expect");
}

static int on_value(http_parser *parser, const char *at, size_t size)
{
    struct http1 *http = parser->data;
    if (memchr(at, '\0', size) != NULL)
        return -1; /* RFC 9110 5.5 */
    end_name(http);
    http_exchange_value(http->exchange, bytes_of(at, size));
    return 0;
}

static int on_head(http_parser *parser)
{
    struct http1 *http = parser->data;
    struct http_exchange *exchange = http->exchange;
    end_name(http);
    const char *method = http_method_str((enum http_method)parser->method);
    http_exchange_method(exchange, bytes_of(method, strlen(method)));
    bool is_new = parser->http_minor > 0;
    if ((parser->http_major != 1 || (is_new && !http->has_host)) && exchange->refusal == 0)
        exchange->refusal = 400; /* RFC 9112 3.2 */
    bool has_length = parser->content_length != UINT64_MAX;
    bool is_chunked = (parser->flags & F_CHUNKED) != 0;
    bool has_body = is_chunked || (has_length && parser->content_length > 0);
    http->is_last = http_should_keep_alive(parser) == 0;
    bool is_sound = http_exchange_route(exchange, has_length ? parser->content_length : 0);
    if (parser->upgrade != 0) /* CONNECT, or a protocol that is not spoken here */
        http->is_last = true;
    if (!is_sound && has_body) {
        http->is_last = true; /* before the body: it does not come */
        http_exchange_refuse(exchange, exchange->refusal);
        http_parser_pause(parser, 1);
    } else if (has_body && http->expects && is_new) {
        http->interim = sizeof go_on - 1;
    }
    return 0;
}

static int on_body(http_parser *parser, const char *at, size_t size)
{
    struct http1 *http = parser->data;
    http_exchange_body(http->exchange, bytes_of(at, size));
    if (http->exchange->refusal == 0)
        return 0;
    http->is_last = true;
    http_exchange_refuse(http->exchange, http->exchange->refusal);
    http_parser_pause(parser, 1);
    return 0;
}

/* http-parser takes any two bytes for the end of a chunk, and any byte behind a CR for that of its
 * size (RFC 9112 7.1): it pauses there, so that parse() can look. */
static int on_chunk_line(http_parser *parser)
{
    struct http1 *http = parser->data;
    http->has_ended_line = true;
    http_parser_pause(parser, 1);
    return 0;
}

static int on_chunk_end(http_parser *parser)
{
    bool is_last_chunk = (parser->flags & F_TRAILING) != 0; /* whose end is that of the trailers */
    return is_last_chunk ? 0 : on_chunk_line(parser);
}

static int on_complete(http_parser *parser)
{
    struct http1 *http = parser->data;
    http_parser_pause(parser, 1);
    http_exchange_handle(http->exchange);
    return 0;
}

static const http_parser_settings settings = {
    .on_message_begin = on_begin,
    .on_url = on_url,
    .on_header_field = on_name,
    .on_header_value = on_value,
    .on_headers_complete = on_head,
    .on_body = on_body,
    .on_message_complete = on_complete,
    .on_chunk_header = on_chunk_line,
    .on_chunk_complete = on_chunk_end,
};

/* What is no HTTP gets an answer, and no second one. False: there is nobody to answer. */
static bool refuse_bytes(struct http1 *http)
{
    http->is_last = true;
    if (http->exchange == NULL)
        http->exchange = http_exchange_begin(http->connection);
    if (http->exchange == NULL)
        return false;
    bool is_large = HTTP_PARSER_ERRNO(&http->parser) == HPE_HEADER_OVERFLOW;
    if (http->exchange->phase == HTTP_HEAD_COMES || http->exchange->phase == HTTP_BODY_COMES)
        http_exchange_refuse(http->exchange, is_large ? 431 : 400);
    return true;
}

static bool is_line_end(const struct http1 *http, struct bytes taken)
{
    uint8_t first = taken.size > 1 ? taken.data[taken.size - 2] : http->before;
    return taken.size > 0 && first == '\r' && taken.data[taken.size - 1] == '\n';
}

/* Parses up to the end of a request; `used` are the bytes of it. */
static bool parse(struct http1 *http, struct bytes input, size_t *used)
{
    bool is_sound = true;
    *used = 0;
    do {
        http->has_ended_line = false;
        *used += http_parser_execute(&http->parser, &settings, (const char *)input.data + *used,
                                     input.size - *used);
        if (!http->has_ended_line)
            break;
        http_parser_pause(&http->parser, 0);
        is_sound = is_line_end(http, bytes_of(input.data, *used));
    } while (is_sound && *used < input.size);
    enum http_errno error = HTTP_PARSER_ERRNO(&http->parser);
    is_sound = is_sound && (error == HPE_OK || error == HPE_PAUSED);
    if (*used > 0 && *used <= input.size)
        http->before = input.data[*used - 1];
    if (is_sound)
        return true;
    *used = input.size;
    return refuse_bytes(http);
}

static bool keep(struct http1 *http, struct bytes input)
{
    if (input.size == 0)
        return true;
    size_t left = http->rest_size - http->rest_at;
    uint8_t *rest = malloc(left + input.size);
    if (rest == NULL)
        return false;
    if (left > 0)
        memcpy(rest, http->rest + http->rest_at, left);
    memcpy(rest + left, input.data, input.size);
    free(http->rest);
    http->rest = rest;
    http->rest_at = 0;
    http->rest_size = left + input.size;
    return true;
}

static bool is_between(const struct http1 *http)
{
    return http->exchange == NULL || http->exchange->phase < HTTP_HELD;
}

static bool receive(struct http_connection *connection, struct bytes input)
{
    struct http1 *http = connection->session;
    size_t used = 0;
    if (http->is_last && !is_between(http))
        return true;
    if (is_between(http) && !parse(http, input, &used))
        return false;
    return keep(http, bytes_of(input.data + used, input.size - used));
}

/* ---- answers ---- */

/* Into the head; what does not fit is an answer that this program never makes. */
static void put_line(struct http1 *http, const char *name, const char *value)
{
    int size = snprintf(http->head + http->head_size, sizeof http->head - http->head_size,
                        "%s: %s\r\n", name, value);
    invariant(size > 0 && (size_t)size < sizeof http->head - http->head_size);
    http->head_size += (size_t)size;
}

static void answer(struct http_exchange *exchange, const struct http_response *response)
{
    struct http1 *http = exchange->connection->session;
    char number[24];
    http->is_last = http->is_last || exchange->connection->is_refused ||
                    exchange->server->is_closing || response->status == 408;
    http->head_size = (size_t)snprintf(http->head, sizeof http->head, "HTTP/1.1 %u %s\r\n",
                                       response->status, http_reason(response->status));
    if (response->content_type != NULL)
        put_line(http, "content-type", response->content_type);
    if (response->status != 204 && response->status != 304) {
        snprintf(number, sizeof number, "%zu", exchange->answer.size);
        put_line(http, "content-length", number);
    }
    put_line(http, "date", http_server_date(exchange->server));
    for (size_t i = 0; i < HTTP_FIELDS_MAX; i++) {
        if (response->fields[i].name != NULL)
            put_line(http, response->fields[i].name, response->fields[i].value);
    }
    if (http->is_last)
        put_line(http, "connection", "close");
    http->head[http->head_size++] = '\r'; /* put_line() has left room for a terminator */
    invariant(http->head_size < sizeof http->head);
    http->head[http->head_size++] = '\n';
    http->head_sent = 0;
    http->interim = 0;
    http->is_answered = true;
    if (exchange->request.method == METHOD_HEAD)
        exchange->answer = bytes_of(NULL, 0);
}

static size_t room(const struct writer *output)
{
    return output->capacity - output->size;
}

/* Writes what fits of the answer; true when that was all. */
static bool write_answer(struct http1 *http, struct writer *output)
{
    size_t size = http->head_size - http->head_sent;
    size = size < room(output) ? size : room(output);
    writer_bytes(output, http->head + http->head_sent, size);
    http->head_sent += size;
    if (http->head_sent < http->head_size)
        return false;
    struct http_exchange *exchange = http->exchange;
    struct bytes body = http_exchange_take(exchange, room(output));
    writer_bytes(output, body.data, body.size);
    return exchange->sent == exchange->answer.size;
}

/* The next request, of the bytes that waited. */
static bool parse_rest(struct http1 *http)
{
    size_t used;
    if (http->rest == NULL)
        return true;
    struct bytes rest = bytes_of(http->rest + http->rest_at, http->rest_size - http->rest_at);
    bool is_sound = parse(http, rest, &used);
    http->rest_at += used;
    if (http->rest_at < http->rest_size)
        return is_sound;
    free(http->rest);
    http->rest = NULL;
    http->rest_at = http->rest_size = 0;
    return is_sound;
}

static bool produce(struct http_connection *connection, struct writer *output)
{
    struct http1 *http = connection->session;
    if (http->interim > 0)
        writer_bytes(output, go_on, http->interim);
    http->interim = 0;
    while (http->is_answered && room(output) >= HTTP_OUTPUT_ROOM) {
        if (!write_answer(http, output))
            continue;
        http->is_answered = false;
        http_exchange_end(http->exchange);
        http->exchange = NULL;
        if (http->is_last)
            return false;
        http_parser_pause(&http->parser, 0);
        if (!parse_rest(http))
            return false;
    }
    return true;
}

static bool wants_input(const struct http_connection *connection)
{
    const struct http1 *http = connection->session;
    return is_between(http) && http->rest == NULL;
}

static void abandon(struct http_exchange *exchange)
{
    http_connection_close(exchange->connection);
}

/* ---- life ---- */

static void bye(struct http_connection *connection)
{
    (void)connection; /* HTTP/1.1 has no word for it */
}

static enum err open_session(struct http_connection *connection)
{
    struct http1 *http = calloc(1, sizeof *http);
    connection->session = http;
    if (http == NULL)
        return ERR_MEMORY;
    http->connection = connection;
    http_parser_init(&http->parser, HTTP_REQUEST);
    http->parser.data = http;
    return ERR_OK;
}

static void close_session(struct http_connection *connection)
{
    struct http1 *http = connection->session;
    free(http->rest);
    free(http);
    connection->session = NULL;
}

const struct http_protocol http1_protocol = {
    .open = open_session,
    .receive = receive,
    .produce = produce,
    .wants_input = wants_input,
    .answer = answer,
    .abandon = abandon,
    .bye = bye,
    .close = close_session,
};
