#include "proto/hex.h"

void hex_encode(const void *data, size_t size, char *text)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = data;
    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 0xf];
    }
    text[2 * size] = '\0';
}

static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    if (digit >= 'A' && digit <= 'F')
        return digit - 'A' + 10;
    return -1;
}

enum err hex_decode(const char *text, size_t text_size, void *data, size_t size)
{
    uint8_t *bytes = data;
    memset(data, 0, size);
    if (text_size / 2 != size || text_size % 2 != 0)
        return ERR_BAD_HEX;
    for (size_t i = 0; i < size; i++) {
        int high = digit_value(text[2 * i]);
        int low = digit_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            memset(data, 0, size);
            return ERR_BAD_HEX;
        }
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return ERR_OK;
}
