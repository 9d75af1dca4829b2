/*
 * server.h: the clients' socket: the way by which the tool asks.
 *
 * A thread reads the connections, which speak as an NNG REP socket does (sp.h), with many requests
 * under way at once, each a call of the clerk's until it is answered, from whichever thread
 * (server_conn.h). Decision 0030 says why it is not NNG's.
 */
#ifndef NODE_SERVER_H
#define NODE_SERVER_H

#include "node/clerk.h"

/* Requests under way at once; more wait in their connections. */
#define SERVER_CALLS_MAX 1024

/* Connections at once: each takes a file descriptor, of which the links need some too. For one more
 * the one that has asked nothing for the longest is closed; it itself when all wait for answers. */
#define SERVER_CONNECTIONS_MAX 512

struct server;

/* The clerk outlives the server. */
enum err server_open(const char *address, struct clerk *clerk, struct server **out) must_check;
/* The clerk is closed, and the loop has answered all calls that it had. Lets the clients read their
 * answers: it may take CONN_PATIENCE_MS (server_conn.h). NULL is allowed. */
void server_close(struct server *server);

#endif
