/*
 * http.h: the HTTP server of a front end: HTTP/2 and HTTP/1.1 on one port, with or without TLS.
 *
 * What comes is told apart by its first bytes: HTTP/2 with prior knowledge (RFC 9113 3.3) or
 * HTTP/1.1 (RFC 9112); with TLS by ALPN. A request is given to the route that fits it when it is
 * complete; whatever fits none, breaks a limit or comes when there is too much is answered by the
 * server with application/problem+json as TS 29.500 clause 5.2.7.2 has it.
 *
 * A handler answers with http_answer(), at once or later; until then the request and all its views
 * live, also when the client has gone meanwhile.
 *
 * Threads: everything runs on the thread of the loop that http_open() was given.
 */
#ifndef FRONT_HTTP_H
#define FRONT_HTTP_H

#include "conf/settings.h"
#include "front/note.h"
#include "proto/bytes.h"
#include "proto/err.h"

#include <uv.h>

#define HTTP_PREFIX_MAX   100 /* bytes of an apiRoot's path */
#define HTTP_ROUTES_MAX   64
#define HTTP_PARAMS_MAX   2          /* {…} segments of a pattern */
#define HTTP_FIELDS_MAX   6          /* fields that a handler adds to a response */
#define HTTP_TARGET_MAX   4096       /* bytes of path and query; more is 414 */
#define HTTP_HEAD_MAX     16384      /* bytes of all fields, names and values; more is 431 */
#define HTTP_COUNT_MAX    64         /* fields of a request; more is 431 */
#define HTTP_BODY_MAX     (4u << 20) /* of any route; a route has its own, more is 413 */
#define HTTP_RESPONSE_MAX (64u << 20)

/* X(name, bit) */
#define METHOD_TABLE(X)                                                                            \
    X(GET, 1)                                                                                      \
    X(HEAD, 2)                                                                                     \
    X(POST, 4)                                                                                     \
    X(PUT, 8)                                                                                      \
    X(PATCH, 16)                                                                                   \
    X(DELETE, 32)                                                                                  \
    X(OPTIONS, 64)

enum method {
    METHOD_OTHER = 0,
#define X(name, bit) METHOD_##name = (bit),
    METHOD_TABLE(X)
#undef X
};

/* X(name, text): the fields of a request that are kept; more than one of a kind is 400. */
#define HTTP_FIELD_TABLE(X)                                                                        \
    X(ACCEPT, "accept")                                                                            \
    X(AUTHORIZATION, "authorization")                                                              \
    X(CONTENT_TYPE, "content-type")                                                                \
    X(CORRELATOR, "x-correlator")                                                                  \
    X(IF_NONE_MATCH, "if-none-match")

enum http_field_name {
#define X(name, text) HTTP_FIELD_##name,
    HTTP_FIELD_TABLE(X)
#undef X
        HTTP_FIELD_NAME_COUNT
};

/* Views are empty when there is no such thing; none of them is terminated. */
struct http_request {
    enum method method; /* HEAD comes to the routes of GET; its body is not sent */
    struct bytes path;  /* as it came, without the prefix: begins with '/', not decoded */
    struct bytes query; /* what follows the '?', not decoded */
    struct bytes fields[HTTP_FIELD_NAME_COUNT];
    struct bytes params[HTTP_PARAMS_MAX]; /* the segments of the pattern's {…}, not decoded */
    struct bytes body;
    bool is_secure; /* came by TLS */
};

struct http_field {
    const char *name; /* lower case */
    const char *value;
};

/* `owned`: `body` lies in this block of malloc()'s, which the server frees, also when the client
 * has gone; NULL: the body is copied. Texts are copied. */
struct http_response {
    unsigned status;
    const char *content_type; /* NULL: none */
    struct bytes body;
    void *owned;
    struct http_field fields[HTTP_FIELDS_MAX]; /* those with a name */
};

/*
 * `pattern` begins with '/' and has segments of literal bytes; a segment {…} stands for any one
 * that is not empty, a last segment * for any rest, also none. Of several patterns that fit the
 * first row's counts; rows of one pattern and different methods stand together. A known path with
 * another method is 405 with Allow. Texts live as long as the server.
 */
struct http_route {
    const char *pattern;
    unsigned methods; /* METHOD_GET | METHOD_POST; 0: the handler looks at the method itself */
    uint32_t body_max;
    void (*handle)(void *context, struct http_request *request);
    void *context;
};

/* How long a client may take; 0 stands for what is said here. */
struct http_patience {
    uint32_t greeting_ms;  /* 10 000: from the connection to a request, or HTTP/2's preface */
    uint32_t receiving_ms; /* 10 000: a request, from its first byte to its last */
    uint32_t answering_ms; /* 60 000: an answer, until it has been made and taken */
    uint32_t writing_ms;   /* 15 000: 64 KiB of answers, until the socket has taken them */
};

/* All texts and routes live as long as the server. */
struct http_options {
    struct host_port listen; /* port 0: any that is free */
    const char *prefix; /* path of the apiRoot before all routes, "" or "/…" without a last '/' */
    const struct http_route *routes;
    size_t route_count;
    const char *certificate;     /* PEM, with intermediates after it; "": cleartext */
    const char *certificate_key; /* PEM, without a passphrase */
    const char *client_ca;       /* PEM: clients must have a certificate of one of these; "": not */
    uint32_t connections_max;
    uint32_t streams_max;  /* of a connection at once */
    uint32_t requests_max; /* of all connections under way; more are answered 503 */
    /* Of bodies and answers in memory, the small ones aside; what would go beyond, or beyond a
     * quarter for one connection, is answered 503; 0: 256 MiB. */
    size_t bytes_max;
    uint32_t rate_max; /* requests a second of one connection; more are answered 429; 0: any */
    uint32_t idle_ms;  /* a connection without a request is closed after it */
    struct http_patience patience;
    const struct note *note;                          /* whom the operator's log is; NULL: nobody */
    void *context;                                    /* of these, each of which may be NULL: */
    void (*connected)(void *context, uint32_t count); /* so many connections there are now */
    void (*overloaded)(void *context);                /* a request is answered 429 or 503 */
    void (*reload)(void *context); /* at SIGHUP, when the certificate is read again */
};

struct http_server;

/* ERR_CONFIG or ERR_NETWORK, and `complaint` says why; ERR_MEMORY. Nothing is left behind then, but
 * handles that the loop closes when it runs. */
enum err http_open(uv_loop_t *loop, const struct http_options *options, struct http_server **out,
                   struct complaint *complaint) must_check;

/* Stops listening, says good-bye, closes all connections. The server frees itself on the loop, once
 * the last request has been answered. NULL is allowed. */
void http_close(struct http_server *server);

/* The port that it listens on: for an address with port 0. */
uint16_t http_port(const struct http_server *server);

/* Once for each request that a handler was given; the request is gone then. */
void http_answer(struct http_request *request, const struct http_response *response);

/* Figures for metrics and tests. */
struct http_counts {
    uint64_t accepted;    /* connections */
    uint64_t refused;     /* connections beyond the limit */
    uint64_t requests;    /* given to handlers */
    uint64_t overloaded;  /* answered 429 or 503 by the server */
    uint64_t late;        /* requests and connections ended because time ran out */
    uint64_t floods;      /* connections ended because of resets */
    uint32_t connections; /* now */
    uint32_t under_way;   /* requests now */
};

void http_count(const struct http_server *server, struct http_counts *out);

#endif
