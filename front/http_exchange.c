#include "front/http_exchange.h"

#include "front/http_problem.h"
#include "front/http_router.h"
#include "proto/invariant.h"

#include <stdlib.h>

#define X(name, text) {(text), sizeof(text) - 1},
static const struct {
    const char *text;
    size_t size;
} kept[HTTP_FIELD_NAME_COUNT] = {HTTP_FIELD_TABLE(X)};
#undef X

/* Beyond this even the answer that there are too many would cost too much. */
static bool is_flooded(const struct http_server *server)
{
    return server->counts.under_way / 2 >= server->options.requests_max;
}

static struct http_exchange *take_spare(struct http_server *server)
{
    struct http_exchange *exchange = server->spare;
    if (exchange == NULL)
        return malloc(sizeof *exchange);
    server->spare = exchange->next;
    server->spare_count--;
    return exchange;
}

struct http_exchange *http_exchange_begin(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    struct http_exchange *exchange = is_flooded(server) ? NULL : take_spare(server);
    if (exchange == NULL) {
        http_server_count_overload(server);
        return NULL;
    }
    memset(exchange, 0, offsetof(struct http_exchange, small));
    exchange->server = server;
    exchange->head = exchange->small;
    exchange->head_capacity = sizeof exchange->small;
    exchange->field = -1;
    exchange->request.is_secure = connection->tls != NULL;
    exchange->connection = connection;
    exchange->next = connection->exchanges;
    if (exchange->next != NULL)
        exchange->next->previous = exchange;
    connection->exchanges = exchange;
    connection->exchange_count++;
    server->counts.under_way++;
    http_age_stop(&connection->age);
    http_age_init(&exchange->age, exchange);
    http_age_start(&server->receiving, &exchange->age, http_server_now_ms(server));
    return exchange;
}

/* The first thing that is wrong counts. */
static void refuse_later(struct http_exchange *exchange, unsigned status)
{
    if (exchange->refusal == 0)
        exchange->refusal = status;
}

/* Room for that much of a body. False: clients that send much, or do not take their answers, have
 * it already; one of them alone cannot have it all. */
static bool reserve(struct http_exchange *exchange, size_t size)
{
    struct http_server *server = exchange->server;
    struct http_connection *connection = exchange->connection;
    size_t max = server->options.bytes_max;
    if (max - server->bytes < size || max / 4 - connection->bytes < size) {
        http_server_count_overload(server);
        return false;
    }
    server->bytes += size;
    connection->bytes += size;
    exchange->bytes += size;
    return true;
}

/* ---- the head ---- */

static bool grow(uint8_t **data, uint32_t *capacity, uint32_t wanted, const uint8_t *small)
{
    uint32_t size = *capacity < HTTP_SMALL ? HTTP_SMALL : *capacity;
    while (size < wanted)
        size *= 2;
    uint8_t *larger = realloc(*data == small ? NULL : *data, size);
    if (larger == NULL)
        return false;
    if (*data == small && small != NULL)
        memcpy(larger, small, *capacity);
    *data = larger;
    *capacity = size;
    return true;
}

static void append(struct http_exchange *exchange, struct http_span *span, struct bytes piece)
{
    uint32_t wanted = exchange->head_size + (uint32_t)piece.size;
    if (wanted > exchange->head_capacity &&
        !grow(&exchange->head, &exchange->head_capacity, wanted, exchange->small)) {
        refuse_later(exchange, 503);
        return;
    }
    if (span->size == 0)
        span->at = exchange->head_size;
    memcpy(exchange->head + exchange->head_size, piece.data, piece.size);
    exchange->head_size = wanted;
    span->size += (uint32_t)piece.size;
}

void http_exchange_method(struct http_exchange *exchange, struct bytes token)
{
    exchange->request.method = http_method_of(token);
}

void http_exchange_target(struct http_exchange *exchange, struct bytes piece)
{
    if (piece.size > HTTP_TARGET_MAX - exchange->target.size)
        refuse_later(exchange, 414);
    for (size_t i = 0; i < piece.size; i++) {
        if (piece.data[i] <= ' ' || piece.data[i] >= 0x7f || piece.data[i] == '#')
            refuse_later(exchange, 400); /* RFC 3986: none of them in a target */
    }
    if (exchange->refusal == 0 && piece.size > 0)
        append(exchange, &exchange->target, piece);
}

