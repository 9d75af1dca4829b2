/*
 * source.h: bytes in memory that are read as a file is, a few at a time.
 */
#ifndef TESTS_UNIT_CLI_SOURCE_H
#define TESTS_UNIT_CLI_SOURCE_H

#include "proto/bytes.h"
#include "proto/err.h"

struct source {
    struct bytes left;
    size_t chunk;  /* bytes of one reading at most */
    enum err fail; /* what comes instead of the end */
};

static inline struct source source_of(const void *data, size_t size, size_t chunk)
{
    return (struct source){.left = bytes_of(data, size), .chunk = chunk};
}

static inline enum err source_fill(void *context, void *buffer, size_t capacity, size_t *size)
{
    struct source *source = context;
    *size = source->left.size;
    if (*size > source->chunk)
        *size = source->chunk;
    if (*size > capacity)
        *size = capacity;
    if (*size == 0)
        return source->fail;
    memcpy(buffer, source->left.data, *size);
    source->left = bytes_of(source->left.data + *size, source->left.size - *size);
    return ERR_OK;
}

#endif
