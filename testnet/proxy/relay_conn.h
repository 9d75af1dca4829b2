/*
 * relay_conn.h: one connection through the proxy: the caller's end, the called one's, and a way in
 * each direction.
 *
 * Threads: the loop's.
 */
#ifndef PROXY_RELAY_CONN_H
#define PROXY_RELAY_CONN_H

#include "testnet/proxy/call.h"
#include "testnet/proxy/relay.h"
#include "testnet/proxy/way.h"

struct relay_conn;

struct relay_conn_options {
    uv_loop_t *loop;
    struct path *path;
    struct path *back;
    const struct host_port *target;
    uint64_t *held;
    /* The last callback: both ends are closed, and the connection is freed after it. */
    void (*closed)(void *context, struct relay_conn *conn);
    void *context;
};

/* Takes the call that waits at `server`. NULL without memory or files: the call waits on. */
struct relay_conn *relay_conn_accept(uv_stream_t *server, const struct relay_conn_options *options);

/* Ends it now, whatever is on its way. */
void relay_conn_close(struct relay_conn *conn);

#endif
