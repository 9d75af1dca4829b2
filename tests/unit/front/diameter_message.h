/*
 * diameter_message.h: Diameter messages, byte by byte, as tests write them.
 */
#ifndef TESTS_FRONT_DIAMETER_MESSAGE_H
#define TESTS_FRONT_DIAMETER_MESSAGE_H

#include "proto/bytes.h"
#include "tests/unit/check.h"

struct message {
    uint8_t bytes[65536];
    size_t size;
};

static inline void put_u8(struct message *message, unsigned value)
{
    ck_assert_uint_lt(message->size, sizeof message->bytes);
    message->bytes[message->size++] = (uint8_t)value;
}

static inline void put_u24(struct message *message, uint32_t value)
{
    put_u8(message, value >> 16 & 0xff);
    put_u8(message, value >> 8 & 0xff);
    put_u8(message, value & 0xff);
}

static inline void put_u32(struct message *message, uint32_t value)
{
    put_u8(message, value >> 24);
    put_u24(message, value & 0xffffff);
}

static inline void set_size(struct message *message, size_t at, size_t size)
{
    message->bytes[at] = (uint8_t)(size >> 16);
    message->bytes[at + 1] = (uint8_t)(size >> 8);
    message->bytes[at + 2] = (uint8_t)size;
}

static inline void message_begin(struct message *message, unsigned flags, uint32_t command,
                                 uint32_t application)
{
    message->size = 0;
    put_u8(message, 1);
    put_u24(message, 0);
    put_u8(message, flags);
    put_u24(message, command);
    put_u32(message, application);
    put_u32(message, 0x11111111);
    put_u32(message, 0x22222222);
}

static inline void message_end(struct message *message)
{
    set_size(message, 1, message->size);
}

/* Returns the place of its header, for avp_end(). `vendor` 0: none. */
static inline size_t avp_begin(struct message *message, uint32_t code, uint32_t vendor)
{
    size_t at = message->size;
    put_u32(message, code);
    put_u8(message, vendor != 0 ? 0xc0 : 0x40);
    put_u24(message, 0);
    if (vendor != 0)
        put_u32(message, vendor);
    return at;
}

static inline void avp_end(struct message *message, size_t at)
{
    set_size(message, at + 5, message->size - at);
    while (message->size % 4 != 0)
        put_u8(message, 0);
}

static inline void put_avp(struct message *message, uint32_t code, uint32_t vendor,
                           const void *value, size_t size)
{
    size_t at = avp_begin(message, code, vendor);
    for (size_t i = 0; i < size; i++)
        put_u8(message, ((const uint8_t *)value)[i]);
    avp_end(message, at);
}

static inline void put_text(struct message *message, uint32_t code, const char *text)
{
    put_avp(message, code, 0, text, strlen(text));
}

static inline void put_number(struct message *message, uint32_t code, uint32_t number)
{
    size_t at = avp_begin(message, code, 0);
    put_u32(message, number);
    avp_end(message, at);
}

#endif
