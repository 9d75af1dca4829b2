/*
 * query.h: the parameters of a request's query, percent-decoded (RFC 3986 2.1, 3.4) by one strict
 * cursor. A '+' is a '+': only forms of web pages mean a blank by it.
 */
#ifndef FRONT_QUERY_H
#define FRONT_QUERY_H

#include "proto/bytes.h"
#include "proto/err.h"

#define QUERY_NAME_MAX  64
#define QUERY_VALUE_MAX 512

struct query {
    struct bytes rest;
    bool has_more;
    enum err err;
    bool is_value; /* `err` is in a value, and the name of its parameter was read */
};

/* Both decoded and terminated, without control characters; not checked to be UTF-8. */
struct query_param {
    char name[QUERY_NAME_MAX + 1];
    char value[QUERY_VALUE_MAX + 1]; /* empty also for "name" without a '=' */
    size_t value_size;
};

/* `text` is what follows the '?'; it outlives the cursor. */
struct query query_over(struct bytes text);

/* The next parameter. False at the end, and at an error, which sticks in `err`: ERR_BAD_HEX, a '%'
 * without two digits; ERR_BAD_TEXT, a control character or nothing before the '='; ERR_TOO_LARGE.
 */
bool query_next(struct query *query, struct query_param *out) must_check;

/* As a part of a query or a segment of a path: decodes into `out`, which has room for `size_max`
 * bytes and a terminator. The errors of above. */
enum err percent_decode(struct bytes text, char *out, size_t size_max, size_t *size) must_check;

#endif