void http_exchange_field(struct http_exchange *exchange, struct bytes name)
{
    exchange->field = -1;
    exchange->field_count++;
    exchange->field_bytes += (uint32_t)name.size;
    if (exchange->field_count > HTTP_COUNT_MAX || exchange->field_bytes > HTTP_HEAD_MAX)
        refuse_later(exchange, 431);
    if (exchange->phase != HTTP_HEAD_COMES || exchange->refusal != 0)
        return;
    for (int i = 0; i < HTTP_FIELD_NAME_COUNT; i++) {
        if (bytes_equal(name, bytes_of(kept[i].text, kept[i].size)))
            exchange->field = i;
    }
    if (exchange->field >= 0 && exchange->fields[exchange->field].size > 0) {
        exchange->field = -1;
        refuse_later(exchange, 400); /* which of them would count? */
    }
}

void http_exchange_value(struct http_exchange *exchange, struct bytes piece)
{
    if (piece.size > HTTP_HEAD_MAX - exchange->field_bytes) {
        exchange->field_bytes = HTTP_HEAD_MAX;
        refuse_later(exchange, 431);
    } else {
        exchange->field_bytes += (uint32_t)piece.size;
    }
    if (exchange->field >= 0 && exchange->refusal == 0 && piece.size > 0)
        append(exchange, &exchange->fields[exchange->field], piece);
}

static struct bytes view_of(const struct http_exchange *exchange, struct http_span span)
{
    return bytes_of(exchange->head + span.at, span.size);
}

/* RFC 9112 3.2.2: also "http://host/path". */
static struct bytes without_authority(struct bytes target)
{
    size_t scheme = 0;
    if (target.size >= 8 && memcmp(target.data, "https://", 8) == 0)
        scheme = 8;
    else if (target.size >= 7 && memcmp(target.data, "http://", 7) == 0)
        scheme = 7;
    if (scheme == 0)
        return target;
    size_t skipped = scheme;
    while (skipped < target.size && target.data[skipped] != '/' && target.data[skipped] != '?')
        skipped++;
    return bytes_of(target.data + skipped, target.size - skipped);
}

static void set_views(struct http_exchange *exchange)
{
    struct http_request *request = &exchange->request;
    for (int i = 0; i < HTTP_FIELD_NAME_COUNT; i++)
        request->fields[i] = view_of(exchange, exchange->fields[i]);
    struct bytes target = without_authority(view_of(exchange, exchange->target));
    const uint8_t *mark = target.size > 0 ? memchr(target.data, '?', target.size) : NULL;
    request->path = target;
    if (mark == NULL)
        return;
    request->path.size = (size_t)(mark - target.data);
    request->query = bytes_of(mark + 1, target.size - request->path.size - 1);
}

static bool is_within_rate(struct http_connection *connection)
{
    struct http_server *server = connection->server;
    uint32_t rate = server->options.rate_max;
    return rate == 0 || http_bucket_take(&connection->rate, rate, rate, http_server_now_ms(server));
}

static void find_route(struct http_exchange *exchange, uint64_t body_size)
{
    struct http_routing routing;
    struct http_request *request = &exchange->request;
    http_route(&exchange->server->options, request->method, request->path, &routing);
    exchange->route = routing.route;
    exchange->allowed = routing.allowed;
    if (routing.route == NULL) {
        refuse_later(exchange, routing.allowed != 0 ? 405 : 404);
        return;
    }
    request->path = routing.path;
    memcpy(request->params, routing.params, sizeof request->params);
    if (body_size > routing.route->body_max)
        refuse_later(exchange, 413);
}

bool http_exchange_route(struct http_exchange *exchange, uint64_t body_size)
{
    struct http_server *server = exchange->server;
    exchange->phase = HTTP_BODY_COMES;
    set_views(exchange);
    if (exchange->refusal == 0 && exchange->request.path.size == 0)
        refuse_later(exchange, 400);
    bool is_one_too_many =
        exchange->connection->is_refused || server->counts.under_way > server->options.requests_max;
    if (is_one_too_many)
        refuse_later(exchange, 503);
    if (exchange->refusal == 0 && !is_within_rate(exchange->connection))
        refuse_later(exchange, 429);
    if (exchange->refusal == 429 || exchange->refusal == 503)
        http_server_count_overload(server);
    if (exchange->refusal == 0)
        find_route(exchange, body_size);
    return exchange->refusal == 0;
}

void http_exchange_body(struct http_exchange *exchange, struct bytes piece)
{
    if (exchange->refusal != 0 || exchange->phase != HTTP_BODY_COMES || piece.size == 0)
        return;
    if (piece.size > exchange->route->body_max - exchange->body_size) {
        refuse_later(exchange, 413);
        return;
    }
    uint32_t wanted = exchange->body_size + (uint32_t)piece.size;
    if (!reserve(exchange, piece.size) ||
        (wanted > exchange->body_capacity &&
         !grow(&exchange->body, &exchange->body_capacity, wanted, NULL))) {
        refuse_later(exchange, 503);
        return;
    }
    memcpy(exchange->body + exchange->body_size, piece.data, piece.size);
    exchange->body_size = wanted;
}

