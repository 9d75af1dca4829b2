/*
 * fixture.h: what the tests of signed statements share, beside recode.h.
 */
#ifndef TESTS_UNIT_PROTO_FIXTURE_H
#define TESTS_UNIT_PROTO_FIXTURE_H

#include "proto/hex.h"
#include "tests/unit/proto/recode.h"

/* A number below `bound`, and bytes, from recode.h's generator. */
static inline uint64_t dice_below(uint64_t *state, uint64_t bound)
{
    return dice(state) % bound;
}

static inline void dice_fill(uint64_t *state, void *out, size_t size)
{
    uint8_t *bytes = out;
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)dice(state);
}

/* The bytes of hexadecimal text, written to `buffer`. */
static inline struct bytes from_hex(const char *hex, void *buffer, size_t capacity)
{
    size_t size = strlen(hex) / 2;
    ck_assert_uint_le(size, capacity);
    ck_assert_msg(hex_decode(hex, strlen(hex), buffer, size) == ERR_OK, "not hex: %s", hex);
    return bytes_of(buffer, size);
}

static inline void assert_bytes(struct bytes found, struct bytes expected)
{
    ck_assert_uint_eq(found.size, expected.size);
    if (expected.size > 0)
        ck_assert_mem_eq(found.data, expected.data, expected.size);
}

#endif
