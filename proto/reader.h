/*
 * reader.h: the one cursor through which all bytes from outside are read.
 *
 * A reader goes forward over a fixed input and never past its end. The first error sticks: every
 * later read returns zero (or an empty view) and changes nothing, so that a parser reads straight
 * down and asks once, at the end, with reader_done(). Integers are big-endian.
 *
 * The input is not copied; views handed out by reader_bytes() are valid as long as the input.
 * A reader is a value: no allocation, no clean-up, one thread.
 */
#ifndef PROTO_READER_H
#define PROTO_READER_H

#include "proto/bytes.h"
#include "proto/err.h"

struct reader {
    const uint8_t *at;
    const uint8_t *end;
    enum err err; /* the first error; ERR_OK so far */
};

struct reader reader_over(struct bytes input);

/* The next integer; 0 and ERR_TRUNCATED when too few bytes are left. */
uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
uint64_t reader_u64(struct reader *reader);

/* The next `size` bytes as a view; an empty view and ERR_TRUNCATED when fewer are left. */
struct bytes reader_bytes(struct reader *reader, size_t size);

/* Copies the next `size` bytes to `out`; zeroes `out` when fewer are left. */
void reader_copy(struct reader *reader, void *out, size_t size);

/* The next `size` bytes must be 0: else ERR_OUT_OF_RANGE. */
void reader_zeroes(struct reader *reader, size_t size);

/* Sets the error, unless one stands already. */
void reader_fail(struct reader *reader, enum err err);

static inline bool reader_ok(const struct reader *reader)
{
    return reader->err == ERR_OK;
}

/* Bytes not yet read; 0 after an error. */
static inline size_t reader_left(const struct reader *reader)
{
    return reader->err == ERR_OK ? (size_t)(reader->end - reader->at) : 0;
}

/* The verdict: the first error, ERR_TRAILING when bytes are left, else ERR_OK. */
enum err reader_done(const struct reader *reader) must_check;

#endif
