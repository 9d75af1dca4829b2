/*
 * gsup_bytes.h: GSUP messages as an MSC writes them, for the tests of what reads them.
 */
#ifndef TESTS_FRONT_GSUP_BYTES_H
#define TESTS_FRONT_GSUP_BYTES_H

#include "proto/writer.h"

/* Packed BCD with a filler after an odd number of digits. */
static inline size_t bcd_pack(const char *digits, uint8_t *out)
{
    size_t count = strlen(digits);
    for (size_t i = 0; i < count; i += 2) {
        unsigned high = i + 1 < count ? (unsigned)(digits[i + 1] - '0') : 0xf;
        out[i / 2] = (uint8_t)(high << 4 | (unsigned)(digits[i] - '0'));
    }
    return (count + 1) / 2;
}

static inline void put_element(struct writer *writer, uint8_t tag, const void *value, size_t size)
{
    writer_u8(writer, tag);
    writer_u8(writer, (uint8_t)size);
    writer_bytes(writer, value, size);
}

static inline void put_imsi(struct writer *writer, const char *digits)
{
    uint8_t bcd[16];
    put_element(writer, 0x01, bcd, bcd_pack(digits, bcd));
}

/* The digits have a length of their own before them. */
static inline void put_imei(struct writer *writer, const char *digits)
{
    uint8_t bcd[17];
    bcd[0] = (uint8_t)bcd_pack(digits, bcd + 1);
    put_element(writer, 0x50, bcd, (size_t)bcd[0] + 1);
}

/* Type, IMSI, IMEI, class: as osmo-msc writes a question. */
static inline void put_check(struct writer *writer, const char *imsi, const char *imei)
{
    writer_u8(writer, 0x30);
    put_imsi(writer, imsi);
    put_imei(writer, imei);
    put_element(writer, 0x0a, "\1", 1);
}

#endif
