#include "proto/cbor.h"

/* Additional information of the initial byte, RFC 8949 section 3. */
enum { INFO_ONE_BYTE = 24, INFO_TWO = 25, INFO_FOUR = 26, INFO_EIGHT = 27 };
enum { SIMPLE_FALSE = 20, SIMPLE_TRUE = 21 };

static const enum cbor_type types[8] = {
    CBOR_UINT, CBOR_NEGATIVE, CBOR_BYTES, CBOR_TEXT, CBOR_ARRAY, CBOR_MAP, CBOR_TAG, CBOR_SIMPLE,
};

enum cbor_type cbor_peek(const struct reader *reader)
{
    return reader_left(reader) == 0 ? CBOR_NOTHING : types[*reader->at >> 5];
}

/* The argument that follows the initial byte; the shortest form only (RFC 8949 4.2.1). */
static uint64_t read_argument(struct reader *reader, uint8_t info)
{
    uint64_t value = info;
    uint64_t least = 0;
    switch (info) {
    case INFO_ONE_BYTE:
        value = reader_u8(reader);
        least = INFO_ONE_BYTE;
        break;
    case INFO_TWO:
        value = reader_u16(reader);
        least = UINT8_MAX + 1u;
        break;
    case INFO_FOUR:
        value = reader_u32(reader);
        least = UINT16_MAX + 1u;
        break;
    case INFO_EIGHT:
        value = reader_u64(reader);
        least = (uint64_t)UINT32_MAX + 1;
        break;
    default:
        if (info > INFO_EIGHT)
            reader_fail(reader, ERR_NOT_CANONICAL); /* reserved, or an indefinite length */
    }
    if (value < least)
        reader_fail(reader, ERR_NOT_CANONICAL);
    return reader_ok(reader) ? value : 0;
}

/* Reads the head of an item of that type. */
static uint64_t read_head(struct reader *reader, enum cbor_type type)
{
    if (!reader_ok(reader))
        return 0;
    enum cbor_type found = cbor_peek(reader);
    if (found != type) {
        reader_fail(reader, found == CBOR_NOTHING ? ERR_TRUNCATED : ERR_WRONG_TYPE);
        return 0;
    }
    uint8_t initial = reader_u8(reader);
    return read_argument(reader, initial & 0x1f);
}

uint64_t cbor_uint(struct reader *reader)
{
    return read_head(reader, CBOR_UINT);
}

uint64_t cbor_uint_max(struct reader *reader, uint64_t max)
{
    uint64_t value = cbor_uint(reader);
    if (value > max) {
        reader_fail(reader, ERR_OUT_OF_RANGE);
        return 0;
    }
    return value;
}

int64_t cbor_int(struct reader *reader)
{
    bool is_negative = cbor_peek(reader) == CBOR_NEGATIVE;
    uint64_t value = read_head(reader, is_negative ? CBOR_NEGATIVE : CBOR_UINT);
    if (value > INT64_MAX) {
        reader_fail(reader, ERR_OUT_OF_RANGE);
        return 0;
    }
    if (!reader_ok(reader))
        return 0;
    return is_negative ? -1 - (int64_t)value : (int64_t)value;
}

bool cbor_bool(struct reader *reader)
{
    if (cbor_peek(reader) == CBOR_SIMPLE) {
        uint8_t info = *reader->at & 0x1f;
        if (info != SIMPLE_FALSE && info != SIMPLE_TRUE) {
            reader_fail(reader, ERR_NOT_CANONICAL); /* null, undefined, floats, break */
            return false;
        }
    }
    return read_head(reader, CBOR_SIMPLE) == SIMPLE_TRUE;
}

uint64_t cbor_tag(struct reader *reader)
{
    return read_head(reader, CBOR_TAG);
}

static struct bytes read_string(struct reader *reader, enum cbor_type type)
{
    uint64_t size = read_head(reader, type);
    if (size > reader_left(reader)) {
        reader_fail(reader, ERR_TRUNCATED);
        return bytes_of(NULL, 0);
    }
    return reader_bytes(reader, (size_t)size);
}

struct bytes cbor_bytes(struct reader *reader)
{
    return read_string(reader, CBOR_BYTES);
}

void cbor_bytes_exact(struct reader *reader, void *out, size_t size)
{
    struct bytes view = cbor_bytes(reader);
    if (reader_ok(reader) && view.size != size)
        reader_fail(reader, ERR_OUT_OF_RANGE);
    if (reader_ok(reader) && view.data != NULL)
        memcpy(out, view.data, size);
    else
        memset(out, 0, size);
}

/* The code point that starts at `*at` and its length in bytes; false when it is not valid UTF-8
 * (RFC 3629: shortest form, no surrogates, at most U+10FFFF). */
static bool read_code_point(struct bytes text, size_t *at, uint32_t *point)
{
    static const uint32_t least[5] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = text.data[*at];
    size_t length = first < 0x80       ? 1
                    : first >> 5 == 6  ? 2
                    : first >> 4 == 14 ? 3
                    : first >> 3 == 30 ? 4
                                       : 0;
    if (length == 0 || text.size - *at < length)
        return false;
    uint32_t value = length == 1 ? first : first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        uint8_t next = text.data[*at + i];
        if (next >> 6 != 2)
            return false;
        value = value << 6 | (next & 0x3f);
    }
    if (value < least[length] || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
        return false;
    *at += length;
    *point = value;
    return true;
}

