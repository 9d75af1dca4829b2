/*
 * siphash.h: SipHash-2-4 (Aumasson and Bernstein, 2012): a short hash under a secret key.
 *
 * Who does not know the key cannot choose inputs that meet, nor tell an input from its hash. A pure
 * function: any thread.
 */
#ifndef PROTO_SIPHASH_H
#define PROTO_SIPHASH_H

#include "proto/bytes.h"

#define SIPHASH_KEY_SIZE 16

struct siphash_key {
    uint8_t bytes[SIPHASH_KEY_SIZE];
};

uint64_t siphash(const struct siphash_key *key, struct bytes input);

#endif
