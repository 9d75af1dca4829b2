/*
 * server_conn.h: one connection of a client: what it asks becomes calls of the clerk's, and their
 * answers go out from whichever thread has them.
 *
 * The server's thread owns the connection: it alone reads, and ends it. An answer is written at
 * once by the thread that brings it; what the client does not take waits here, the server's thread
 * writes it as there is room, and nothing more is read until then.
 */
#ifndef NODE_SERVER_CONN_H
#define NODE_SERVER_CONN_H

#include "node/clerk.h"
#include "node/sp.h"

/* Requests of a connection under way at once; more wait in it. */
#define CONN_CALLS_MAX 64

/* How long a client may take for its greeting, and to read an answer. */
#define CONN_PATIENCE_MS 5000

struct conn;

/* All connections of a server. */
struct conns {
    struct clerk *clerk;
    int epoll; /* each connection is watched with itself as its data */
    size_t calls_max;
    /* conns_tend() has something to do. Any thread. */
    void (*wake)(void *context);
    void *context;
    struct conn *first;
    size_t open_count;
    struct request parsed; /* of a submission */
    _Atomic size_t calls;  /* under way */
    _Atomic size_t paused; /* connections that are not read for the time being */
};

/* Takes over the socket, which must not block; without memory it is closed. */
void conns_add(struct conns *conns, int fd, enum sp_transport transport, bool is_local);

/* epoll has these events for the connection. */
void conn_work(struct conn *conn, uint32_t events);

/* Reads on where what was waited for has ended, and ends those whose time is over. Call it after a
 * wake, and at the time that it returns (UINT64_MAX: never) at the latest; not while events that
 * were fetched before are still to be worked off. */
uint64_t conns_tend(struct conns *conns);

/* Ends all. Calls under way are answered to nobody, also later. */
void conns_close(struct conns *conns);

#endif
