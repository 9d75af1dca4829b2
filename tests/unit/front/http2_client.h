/*
 * http2_client.h: HTTP/2 frames written and read by hand, so that they can also be wrong.
 */
#ifndef TESTS_FRONT_HTTP2_CLIENT_H
#define TESTS_FRONT_HTTP2_CLIENT_H

#include "proto/writer.h"
#include "tests/unit/front/http_fixture.h"

enum {
    DATA,
    HEADERS,
    PRIORITY,
    RST_STREAM,
    SETTINGS,
    PUSH,
    PING,
    GOAWAY,
    WINDOW_UPDATE,
    CONTINUED
};
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4 };
enum {
    PROTOCOL_ERROR = 1,
    INTERNAL_ERROR = 2,
    STREAM_CLOSED = 5,
    REFUSED = 7,
    CANCEL = 8,
    CALM = 11
};

static inline void put_frame(struct writer *writer, unsigned type, unsigned flags, uint32_t stream,
                             const void *payload, size_t size)
{
    writer_u8(writer, (uint8_t)(size >> 16));
    writer_u16(writer, (uint16_t)size);
    writer_u8(writer, (uint8_t)type);
    writer_u8(writer, (uint8_t)flags);
    writer_u32(writer, stream);
    writer_bytes(writer, payload, size);
}

/* RFC 7541 6.2.2, 5.2: a literal without indexing, with a new name or one of the static table's. */
static inline void put_text(struct writer *writer, const char *text, size_t size)
{
    ck_assert_uint_lt(size, 127 + 128 * 128);
    if (size < 127) {
        writer_u8(writer, (uint8_t)size);
    } else {
        writer_u8(writer, 127);
        writer_u8(writer, (uint8_t)(0x80 | ((size - 127) & 0x7f)));
        writer_u8(writer, (uint8_t)((size - 127) >> 7));
    }
    writer_bytes(writer, text, size);
}

static inline void put_field(struct writer *writer, const char *name, const char *value)
{
    writer_u8(writer, 0);
    put_text(writer, name, strlen(name));
    put_text(writer, value, strlen(value));
}

/* The pseudo header fields of a GET or POST. */
static inline void put_request_line(struct writer *writer, bool is_post, const char *path)
{
    writer_u8(writer, is_post ? 0x83 : 0x82); /* :method */
    writer_u8(writer, 0x86);                  /* :scheme http */
    writer_u8(writer, 0x01);                  /* :authority */
    put_text(writer, "here", 4);
    writer_u8(writer, 0x04); /* :path */
    put_text(writer, path, strlen(path));
}

static inline void put_get(struct writer *writer, uint32_t stream, const char *path)
{
    uint8_t block[8192];
    struct writer head = writer_over(block, sizeof block);
    put_request_line(&head, false, path);
    put_frame(writer, HEADERS, END_HEADERS | END_STREAM, stream, block, head.size);
}

static inline void put_u32_frame(struct writer *writer, unsigned type, uint32_t stream,
                                 uint32_t value)
{
    uint8_t payload[4];
    struct writer number = writer_over(payload, sizeof payload);
    writer_u32(&number, value);
    put_frame(writer, type, 0, stream, payload, sizeof payload);
}

static inline void put_preface(struct writer *writer)
{
    writer_bytes(writer, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
    put_frame(writer, SETTINGS, 0, 0, NULL, 0);
}

struct frame {
    unsigned type;
    unsigned flags;
    uint32_t stream;
    size_t size;
    uint8_t payload[1u << 14];
};

static inline bool hear_all(int fd, void *out, size_t size)
{
    size_t got = 0;
    while (got < size) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        ck_assert_msg(poll(&poll_fd, 1, PATIENCE_MS) == 1, "no frame comes");
        ssize_t now = recv(fd, (uint8_t *)out + got, size - got, 0);
        if (now <= 0)
            return false;
        got += (size_t)now;
    }
    return true;
}

/* False: the server has closed. */
static inline bool hear_frame(int fd, struct frame *out)
{
    uint8_t head[9];
    if (!hear_all(fd, head, sizeof head))
        return false;
    out->size = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
    out->type = head[3];
    out->flags = head[4];
    out->stream =
        (uint32_t)head[5] << 24 | (uint32_t)head[6] << 16 | (uint32_t)head[7] << 8 | head[8];
    ck_assert_uint_le(out->size, sizeof out->payload);
    return hear_all(fd, out->payload, out->size);
}

/* The next frame of that type; false: the server closed before. */
static inline bool hear_type(int fd, unsigned type, struct frame *out)
{
    while (hear_frame(fd, out)) {
        if (out->type == type)
            return true;
    }
    return false;
}

static inline uint32_t frame_u32(const struct frame *frame, size_t at)
{
    ck_assert_uint_le(at + 4, frame->size);
    const uint8_t *p = frame->payload + at;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* The server's last word is a GOAWAY with that code. */
static inline void expect_goaway(int fd, uint32_t code)
{
    struct frame frame;
    ck_assert_msg(hear_type(fd, GOAWAY, &frame), "no GOAWAY");
    ck_assert_uint_eq(frame_u32(&frame, 4), code);
    ck_assert_msg(!hear_type(fd, GOAWAY, &frame), "a second GOAWAY");
}

#endif
