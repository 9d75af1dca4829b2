#include "testnet/proxy/words.h"

#include "proto/number.h"
#include "proto/reader.h"

#include <string.h>

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

static bool is_printable(uint8_t byte)
{
    return byte > ' ' && byte < 0x7f;
}

/* One more byte of the last word. */
static enum err extend(struct words *words, size_t *size, uint8_t byte)
{
    if (*size == 0 && words->count == WORDS_MAX)
        return ERR_TOO_MANY;
    if (*size == 0)
        words->count++;
    if (*size == WORD_SIZE - 1)
        return ERR_TOO_LARGE;
    words->at[words->count - 1][(*size)++] = (char)byte;
    return ERR_OK;
}

enum err words_parse(struct bytes line, struct words *out)
{
    struct reader reader = reader_over(line);
    size_t size = 0; /* of the word so far */
    bool is_comment = false;
    *out = (struct words){.count = 0};
    while (reader_left(&reader) > 0) {
        uint8_t byte = reader_u8(&reader);
        is_comment = is_comment || (byte == '#' && size == 0);
        if (is_space(byte))
            size = 0;
        else if (!is_printable(byte))
            reader_fail(&reader, ERR_BAD_TEXT);
        else if (!is_comment)
            reader_fail(&reader, extend(out, &size, byte));
    }
    return reader_done(&reader);
}

bool lines_next(struct lines *lines, struct bytes *line)
{
    struct bytes *rest = &lines->rest;
    if (rest->size == 0)
        return false;
    const uint8_t *end = memchr(rest->data, '\n', rest->size);
    size_t size = end == NULL ? rest->size : (size_t)(end - rest->data);
    size_t taken = end == NULL ? size : size + 1;
    *line = bytes_of(rest->data, size);
    *rest = bytes_of(rest->data + taken, rest->size - taken);
    lines->number++;
    return true;
}

enum err thousandths_parse(const char *text, uint64_t max, uint64_t *out)
{
    char digits[WORD_SIZE + 4];
    const char *point = strchr(text, '.');
    size_t whole = point == NULL ? strlen(text) : (size_t)(point - text);
    size_t behind = point == NULL ? 0 : strlen(point + 1);
    if (whole == 0 || whole >= WORD_SIZE || behind > 3 || (point != NULL && behind == 0))
        return ERR_OUT_OF_RANGE;
    memcpy(digits, text, whole);
    memset(digits + whole, '0', 3);
    if (point != NULL)
        memcpy(digits + whole, point + 1, behind);
    digits[whole + 3] = '\0';
    return number_parse(digits, 0, max, out);
}
