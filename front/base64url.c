#include "front/base64url.h"

/* The six bits of a sign; 64: none. */
static unsigned bits_of(uint8_t sign)
{
    if (sign >= 'A' && sign <= 'Z')
        return sign - 'A';
    if (sign >= 'a' && sign <= 'z')
        return sign - 'a' + 26u;
    if (sign >= '0' && sign <= '9')
        return sign - '0' + 52u;
    return sign == '-' ? 62 : sign == '_' ? 63 : 64;
}

enum err base64url_decode(struct bytes text, uint8_t *out, size_t capacity, size_t *size)
{
    unsigned held = 0; /* bits not yet written */
    unsigned count = 0;
    *size = 0;
    if (text.size % 4 == 1)
        return ERR_BAD_TEXT;
    for (size_t i = 0; i < text.size; i++) {
        unsigned bits = bits_of(text.data[i]);
        if (bits == 64)
            return ERR_BAD_TEXT;
        held = held << 6 | bits;
        count += 6;
        if (count < 8)
            continue;
        if (*size == capacity)
            return ERR_TOO_LARGE;
        count -= 8;
        out[(*size)++] = (uint8_t)(held >> count);
        held &= (1u << count) - 1;
    }
    return held == 0 ? ERR_OK : ERR_BAD_TEXT;
}
