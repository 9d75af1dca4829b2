/*
 * connection.h: requests to a node and its answers, over an NNG REQ socket.
 *
 * Up to CONNECTION_SLOTS requests are under way at once, each in a slot of its own; the answers of
 * a slot come in the order of its requests. A link that breaks is dialled again, and what was not
 * answered is sent again: every request may be repeated without harm.
 *
 * Threads: one thread uses a connection.
 */
#ifndef CLI_CONNECTION_H
#define CLI_CONNECTION_H

#include "conf/document.h"
#include "proto/bytes.h"
#include "proto/err.h"

enum { CONNECTION_SLOTS = 4 };

struct connection;

struct connection_options {
    const char *address;
    const char *ca_file; /* for tls+tcp addresses; else NULL */
    uint32_t timeout_ms; /* until the node is connected, and for each answer */
    bool in_background; /* opens at once, whoever listens; while there is no link nothing is sent */
};

/* ERR_NETWORK (no address), ERR_CONFIG (no CA, or one that cannot be used), ERR_UNREACHABLE,
 * ERR_TIMEOUT, ERR_MEMORY; `complaint` says more. */
enum err connection_open(const struct connection_options *options, struct connection **out,
                         struct complaint *complaint) must_check;
/* Takes a second at most. NULL is allowed. */
void connection_close(struct connection *connection);

/* How many links were made so far. When it is 1 or more and the same before a request and after its
 * answer, the node got that request once, and the answer came by that link. */
uint64_t connection_links(const struct connection *connection);

/* Sends a request; the slot must have none under way. ERR_UNREACHABLE, ERR_TIMEOUT. */
enum err connection_send(struct connection *connection, unsigned slot,
                         struct bytes request) must_check;

/* Waits for the slot's answer. The bytes stay until the slot's next request. ERR_TIMEOUT,
 * ERR_UNREACHABLE. */
enum err connection_receive(struct connection *connection, unsigned slot,
                            struct bytes *response) must_check;

#endif
