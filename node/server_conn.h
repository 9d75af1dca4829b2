/*
 * server_conn.h: one connection of a client: what it asks becomes calls of the clerk's, and their
 * answers go out from whichever thread has them.
 *
 * The server's thread owns the connection: it alone reads, and ends it. An answer is written at
 * once by the thread that brings it; what the client does not take waits here, the server's thread
 * writes it as there is room, and nothing more is read until then.
 *
 * Where there is no room for one more, or for more of a large request, whoever has asked nothing
 * for the longest is hung up on: so connections that are silent, or send a request without end,
 * keep nobody out. Whoever waits for an answer keeps its place.
 */
#ifndef NODE_SERVER_CONN_H
#define NODE_SERVER_CONN_H

#include "node/clerk.h"
#include "node/sp.h"

/* Requests of a connection under way at once; more wait in it. */
#define CONN_CALLS_MAX 64

/* How long a client may take for its greeting, and to read an answer. */
#define CONN_PATIENCE_MS 5000

/* Requests that have not come whole, of all connections together: some 140 of the largest. */
#define CONNS_INPUT_MAX ((size_t)64 * 1024 * 1024)

/* Answers that are not taken at once, of all connections together: 64 requests of one connection
 * could have as many of 1 MiB. Whose answer does not fit is hung up on. */
#define CONNS_REST_MAX ((size_t)64 * 1024 * 1024)

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
    size_t input_bytes;        /* taken for what they send */
    _Atomic size_t rest_bytes; /* of answers that they have not taken yet */
    struct request parsed;     /* of a submission */
    _Atomic size_t calls;      /* under way */
    _Atomic size_t paused;     /* connections that are not read for the time being */
};

/* Hangs up on the one that has asked nothing for the longest; false when all wait for answers. Not
 * from within conn_work(). */
bool conns_make_room(struct conns *conns);

/* Takes over the socket, which must not block; without memory it is closed. */
void conns_add(struct conns *conns, int fd, enum sp_transport transport, bool is_local);

/* epoll has these events for the connection. */
void conn_work(struct conn *conn, uint32_t events);

/* Reads on where what was waited for has ended, and ends those whose time is over. Call it after a
 * wake, and at the time that it returns (UINT64_MAX: never) at the latest; not while events that
 * were fetched before are still to be worked off. */
uint64_t conns_tend(struct conns *conns);

/* Ends all, once they have read what they were answered: a client that goes on for CONN_PATIENCE_MS
 * is waited for no longer. Calls under way are answered to nobody, also later. The epoll has
 * nothing but connections by now. */
void conns_close(struct conns *conns);

#endif
