/*
 * print.h: JSON as text in memory that grows up to a bound. The first error sticks.
 */
#ifndef JSON_PRINT_H
#define JSON_PRINT_H

#include "proto/bytes.h"
#include "proto/err.h"

#include <jansson.h>

struct print {
    char *data; /* of malloc()'s: whoever takes it sets it to NULL */
    size_t size;
    size_t capacity;
    size_t size_max;
    enum err err; /* ERR_TOO_LARGE, ERR_MEMORY */
};

static inline struct print print_up_to(size_t size_max)
{
    return (struct print){.size_max = size_max};
}

void print_bytes(struct print *print, struct bytes bytes);
void print_text(struct print *print, const char *text);
/* Takes over the value; NULL is ERR_MEMORY, which is what jansson means by it. */
void print_value(struct print *print, json_t *value);
/* Takes back what was written after `size` bytes, and the error of a full text. */
void print_back(struct print *print, size_t size);
void print_free(struct print *print);

static inline struct bytes print_view(const struct print *print)
{
    return bytes_of(print->data, print->size);
}

#endif
