#include "cli/pem.h"

#include "proto/writer.h"

static int base64_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* RFC 4648 section 4, with white space between. */
static void decode_base64(struct bytes text, struct writer *writer)
{
    uint32_t bits = 0;
    unsigned digits = 0;
    unsigned padding = 0;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (c == ' ' || (c >= '\t' && c <= '\r'))
            continue;
        int value = c == '=' ? 0 : base64_value(c);
        padding += c == '=';
        if (value < 0 || (padding > 0 && c != '=') || padding > 2) {
            writer_fail(writer, ERR_BAD_TEXT);
            return;
        }
        bits = bits << 6 | (uint32_t)value;
        if (++digits % 4 != 0)
            continue;
        for (unsigned k = 0; k < 3 - padding; k++)
            writer_u8(writer, (uint8_t)(bits >> (16 - 8 * k)));
        bits = 0;
    }
    if (digits % 4 != 0)
        writer_fail(writer, ERR_BAD_TEXT);
}

/* X.690 8.1.3: a SEQUENCE whose length says that it fills the bytes. */
static bool is_sequence(struct bytes der)
{
    if (der.size < 2 || der.data[0] != 0x30)
        return false;
    size_t count = der.data[1] & 0x7f;
    if (der.data[1] < 0x80)
        return der.size == 2 + count;
    if (count == 0 || count > 3 || der.size < 2 + count)
        return false;
    size_t length = 0;
    for (size_t i = 0; i < count; i++)
        length = length << 8 | der.data[2 + i];
    return der.size == 2 + count + length;
}

enum err pem_certificate(struct bytes pem, uint8_t *der, size_t capacity, size_t *size)
{
    static const char head[] = "-----BEGIN CERTIFICATE-----";
    static const char tail[] = "-----END CERTIFICATE-----";
    *size = 0;
    const uint8_t *begin = memmem(pem.data, pem.size, head, sizeof head - 1);
    if (begin == NULL)
        return ERR_NOT_FOUND;
    begin += sizeof head - 1;
    size_t left = pem.size - (size_t)(begin - pem.data);
    const uint8_t *end = memmem(begin, left, tail, sizeof tail - 1);
    if (end == NULL)
        return ERR_NOT_FOUND;
    struct writer writer = writer_over(der, capacity);
    decode_base64(bytes_of(begin, (size_t)(end - begin)), &writer);
    if (!writer_ok(&writer))
        return writer.err;
    if (!is_sequence(writer_view(&writer)))
        return ERR_NOT_CANONICAL;
    *size = writer.size;
    return ERR_OK;
}
