/*
 * hash.h: SHA-256, through libcrypto.
 *
 * A hasher is a value on the stack; it allocates nothing and needs no clean-up.
 */
#ifndef PROTO_HASH_H
#define PROTO_HASH_H

#include "proto/bytes.h"

#define HASH_SIZE 32

struct hash {
    uint8_t bytes[HASH_SIZE];
};

struct hasher {
    _Alignas(8) uint8_t state[128]; /* libcrypto's SHA256_CTX; hash.c holds the sizes together */
};

void hasher_begin(struct hasher *hasher);
void hasher_add(struct hasher *hasher, const void *data, size_t size);
struct hash hasher_end(struct hasher *hasher);

struct hash hash_of(struct bytes input);

static inline bool hash_equal(const struct hash *a, const struct hash *b)
{
    return memcmp(a->bytes, b->bytes, HASH_SIZE) == 0;
}

#endif
