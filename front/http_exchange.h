/*
 * http_exchange.h: one request and its answer, whichever protocol it came by.
 *
 * The protocol begins one, hands over the head and the body as they come, and ends it when the
 * answer has been sent or the stream is gone. While a handler has it, it lives on without a
 * connection. What is wrong with a request is kept as `refusal` and answered in its time.
 */
#ifndef FRONT_HTTP_EXCHANGE_H
#define FRONT_HTTP_EXCHANGE_H

#include "front/http_state.h"

enum http_phase {
    HTTP_HEAD_COMES,
    HTTP_BODY_COMES,
    HTTP_HELD,     /* a handler has it */
    HTTP_ANSWERED, /* the protocol sends it */
};

struct http_span {
    uint32_t at;
    uint32_t size;
};

struct http_exchange {
    struct http_request request;        /* first: the request is the exchange */
    struct http_connection *connection; /* NULL: the client has gone */
    struct http_server *server;
    struct http_exchange *next, *previous; /* of the connection; of the spare ones */
    struct http_age age;
    enum http_phase phase;
    int32_t stream;
    const struct http_route *route;
    unsigned refusal; /* the status that the server answers by itself; 0: none */
    unsigned allowed; /* of a 405 */
    /* the head: target, then the values of the fields that are kept */
    uint8_t *head;
    uint32_t head_size, head_capacity;
    struct http_span target;
    struct http_span fields[HTTP_FIELD_NAME_COUNT];
    int field; /* whose value comes: an enum http_field_name, or -1 */
    uint32_t field_count;
    uint32_t field_bytes;
    uint8_t *body;
    uint32_t body_size, body_capacity;
    /* the answer's body */
    void *owned;
    struct bytes answer;
    size_t sent;
    size_t bytes;              /* reserved: of both bodies */
    uint8_t small[HTTP_SMALL]; /* the head's first home */
    uint8_t small_answer[HTTP_SMALL];
};

/* NULL when there are far too many, or no memory: the stream is refused. */
struct http_exchange *http_exchange_begin(struct http_connection *connection);
void http_exchange_method(struct http_exchange *exchange, struct bytes token);
/* The target as it comes: in pieces. */
void http_exchange_target(struct http_exchange *exchange, struct bytes piece);
/* A field begins; its value follows in pieces. */
void http_exchange_field(struct http_exchange *exchange, struct bytes name);
void http_exchange_value(struct http_exchange *exchange, struct bytes piece);
/* The head is complete: it finds its route. False: `refusal` says why not. */
bool http_exchange_route(struct http_exchange *exchange, uint64_t body_size) must_check;
void http_exchange_body(struct http_exchange *exchange, struct bytes piece);
/* All is there: to its handler, or answered with its refusal. */
void http_exchange_handle(struct http_exchange *exchange);
/* Answers with that status now. */
void http_exchange_refuse(struct http_exchange *exchange, unsigned status);
/* The next bytes of the answer's body, at most `size`. */
struct bytes http_exchange_take(struct http_exchange *exchange, size_t size);
/* The connection has done with it. */
void http_exchange_end(struct http_exchange *exchange);
/* Of the server's end. */
void http_exchange_free_spare(struct http_server *server);

#endif
