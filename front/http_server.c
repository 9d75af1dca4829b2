#include "front/http_exchange.h"
#include "front/listener.h"

#include <stdlib.h>
#include <time.h>

uint64_t http_server_now_ms(const struct http_server *server)
{
    return uv_now(server->loop);
}

void http_server_count_overload(struct http_server *server)
{
    server->counts.overloaded++;
    if (server->options.overloaded != NULL)
        server->options.overloaded(server->options.context);
}

void http_server_count_connections(struct http_server *server)
{
    if (server->options.connected != NULL)
        server->options.connected(server->options.context, server->counts.connections);
}

/* RFC 9110 5.6.7; made once a second. */
const char *http_server_date(struct http_server *server)
{
    uint64_t now_s = http_server_now_ms(server) / 1000 + 1;
    if (server->date_s == now_s)
        return server->date;
    server->date_s = now_s;
    time_t wall = time(NULL);
    struct tm parts;
    gmtime_r(&wall, &parts);
    strftime(server->date, sizeof server->date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return server->date;
}

/* ---- time runs out ---- */

static void end_late_requests(struct http_server *server, uint64_t now_ms)
{
    struct http_exchange *exchange;
    while ((exchange = http_ages_over(&server->receiving, now_ms)) != NULL) {
        server->counts.late++;
        http_exchange_refuse(exchange, 408);
    }
    while ((exchange = http_ages_over(&server->answering, now_ms)) != NULL) {
        server->counts.late++;
        exchange->connection->protocol->abandon(exchange);
    }
}

static void end_late_connections(struct http_server *server, uint64_t now_ms)
{
    struct http_connection *connection;
    while ((connection = http_ages_over(&server->writing, now_ms)) != NULL) {
        server->counts.late++;
        http_connection_close(connection);
    }
    while ((connection = http_ages_over(&server->greeting, now_ms)) != NULL) {
        server->counts.late++;
        http_connection_close(connection);
    }
    while ((connection = http_ages_over(&server->idle, now_ms)) != NULL) {
        http_age_stop(&connection->age);
        http_connection_bye(connection);
    }
    while ((connection = http_ages_over(&server->lingering, now_ms)) != NULL)
        http_connection_close(connection);
}

static void on_tick(uv_timer_t *timer)
{
    struct http_server *server = timer->data;
    uint64_t now_ms = http_server_now_ms(server);
    end_late_requests(server, now_ms);
    end_late_connections(server, now_ms);
    if (server->owes_accept)
        http_connection_accept(server);
}

static void on_client(uv_stream_t *listener, int status)
{
    struct http_server *server = listener->data;
    if (status == 0)
        http_connection_accept(server);
}

/* ---- the certificate ---- */

static enum err open_tls(const struct http_options *options, struct tls_context **out,
                         struct complaint *complaint)
{
    *out = NULL;
    if (options->certificate[0] == '\0')
        return ERR_OK;
    struct tls_files files = {.certificate = options->certificate,
                              .key = options->certificate_key,
                              .client_ca = options->client_ca};
    return tls_context_open(&files, out, complaint);
}

static void on_hangup(uv_signal_t *signal, int number)
{
    (void)number;
    struct http_server *server = signal->data;
    struct tls_context *fresh;
    struct complaint complaint = {.line = 0};
    if (server->options.reload != NULL)
        server->options.reload(server->options.context);
    if (open_tls(&server->options, &fresh, &complaint) != ERR_OK) {
        if (server->options.note != NULL)
            server->options.note->say(NOTE_ERROR, "http_certificate", NULL, complaint.text);
        return;
    }
    tls_context_close(server->tls);
    server->tls = fresh;
}

/* ---- life ---- */

void http_server_release(struct http_server *server)
{
    bool is_used =
        server->handles > 0 || server->connections != NULL || server->counts.under_way > 0;
    if (!server->is_closing || is_used)
        return;
    http_exchange_free_spare(server);
    tls_context_close(server->tls);
    free(server);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct http_server *server = handle->data;
    server->handles--;
    http_server_release(server);
}

static void own(struct http_server *server, uv_handle_t *handle)
{
    handle->data = server;
    server->handles++;
}

static void close_own(uv_handle_t *handle)
{
    if (handle->data != NULL && !uv_is_closing(handle))
        uv_close(handle, on_handle_closed);
}

void http_close(struct http_server *server)
{
    if (server == NULL)
        return;
    server->is_closing = true;
    server->handles++; /* until the end of this function */
    struct http_connection *next;
    for (struct http_connection *at = server->connections; at != NULL; at = next) {
        next = at->next;
        http_connection_bye(at);
        http_connection_close(at);
    }
    close_own((uv_handle_t *)&server->listener);
    close_own((uv_handle_t *)&server->tick);
    close_own((uv_handle_t *)&server->hangup);
    server->handles--;
    http_server_release(server);
}

static enum err listen_on(struct http_server *server, struct complaint *complaint)
{
    const struct host_port *place = &server->options.listen;
    enum err err = listener_open(server->loop, place, on_client, &server->listener);
    own(server, (uv_handle_t *)&server->listener);
    if (err != ERR_OK)
        (void)complain(complaint, 0, "%s port %u cannot be listened on", place->host, place->port);
    return err;
}

static enum err start_timers(struct http_server *server)
{
    if (uv_timer_init(server->loop, &server->tick) != 0)
        return ERR_MEMORY;
    own(server, (uv_handle_t *)&server->tick);
    if (uv_timer_start(&server->tick, on_tick, HTTP_TICK_MS, HTTP_TICK_MS) != 0)
        return ERR_MEMORY;
    if (uv_signal_init(server->loop, &server->hangup) != 0)
        return ERR_MEMORY;
    own(server, (uv_handle_t *)&server->hangup);
    return uv_signal_start(&server->hangup, on_hangup, SIGHUP) == 0 ? ERR_OK : ERR_MEMORY;
}

static enum err copy_options(struct http_server *server, const struct http_options *options,
                             struct complaint *complaint)
{
    size_t size = strlen(options->prefix);
    bool is_path = size == 0 || (options->prefix[0] == '/' && options->prefix[size - 1] != '/');
    if (!is_path || size > HTTP_PREFIX_MAX)
        return complain(complaint, 0, "'%s' is not a path: /… without a '/' at its end",
                        options->prefix);
    if (options->route_count > HTTP_ROUTES_MAX)
        return ERR_INTERNAL;
    server->options = *options;
    if (options->bytes_max == 0)
        server->options.bytes_max = HTTP_BYTES_MAX;
    memcpy(server->prefix, options->prefix, size + 1);
    server->options.prefix = server->prefix;
    memcpy(server->routes, options->routes, options->route_count * sizeof server->routes[0]);
    server->options.routes = server->routes;
    return ERR_OK;
}

static void init_ages(struct http_server *server)
{
    const struct http_patience *patience = &server->options.patience;
    http_ages_init(&server->greeting, patience->greeting_ms != 0 ? patience->greeting_ms : 10000);
    http_ages_init(&server->idle, server->options.idle_ms);
    http_ages_init(&server->receiving,
                   patience->receiving_ms != 0 ? patience->receiving_ms : 10000);
    http_ages_init(&server->answering,
                   patience->answering_ms != 0 ? patience->answering_ms : 60000);
    http_ages_init(&server->writing, patience->writing_ms != 0 ? patience->writing_ms : 15000);
    http_ages_init(&server->lingering, HTTP_LINGER_MS);
}

enum err http_open(uv_loop_t *loop, const struct http_options *options, struct http_server **out,
                   struct complaint *complaint)
{
    *out = NULL;
    struct http_server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return ERR_MEMORY;
    server->loop = loop;
    enum err err = copy_options(server, options, complaint);
    init_ages(server);
    if (err == ERR_OK)
        err = open_tls(options, &server->tls, complaint);
    if (err == ERR_OK)
        err = listen_on(server, complaint);
    if (err == ERR_OK)
        err = start_timers(server);
    if (err != ERR_OK) {
        http_close(server);
        return err;
    }
    *out = server;
    return ERR_OK;
}

uint16_t http_port(const struct http_server *server)
{
    return listener_port(&server->listener);
}

void http_count(const struct http_server *server, struct http_counts *out)
{
    *out = server->counts;
}
