#include "front/media.h"

#include <strings.h>

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t';
}

/* What comes before the separator, or all, without blanks around it; `rest` is what follows. */
static struct bytes cut(struct bytes *rest, char separator)
{
    const uint8_t *found = rest->size > 0 ? memchr(rest->data, separator, rest->size) : NULL;
    size_t size = found != NULL ? (size_t)(found - rest->data) : rest->size;
    struct bytes part = bytes_of(rest->data, size);
    *rest = found != NULL ? bytes_of(found + 1, rest->size - size - 1) : (struct bytes){0};
    while (part.size > 0 && is_blank(part.data[0]))
        part = bytes_of(part.data + 1, part.size - 1);
    while (part.size > 0 && is_blank(part.data[part.size - 1]))
        part.size--;
    return part;
}

static bool is_word(struct bytes text, const char *word, size_t size)
{
    return text.size == size && strncasecmp((const char *)text.data, word, size) == 0;
}

/* The value of the parameter, if the list has it. */
static bool find_parameter(struct bytes parameters, const char *name, struct bytes *value)
{
    while (parameters.size > 0) {
        *value = cut(&parameters, ';');
        struct bytes found = cut(value, '=');
        if (is_word(found, name, strlen(name)))
            return true;
    }
    return false;
}

static bool is_utf8(struct bytes charset)
{
    return is_word(charset, "utf-8", 5) || is_word(charset, "\"utf-8\"", 7);
}

bool media_is(struct bytes content_type, const char *type)
{
    struct bytes charset;
    struct bytes found = cut(&content_type, ';');
    return is_word(found, type, strlen(type)) &&
           (!find_parameter(content_type, "charset", &charset) || is_utf8(charset));
}

/* 3: the type itself, 2: all of its kind, 1: anything, 0: another one. */
static int fit_of(struct bytes range, const char *type)
{
    size_t kind_size = (size_t)(strchr(type, '/') - type) + 1;
    if (is_word(range, type, strlen(type)))
        return 3;
    if (range.size == kind_size + 1 && range.data[kind_size] == '*' &&
        strncasecmp((const char *)range.data, type, kind_size) == 0)
        return 2;
    return is_word(range, "*/*", 3) ? 1 : 0;
}

/* "0", "0.", "0.000" are none. */
static bool has_weight(struct bytes parameters)
{
    struct bytes weight;
    if (!find_parameter(parameters, "q", &weight))
        return true;
    for (size_t i = 0; i < weight.size; i++) {
        if (weight.data[i] >= '1' && weight.data[i] <= '9')
            return true;
    }
    return false;
}

bool media_accepts(struct bytes accept, const char *type)
{
    int best = 0;
    bool accepts = accept.size == 0;
    while (accept.size > 0) {
        struct bytes parameters = cut(&accept, ',');
        struct bytes range = cut(&parameters, ';');
        int fit = fit_of(range, type);
        if (fit <= best)
            continue;
        best = fit;
        accepts = has_weight(parameters);
    }
    return accepts;
}
