/*
 * http_state.h: what the parts of the HTTP server share.
 *
 *   http_server.c      listens, knows all connections, ends what takes too long
 *   http_connection.c  bytes of one client: socket, TLS, which protocol
 *   http1.c, http2.c   requests from bytes, bytes from answers
 *   http_exchange.c    one request and its answer, whichever protocol it came by
 */
#ifndef FRONT_HTTP_STATE_H
#define FRONT_HTTP_STATE_H

#include "front/http.h"
#include "front/http_age.h"
#include "front/tls.h"
#include "proto/writer.h"

#define HTTP_INPUT_SIZE (64u << 10) /* read at once */
#define HTTP_OUTPUT_SIZE                                                                           \
    (64u << 10)                      /* written at once: what one connection holds at most unsent  \
                                      */
#define HTTP_OUTPUT_ROOM (17u << 10) /* a frame and its header: 16 384 + 9 at most */
#define HTTP_SPARE_MAX   4096        /* exchanges kept for the next requests */
#define HTTP_SMALL       512 /* bytes of a request, or of an answer's body, without malloc */
#define HTTP_BYTES_MAX   ((size_t)256 << 20)
#define HTTP_REFUSED_MAX 64 /* connections told at once that there are too many */

#define HTTP_LINGER_MS 2000 /* what the client still sends, until it has read why it ends */
#define HTTP_TICK_MS   250

/* Streams that a client, or its broken requests, may have reset: then the connection ends
 * (CVE-2023-44487, CVE-2025-8671). */
#define HTTP_RESETS_BURST  200
#define HTTP_RESETS_SECOND 50

struct http_connection;
struct http_exchange;

struct http_server {
    struct http_options options;
    char prefix[HTTP_PREFIX_MAX + 1];
    struct http_route routes[HTTP_ROUTES_MAX];
    uv_loop_t *loop;
    uv_tcp_t listener;
    uv_timer_t tick;
    uv_signal_t hangup;      /* the certificate is read again */
    struct tls_context *tls; /* NULL: cleartext */
    unsigned handles;        /* open ones of its own */
    bool is_closing;
    bool owes_accept; /* there was no memory for a client: the tick tries again */
    uint32_t refused; /* connections that are being told */
    struct http_counts counts;
    size_t bytes; /* reserved by all exchanges: http_options.bytes_max */
    struct http_connection *connections;
    struct http_exchange *spare;
    size_t spare_count;
    struct http_ages greeting, idle, receiving, answering, writing, lingering;
    uint64_t date_s; /* of `date` */
    char date[32];
    uint8_t input[HTTP_INPUT_SIZE];
    uint8_t plain[HTTP_INPUT_SIZE];
    uint8_t output[HTTP_OUTPUT_SIZE];
};

/* How a protocol is spoken; each function gets a connection that is open. */
struct http_protocol {
    enum err (*open)(struct http_connection *connection);
    /* False: the connection ends once what is produced has been sent. */
    bool (*receive)(struct http_connection *connection, struct bytes input);
    /* Writes what is to be sent, leaves off when `output` has less than HTTP_OUTPUT_ROOM; false as
     * above. */
    bool (*produce)(struct http_connection *connection, struct writer *output);
    /* False when it has all that it can take for now. */
    bool (*wants_input)(const struct http_connection *connection);
    /* Takes the head of an answer; its body is in the exchange. */
    void (*answer)(struct http_exchange *exchange, const struct http_response *response);
    /* The client does not take the answer. */
    void (*abandon)(struct http_exchange *exchange);
    /* No more requests. */
    void (*bye)(struct http_connection *connection);
    /* Frees what `open` made; exchanges are ended already. */
    void (*close)(struct http_connection *connection);
};

extern const struct http_protocol http1_protocol;
extern const struct http_protocol http2_protocol;

/* A bucket of tokens in thousandths: `burst` at once, `second` a second. */
struct http_bucket {
    uint64_t tokens;
    uint64_t since_ms;
};

/* False when it is empty. */
bool http_bucket_take(struct http_bucket *bucket, uint32_t burst, uint32_t second, uint64_t now_ms);

struct http_connection {
    uv_tcp_t tcp; /* first: the handle is the connection */
    struct http_server *server;
    struct http_connection *next, *previous;
    struct tls *tls;                      /* NULL: cleartext */
    const struct http_protocol *protocol; /* NULL: not known yet */
    void *session;                        /* of the protocol */
    struct http_exchange *exchanges;
    uint32_t exchange_count;
    size_t bytes;            /* reserved by its exchanges */
    uint64_t block_bytes;    /* of fields, in the block of HTTP/2 that comes */
    struct http_age age;     /* greeting, idle or lingering */
    struct http_age writing; /* while something is unsent */
    struct http_bucket rate;
    struct http_bucket resets;
    uv_write_t write;
    uv_shutdown_t shutdown;
    void *unsent;    /* what `write` has */
    uint8_t greeted; /* bytes of a preface that may be HTTP/2's */
    bool is_busy;    /* in a function of the protocol: it is flushed afterwards */
    bool is_reading;
    bool is_greeted;  /* its HTTP/2 preface has come */
    bool is_flooding; /* counted */
    bool is_refused;  /* one too many */
    bool ends;        /* once all is sent */
    bool lingers;
    bool is_closed;
};

void http_connection_accept(struct http_server *server);
/* Sends what there is, reads on or not. Not to be called by a protocol. The connection may be
 * closed by it. */
void http_connection_flush(struct http_connection *connection);
/* At once. */
void http_connection_close(struct http_connection *connection);
/* No more requests: sends that, and ends. */
void http_connection_bye(struct http_connection *connection);

/* Frees the server when nothing is left of it. */
void http_server_release(struct http_server *server);
void http_server_count_overload(struct http_server *server);
void http_server_count_connections(struct http_server *server);
const char *http_server_date(struct http_server *server);
uint64_t http_server_now_ms(const struct http_server *server);

#endif
