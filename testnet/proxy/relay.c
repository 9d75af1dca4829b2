#include "testnet/proxy/relay.h"

#include "proto/invariant.h"
#include "testnet/proxy/relay_conn.h"

#include <stdlib.h>

enum { BACKLOG = 64 };

struct relay {
    struct table_link link;
    struct relay_conn_options options;
    uv_tcp_t server;
    bool is_closing;
    bool is_closed;  /* the server's handle */
    bool is_waiting; /* a call, until a connection is gone */
    size_t count;
    struct relay_conn *conns[RELAY_CONNECTIONS_MAX]; /* the oldest first */
};

uint64_t relay_now_us(void)
{
    return uv_hrtime() / 1000;
}

static void free_when_done(struct relay *relay)
{
    if (relay->is_closed && relay->count == 0)
        free(relay);
}

static void take_call(struct relay *relay)
{
    struct relay_conn *conn = NULL;
    if (relay->count == RELAY_CONNECTIONS_MAX)
        relay_conn_close(relay->conns[0]);
    else
        conn = relay_conn_accept((uv_stream_t *)&relay->server, &relay->options);
    relay->is_waiting = conn == NULL;
    if (conn == NULL)
        return;
    relay->conns[relay->count++] = conn;
    relay->options.path->connections++;
}

static void on_closed(void *context, struct relay_conn *conn)
{
    struct relay *relay = context;
    size_t place = 0;
    while (place < relay->count && relay->conns[place] != conn)
        place++;
    invariant(place < relay->count);
    relay->count--;
    memmove(&relay->conns[place], &relay->conns[place + 1],
            (relay->count - place) * sizeof relay->conns[0]);
    relay->options.path->connections--;
    if (relay->is_waiting && !relay->is_closing)
        take_call(relay);
    free_when_done(relay);
}

static void on_call(uv_stream_t *server, int status)
{
    struct relay *relay = server->data;
    if (status == 0 && !relay->is_closing)
        take_call(relay);
}

static enum err listen_at(struct relay *relay)
{
    struct sockaddr_storage address;
    const struct host_port *listen = &relay->link.listen;
    if (uv_ip4_addr(listen->host, listen->port, (struct sockaddr_in *)&address) != 0 &&
        uv_ip6_addr(listen->host, listen->port, (struct sockaddr_in6 *)&address) != 0)
        return ERR_NETWORK;
    if (uv_tcp_bind(&relay->server, (const struct sockaddr *)&address, 0) != 0 ||
        uv_listen((uv_stream_t *)&relay->server, BACKLOG, on_call) != 0)
        return ERR_NETWORK;
    return ERR_OK;
}

enum err relay_open(uv_loop_t *loop, const struct table_link *link, struct path *path,
                    struct path *back, uint64_t *held, struct relay **out)
{
    struct relay *relay = calloc(1, sizeof *relay);
    *out = NULL;
    if (relay == NULL)
        return ERR_MEMORY;
    relay->link = *link;
    relay->options = (struct relay_conn_options){
        .loop = loop,
        .path = path,
        .back = back,
        .target = &relay->link.target,
        .closed = on_closed,
        .context = relay,
    };
    relay->options.held = held;
    uv_tcp_init(loop, &relay->server);
    relay->server.data = relay;
    enum err err = listen_at(relay);
    if (err == ERR_OK)
        *out = relay;
    else
        relay_close(relay);
    return err;
}

static void on_server_closed(uv_handle_t *handle)
{
    struct relay *relay = handle->data;
    relay->is_closed = true;
    free_when_done(relay);
}

void relay_close(struct relay *relay)
{
    if (relay == NULL || relay->is_closing)
        return;
    relay->is_closing = true;
    for (size_t i = 0; i < relay->count; i++)
        relay_conn_close(relay->conns[i]);
    uv_close((uv_handle_t *)&relay->server, on_server_closed);
}

static bool is_same(const struct host_port *a, const struct host_port *b)
{
    return a->port == b->port && strcmp(a->host, b->host) == 0;
}

bool relay_is_of(const struct relay *relay, const struct table_link *link, const struct path *path)
{
    return relay->options.path == path && is_same(&relay->link.listen, &link->listen) &&
           is_same(&relay->link.target, &link->target);
}
