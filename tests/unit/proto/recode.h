/*
 * recode.h: the properties that every format has, held against a function that parses some bytes
 * and writes what it understood.
 */
#ifndef TESTS_UNIT_PROTO_RECODE_H
#define TESTS_UNIT_PROTO_RECODE_H

#include "proto/hex.h"
#include "proto/reader.h"
#include "proto/writer.h"
#include "tests/unit/suite.h"

#include <stdlib.h>

/* Parses `input`; when that is ERR_OK, writes what was parsed to `again`. */
typedef enum err recode(struct bytes input, struct writer *again);

/* Random numbers from a fixed seed (splitmix64). */
static inline uint64_t dice(uint64_t *state)
{
    uint64_t mixed = *state += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

/* The bytes of hexadecimal text with blanks between its parts, written to `buffer`. */
static inline struct bytes parts(const char *hex, void *buffer, size_t capacity)
{
    char digits[512];
    size_t size = 0;
    for (const char *at = hex; *at != '\0'; at++) {
        ck_assert_uint_lt(size, sizeof digits);
        if (*at != ' ')
            digits[size++] = *at;
    }
    ck_assert_uint_le(size / 2, capacity);
    ck_assert_msg(hex_decode(digits, size, buffer, size / 2) == ERR_OK, "not hex: %s", hex);
    return bytes_of(buffer, size / 2);
}

/* Recodes a copy of the exact size, so that a sanitizer sees a read past the end. What is taken
 * must be written again with the same bytes: each value has one encoding. */
static inline enum err recode_checked(recode *function, struct bytes input)
{
    uint8_t *copy = malloc(input.size + 1);
    uint8_t *room = malloc(input.size + 1);
    ck_assert(copy != NULL && room != NULL);
    copy = realloc(copy, input.size > 0 ? input.size : 1);
    if (input.size > 0)
        memcpy(copy, input.data, input.size);
    struct writer again = writer_over(room, input.size);
    enum err err = function(bytes_of(copy, input.size), &again);
    if (err == ERR_OK) {
        ck_assert_msg(writer_ok(&again), "what was read cannot be written: %s",
                      err_name(again.err));
        ck_assert_msg(bytes_equal(writer_view(&again), input), "a second encoding of one value");
    }
    free(copy);
    free(room);
    return err;
}

static inline void recode_takes(recode *function, struct bytes input)
{
    enum err err = recode_checked(function, input);
    ck_assert_msg(err == ERR_OK, "%zu bytes: %s", input.size, err_name(err));
}

static inline void recode_refuses(recode *function, struct bytes input, enum err expected)
{
    enum err err = recode_checked(function, input);
    ck_assert_msg(err == expected, "%s and not %s", err_name(err), err_name(expected));
}

static inline void recode_refuses_truncations(recode *function, struct bytes input)
{
    for (size_t size = 0; size < input.size; size++) {
        enum err err = recode_checked(function, bytes_of(input.data, size));
        ck_assert_msg(err != ERR_OK, "taken with %zu of %zu bytes", size, input.size);
    }
}

static inline void recode_refuses_trailing(recode *function, struct bytes input)
{
    uint8_t *longer = calloc(1, input.size + 1);
    ck_assert(longer != NULL);
    memcpy(longer, input.data, input.size);
    ck_assert_int_ne(recode_checked(function, bytes_of(longer, input.size + 1)), ERR_OK);
    free(longer);
}

/* Every flipped bit is refused, or is another value with that encoding. Returns how many of them
 * were taken. */
static inline size_t recode_flips(recode *function, struct bytes input)
{
    size_t taken = 0;
    uint8_t *flipped = malloc(input.size);
    ck_assert(flipped != NULL);
    memcpy(flipped, input.data, input.size);
    for (size_t bit = 0; bit < 8 * input.size; bit++) {
        flipped[bit / 8] ^= (uint8_t)(1u << bit % 8);
        taken += recode_checked(function, bytes_of(flipped, input.size)) == ERR_OK;
        flipped[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    free(flipped);
    return taken;
}

/* As above for random damage: some bytes overwritten, some removed, some doubled. */
static inline void recode_damaged(recode *function, struct bytes input, size_t rounds)
{
    uint64_t state = 0x1e1;
    uint8_t *damaged = malloc(2 * input.size);
    ck_assert(damaged != NULL);
    for (size_t round = 0; round < rounds; round++) {
        size_t size = input.size;
        memcpy(damaged, input.data, size);
        for (uint64_t left = 1 + dice(&state) % 3; left > 0; left--)
            damaged[dice(&state) % size] = (uint8_t)dice(&state);
        size_t from = dice(&state) % size;
        size_t to = dice(&state) % size;
        if (dice(&state) % 2 == 0) {
            size_t count = size - (from > to ? from : to);
            memmove(damaged + to, damaged + from, count);
            size = dice(&state) % 2 == 0 ? size : to + count;
        }
        (void)recode_checked(function, bytes_of(damaged, size));
    }
    free(damaged);
}

/* All of the above. */
static inline void recode_holds(recode *function, struct bytes input)
{
    recode_takes(function, input);
    recode_refuses_truncations(function, input);
    recode_refuses_trailing(function, input);
    (void)recode_flips(function, input);
    recode_damaged(function, input, 2000);
}

#endif