struct bytes cbor_text(struct reader *reader, size_t size_max)
{
    struct bytes text = read_string(reader, CBOR_TEXT);
    if (text.size > size_max)
        reader_fail(reader, ERR_TOO_LARGE);
    size_t at = 0;
    uint32_t point;
    while (reader_ok(reader) && at < text.size) {
        if (!read_code_point(text, &at, &point))
            reader_fail(reader, ERR_BAD_TEXT);
    }
    return reader_ok(reader) ? text : bytes_of(NULL, 0);
}

void cbor_text_copy(struct reader *reader, char *out, size_t size_max)
{
    struct bytes text = cbor_text(reader, size_max);
    size_t at = 0;
    uint32_t point = 0;
    while (at < text.size && read_code_point(text, &at, &point)) {
        if (point < 0x20 || (point >= 0x7f && point <= 0x9f)) {
            reader_fail(reader, ERR_BAD_TEXT);
            break;
        }
    }
    size_t size = reader_ok(reader) ? text.size : 0;
    if (size > 0)
        memcpy(out, text.data, size);
    out[size] = '\0';
}

/* A count of elements that take at least `each` bytes, so that it cannot exceed the input. */
static size_t read_count(struct reader *reader, enum cbor_type type, size_t each)
{
    uint64_t count = read_head(reader, type);
    if (count > reader_left(reader) / each) {
        reader_fail(reader, ERR_TRUNCATED);
        return 0;
    }
    return (size_t)count;
}

size_t cbor_array(struct reader *reader)
{
    return read_count(reader, CBOR_ARRAY, 1);
}

void cbor_array_exact(struct reader *reader, size_t count)
{
    if (cbor_array(reader) != count)
        reader_fail(reader, ERR_OUT_OF_RANGE);
}

struct cbor_map cbor_map(struct reader *reader)
{
    return (struct cbor_map){.left = read_count(reader, CBOR_MAP, 2), .seen = 0};
}

bool cbor_map_next(struct cbor_map *map, struct reader *reader, uint64_t *key)
{
    *key = UINT64_MAX;
    if (map->left == 0 || !reader_ok(reader))
        return false;
    uint64_t next = cbor_uint(reader);
    if (reader_ok(reader) && next > 23)
        reader_fail(reader, ERR_UNKNOWN_FIELD);
    /* Ascending, so also unique: no key at or above this one was seen. */
    if (reader_ok(reader) && map->seen >> next != 0)
        reader_fail(reader, ERR_NOT_CANONICAL);
    if (!reader_ok(reader))
        return false;
    map->seen |= UINT32_C(1) << next;
    map->left--;
    *key = next;
    return true;
}

void cbor_map_require(const struct cbor_map *map, struct reader *reader, uint32_t keys)
{
    if ((map->seen & keys) != keys)
        reader_fail(reader, ERR_MISSING_FIELD);
}

static void put_head(struct writer *writer, unsigned major, uint64_t argument)
{
    uint8_t initial = (uint8_t)(major << 5);
    if (argument < INFO_ONE_BYTE) {
        writer_u8(writer, (uint8_t)(initial | argument));
    } else if (argument <= UINT8_MAX) {
        writer_u8(writer, initial | INFO_ONE_BYTE);
        writer_u8(writer, (uint8_t)argument);
    } else if (argument <= UINT16_MAX) {
        writer_u8(writer, initial | INFO_TWO);
        writer_u16(writer, (uint16_t)argument);
    } else if (argument <= UINT32_MAX) {
        writer_u8(writer, initial | INFO_FOUR);
        writer_u32(writer, (uint32_t)argument);
    } else {
        writer_u8(writer, initial | INFO_EIGHT);
        writer_u64(writer, argument);
    }
}

void cbor_put_uint(struct writer *writer, uint64_t value)
{
    put_head(writer, 0, value);
}

void cbor_put_int(struct writer *writer, int64_t value)
{
    if (value >= 0)
        put_head(writer, 0, (uint64_t)value);
    else
        put_head(writer, 1, (uint64_t)(-1 - value));
}

void cbor_put_bool(struct writer *writer, bool value)
{
    put_head(writer, 7, value ? SIMPLE_TRUE : SIMPLE_FALSE);
}

void cbor_put_tag(struct writer *writer, uint64_t tag)
{
    put_head(writer, 6, tag);
}

void cbor_put_bytes_head(struct writer *writer, size_t size)
{
    put_head(writer, 2, size);
}

void cbor_put_bytes(struct writer *writer, const void *data, size_t size)
{
    cbor_put_bytes_head(writer, size);
    writer_bytes(writer, data, size);
}

void cbor_put_text(struct writer *writer, const char *text)
{
    size_t size = strlen(text);
    put_head(writer, 3, size);
    writer_bytes(writer, text, size);
}

void cbor_put_array(struct writer *writer, size_t count)
{
    put_head(writer, 4, count);
}

void cbor_put_map(struct writer *writer, size_t count)
{
    put_head(writer, 5, count);
}
