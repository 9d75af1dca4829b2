/*
 * writer.h: the one cursor through which bytes for outside are written.
 *
 * Writes into a buffer of fixed capacity that the caller owns. The first write that does not fit
 * sets ERR_TOO_LARGE, which sticks; nothing is written past the capacity. Integers are big-endian.
 */
#ifndef PROTO_WRITER_H
#define PROTO_WRITER_H

#include "proto/bytes.h"
#include "proto/err.h"

struct writer {
    uint8_t *data;
    size_t capacity;
    size_t size; /* bytes written so far */
    enum err err;
};

struct writer writer_over(void *buffer, size_t capacity);

void writer_u8(struct writer *writer, uint8_t value);
void writer_u16(struct writer *writer, uint16_t value);
void writer_u32(struct writer *writer, uint32_t value);
void writer_u64(struct writer *writer, uint64_t value);
void writer_bytes(struct writer *writer, const void *data, size_t size);
void writer_text(struct writer *writer, const char *text); /* without its end */

void writer_fail(struct writer *writer, enum err err);

static inline bool writer_ok(const struct writer *writer)
{
    return writer->err == ERR_OK;
}

/* What was written so far, as a view into the buffer; empty after an error. */
static inline struct bytes writer_view(const struct writer *writer)
{
    return bytes_of(writer->data, writer->err == ERR_OK ? writer->size : 0);
}

#endif
