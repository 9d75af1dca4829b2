/*
 * cbor.h: the deterministic subset of CBOR (RFC 8949 section 4.2.1) that the ledger speaks.
 *
 * Reading is strict: lengths and integers in their shortest form, definite lengths only, no floats,
 * no simple values but false and true, UTF-8 checked in text. What is not in that form is
 * ERR_NOT_CANONICAL, a value of another kind ERR_WRONG_TYPE; errors stick in the reader. The item
 * count of an array or map is checked against the bytes that are left (every item takes at least
 * one), so that a head of a few bytes cannot announce billions.
 *
 * Nothing here recurses: the caller walks the structure that it expects.
 */
#ifndef PROTO_CBOR_H
#define PROTO_CBOR_H

#include "proto/reader.h"
#include "proto/writer.h"

enum cbor_type {
    CBOR_UINT,
    CBOR_NEGATIVE,
    CBOR_BYTES,
    CBOR_TEXT,
    CBOR_ARRAY,
    CBOR_MAP,
    CBOR_TAG,
    CBOR_SIMPLE,
    CBOR_NOTHING /* no byte left, or the reader has failed */
};

/* The type of the next item, without reading it. */
enum cbor_type cbor_peek(const struct reader *reader);

uint64_t cbor_uint(struct reader *reader);
/* An unsigned integer of at most `max`, else ERR_OUT_OF_RANGE. */
uint64_t cbor_uint_max(struct reader *reader, uint64_t max);
/* An integer of either sign that fits in int64_t. */
int64_t cbor_int(struct reader *reader);
bool cbor_bool(struct reader *reader);
uint64_t cbor_tag(struct reader *reader);
struct bytes cbor_bytes(struct reader *reader);
/* A byte string of exactly `size` bytes, copied; else ERR_OUT_OF_RANGE and zeroes. */
void cbor_bytes_exact(struct reader *reader, void *out, size_t size);
/* A text of at most `size_max` bytes of valid UTF-8. Not terminated: a view into the input. */
struct bytes cbor_text(struct reader *reader, size_t size_max);
/* The same, copied and terminated into `out` of capacity `size_max + 1`. ERR_BAD_TEXT when it holds
 * a control character (below U+0020, U+007F..U+009F). */
void cbor_text_copy(struct reader *reader, char *out, size_t size_max);
/* The number of elements that follow. */
size_t cbor_array(struct reader *reader);
/* An array of exactly `count` elements, else ERR_OUT_OF_RANGE. */
void cbor_array_exact(struct reader *reader, size_t count);

/*
 * A map whose keys are the integers 0..23 in strictly ascending order:
 *
 *     struct cbor_map map = cbor_map(reader);
 *     uint64_t key;
 *     while (cbor_map_next(&map, reader, &key)) {
 *         switch (key) {
 *         case 0: ...read the value...; break;
 *         default: reader_fail(reader, ERR_UNKNOWN_FIELD);
 *         }
 *     }
 *     cbor_map_require(&map, reader, 1u << 0 | 1u << 1);
 */
struct cbor_map {
    size_t left;
    uint32_t seen; /* bit k: key k was read */
};

struct cbor_map cbor_map(struct reader *reader);
/* The next key; false at the end of the map and after any error. */
bool cbor_map_next(struct cbor_map *map, struct reader *reader, uint64_t *key);
/* ERR_MISSING_FIELD unless all keys of the bit set were read. */
void cbor_map_require(const struct cbor_map *map, struct reader *reader, uint32_t keys);

/* Skips no structure: to keep the bytes of a nested item, take `reader->at` before and after. */

void cbor_put_uint(struct writer *writer, uint64_t value);
void cbor_put_int(struct writer *writer, int64_t value);
void cbor_put_bool(struct writer *writer, bool value);
void cbor_put_tag(struct writer *writer, uint64_t tag);
void cbor_put_bytes(struct writer *writer, const void *data, size_t size);
/* The head of a byte string whose `size` bytes the caller writes or hashes next. */
void cbor_put_bytes_head(struct writer *writer, size_t size);
/* A terminated string; the caller answers for it being UTF-8. */
void cbor_put_text(struct writer *writer, const char *text);
void cbor_put_array(struct writer *writer, size_t count);
void cbor_put_map(struct writer *writer, size_t count);

#endif
