/*
 * body.h: JSON from outside: one strict reading, with bounds that hold before memory is taken.
 *
 * RFC 8259 and no more: UTF-8, no key twice in an object, no U+0000, nothing behind the end.
 */
#ifndef JSON_BODY_H
#define JSON_BODY_H

#include "proto/bytes.h"
#include "proto/err.h"

#include <jansson.h>

/* Objects and arrays within each other, in what anybody asks. */
#define BODY_DEPTH_MAX 8

/* The object that the text is; the caller bounds its size and drops it. ERR_BAD_JSON, also for
 * anything deeper than BODY_DEPTH_MAX; ERR_WRONG_TYPE: it is no object; ERR_MEMORY. */
enum err body_parse(struct bytes text, json_t **out) must_check;

/* Whether the object has no other members than those named; `names` ends with NULL.
 * ERR_UNKNOWN_FIELD, and `unknown` is the first that is not: it lives as long as the object. */
enum err body_knows(json_t *object, const char *const *names, const char **unknown) must_check;

#endif
