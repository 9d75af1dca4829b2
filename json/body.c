#include "json/body.h"

/* Brackets within brackets, outside of strings. What is no JSON gets some number: the parser
 * refuses it. */
static unsigned depth_of(struct bytes text)
{
    unsigned depth = 0;
    unsigned deepest = 0;
    bool is_string = false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];
        if (is_string && c == '\\')
            i++;
        else if (c == '"')
            is_string = !is_string;
        else if (!is_string && (c == '{' || c == '['))
            deepest = ++depth > deepest ? depth : deepest;
        else if (!is_string && (c == '}' || c == ']') && depth > 0)
            depth--;
    }
    return deepest;
}

enum err body_parse(struct bytes text, json_t **out)
{
    json_error_t error;
    *out = NULL;
    if (text.size == 0 || depth_of(text) > BODY_DEPTH_MAX)
        return ERR_BAD_JSON;
    json_t *value = json_loadb((const char *)text.data, text.size,
                               JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (value == NULL)
        return json_error_code(&error) == json_error_out_of_memory ? ERR_MEMORY : ERR_BAD_JSON;
    if (!json_is_object(value)) {
        json_decref(value);
        return ERR_WRONG_TYPE;
    }
    *out = value;
    return ERR_OK;
}

static bool is_among(const char *name, const char *const *names)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

enum err body_knows(json_t *object, const char *const *names, const char **unknown)
{
    const char *key;
    json_t *value;
    *unknown = NULL;
    json_object_foreach(object, key, value)
    {
        if (is_among(key, names))
            continue;
        *unknown = key;
        return ERR_UNKNOWN_FIELD;
    }
    return ERR_OK;
}
