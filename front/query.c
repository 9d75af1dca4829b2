#include "front/query.h"

#include "proto/hex.h"

static bool is_control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7f;
}

/* The character that begins at `*at`, which moves behind it. */
static enum err take_character(struct bytes text, size_t *at, char *out)
{
    *out = (char)text.data[(*at)++];
    if (*out != '%')
        return is_control(*out) ? ERR_BAD_TEXT : ERR_OK;
    if (text.size - *at < 2 ||
        hex_decode((const char *)text.data + *at, 2, (uint8_t *)out, 1) != ERR_OK)
        return ERR_BAD_HEX;
    *at += 2;
    return is_control(*out) ? ERR_BAD_TEXT : ERR_OK;
}

enum err percent_decode(struct bytes text, char *out, size_t size_max, size_t *size)
{
    enum err err = ERR_OK;
    *size = 0;
    for (size_t at = 0; at < text.size && err == ERR_OK;) {
        char c;
        err = take_character(text, &at, &c);
        if (err == ERR_OK && *size == size_max)
            err = ERR_TOO_LARGE;
        if (err == ERR_OK)
            out[(*size)++] = c;
    }
    out[*size] = '\0';
    return err;
}

struct query query_over(struct bytes text)
{
    return (struct query){.rest = text, .has_more = text.size > 0};
}

/* What comes before the byte, or all; `has` says whether the byte was there. */
static struct bytes cut(struct bytes *rest, char separator, bool *has)
{
    const uint8_t *found = rest->size > 0 ? memchr(rest->data, separator, rest->size) : NULL;
    size_t size = found != NULL ? (size_t)(found - rest->data) : rest->size;
    struct bytes part = bytes_of(rest->data, size);
    *has = found != NULL;
    size_t taken = size + (found != NULL);
    *rest = bytes_of(rest->data + taken, rest->size - taken);
    return part;
}

bool query_next(struct query *query, struct query_param *out)
{
    size_t name_size;
    bool has_value;
    if (!query->has_more || query->err != ERR_OK)
        return false;
    struct bytes value = cut(&query->rest, '&', &query->has_more);
    struct bytes name = cut(&value, '=', &has_value);
    query->err = percent_decode(name, out->name, QUERY_NAME_MAX, &name_size);
    if (query->err == ERR_OK && name_size == 0)
        query->err = ERR_BAD_TEXT;
    query->is_value = query->err == ERR_OK;
    if (query->err == ERR_OK)
        query->err = percent_decode(value, out->value, QUERY_VALUE_MAX, &out->value_size);
    return query->err == ERR_OK;
}
