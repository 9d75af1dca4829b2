#include "json/text.h"

#include <strings.h>

/* The bytes of the character that begins here, and its code; 0 when it is none (RFC 3629 section 4:
 * no overlong forms, no surrogates, nothing above U+10FFFF). */
static size_t take_character(const char *text, size_t size, uint32_t *code)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t first = (uint8_t)text[0];
    size_t length = first < 0x80             ? 1
                    : (first & 0xe0) == 0xc0 ? 2
                    : (first & 0xf0) == 0xe0 ? 3
                    : (first & 0xf8) == 0xf0 ? 4
                                             : 0;
    if (length == 0 || length > size)
        return 0;
    *code = length == 1 ? first : first & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        uint8_t next = (uint8_t)text[i];
        if ((next & 0xc0) != 0x80)
            return 0;
        *code = *code << 6 | (next & 0x3f);
    }
    bool is_code =
        *code >= smallest[length] && *code <= 0x10ffff && !(*code >= 0xd800 && *code <= 0xdfff);
    return is_code ? length : 0;
}

bool text_is_utf8(const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        uint32_t code;
        size_t length = take_character(text + at, size - at, &code);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

static bool is_space(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r') || code == 0xa0;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f);
}

size_t text_clean(const char *text, size_t size, char *out, size_t size_max)
{
    size_t written = 0;
    bool gap = false; /* white space since the last character */
    for (size_t at = 0; at < size;) {
        uint32_t code;
        size_t length = take_character(text + at, size - at, &code);
        if (length == 0) {
            at++;
            continue;
        }
        if (is_space(code)) {
            gap = true;
        } else if (!is_control(code)) {
            size_t blank = gap && written > 0;
            if (size_max - written < length + blank)
                break;
            if (blank)
                out[written++] = ' ';
            memcpy(out + written, text + at, length);
            written += length;
            gap = false;
        }
        at += length;
    }
    out[written] = '\0';
    return written;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

struct bytes text_trim(struct bytes text)
{
    while (text.size > 0 && is_blank(text.data[0]))
        text = bytes_of(text.data + 1, text.size - 1);
    while (text.size > 0 && is_blank(text.data[text.size - 1]))
        text.size--;
    return text;
}

bool text_is_word(struct bytes text, const char *word)
{
    text = text_trim(text);
    return text.size == strlen(word) && strncasecmp((const char *)text.data, word, text.size) == 0;
}