/* ---- the answer ---- */

static void start_answer(struct http_exchange *exchange)
{
    struct http_server *server = exchange->server;
    exchange->phase = HTTP_HELD;
    http_age_start(&server->answering, &exchange->age, http_server_now_ms(server));
}

void http_exchange_refuse(struct http_exchange *exchange, unsigned status)
{
    start_answer(exchange);
    if (status != 405) {
        http_answer_status(&exchange->request, status);
        return;
    }
    char allow[HTTP_METHODS_TEXT_SIZE];
    http_methods_text(exchange->allowed, allow);
    struct http_problem problem = {.status = status, .fields = {{"allow", allow}}};
    http_answer_problem(&exchange->request, &problem);
}

void http_exchange_handle(struct http_exchange *exchange)
{
    if (exchange->phase != HTTP_BODY_COMES)
        return; /* refused before its end */
    if (exchange->refusal != 0) {
        http_exchange_refuse(exchange, exchange->refusal);
        return;
    }
    exchange->request.body = bytes_of(exchange->body, exchange->body_size);
    exchange->server->counts.requests++;
    start_answer(exchange);
    exchange->route->handle(exchange->route->context, &exchange->request);
}

static void release(struct http_exchange *exchange)
{
    struct http_server *server = exchange->server;
    if (exchange->head != exchange->small)
        free(exchange->head);
    free(exchange->body);
    free(exchange->owned);
    server->bytes -= exchange->bytes;
    server->counts.under_way--;
    if (server->spare_count < HTTP_SPARE_MAX && !server->is_closing) {
        exchange->next = server->spare;
        server->spare = exchange;
        server->spare_count++;
    } else {
        free(exchange);
    }
    http_server_release(server);
}

/* False: there is no memory for it. */
static bool keep_body(struct http_exchange *exchange, const struct http_response *response)
{
    exchange->answer = response->body;
    exchange->owned = response->owned;
    if (response->owned != NULL || response->body.size == 0)
        return true;
    uint8_t *copy = exchange->small_answer;
    if (response->body.size > sizeof exchange->small_answer)
        copy = exchange->owned = malloc(response->body.size);
    if (copy == NULL)
        return false;
    memcpy(copy, response->body.data, response->body.size);
    exchange->answer.data = copy;
    return true;
}

void http_answer(struct http_request *request, const struct http_response *response)
{
    static const struct http_response no_memory = {.status = 503};
    struct http_exchange *exchange = (struct http_exchange *)request;
    struct http_connection *connection = exchange->connection;
    invariant(exchange->phase == HTTP_HELD);
    bool is_small = response->body.size <= sizeof exchange->small_answer;
    if (connection != NULL && !is_small && !reserve(exchange, response->body.size)) {
        free(response->owned);
        http_answer_status(request, 503);
        return;
    }
    exchange->phase = HTTP_ANSWERED;
    if (connection == NULL) {
        exchange->owned = response->owned;
        release(exchange);
        return;
    }
    if (!keep_body(exchange, response)) {
        exchange->answer = bytes_of(NULL, 0);
        response = &no_memory;
    }
    connection->protocol->answer(exchange, response);
    http_connection_flush(connection); /* which may be the end of the exchange */
}

struct bytes http_exchange_take(struct http_exchange *exchange, size_t size)
{
    size_t left = exchange->answer.size - exchange->sent;
    if (left == 0)
        return bytes_of("", 0);
    struct bytes next = bytes_of(exchange->answer.data + exchange->sent, left < size ? left : size);
    exchange->sent += next.size;
    return next;
}

void http_exchange_end(struct http_exchange *exchange)
{
    struct http_connection *connection = exchange->connection;
    struct http_server *server = exchange->server;
    if (exchange->next != NULL)
        exchange->next->previous = exchange->previous;
    if (exchange->previous != NULL)
        exchange->previous->next = exchange->next;
    else
        connection->exchanges = exchange->next;
    connection->exchange_count--;
    connection->bytes -= exchange->bytes;
    http_age_stop(&exchange->age);
    if (connection->exchange_count == 0 && !connection->lingers && !connection->is_closed)
        http_age_start(&server->idle, &connection->age, http_server_now_ms(server));
    exchange->connection = NULL;
    if (exchange->phase != HTTP_HELD)
        release(exchange);
}

void http_exchange_free_spare(struct http_server *server)
{
    while (server->spare != NULL) {
        struct http_exchange *exchange = server->spare;
        server->spare = exchange->next;
        free(exchange);
    }
    server->spare_count = 0;
}
