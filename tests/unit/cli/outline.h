/*
 * outline.h: an answer in JSON held against the keys that the help of its command names.
 */
#ifndef TESTS_UNIT_CLI_OUTLINE_H
#define TESTS_UNIT_CLI_OUTLINE_H

#include "cli/outline.h"
#include "tests/unit/suite.h"

#include <jansson.h>

/* Checks an object's keys against the outline from `text` on, or each element's of a list; returns
 * where its outline ends. A value that is neither has no keys. */
static inline const char *outline_check(const char *text, const json_t *value)
{
    if (json_is_array(value) && json_array_size(value) > 0) {
        const char *end = text;
        for (size_t i = 0; i < json_array_size(value); i++)
            end = outline_check(text, json_array_get(value, i));
        return end;
    }
    size_t known = 0;
    for (;;) {
        char name[64];
        size_t size = strcspn(text, "?, {}[]");
        ck_assert_uint_gt(size, 0);
        ck_assert_uint_lt(size, sizeof name);
        snprintf(name, sizeof name, "%.*s", (int)size, text);
        text += size;
        const json_t *child = json_object_get(value, name);
        known += child != NULL;
        ck_assert_msg(*text == '?' || child != NULL || !json_is_object(value), "no key %s", name);
        text += *text == '?';
        if (strncmp(text, " {", 2) == 0 || strncmp(text, " [", 2) == 0) {
            ck_assert(text[1] != '[' || child == NULL || json_is_array(child));
            text = outline_check(text + 2, child) + 1;
        }
        if (*text != ',')
            break;
        text += 2;
    }
    ck_assert_msg(!json_is_object(value) || known == json_object_size(value),
                  "%zu keys in the help, %zu in the answer", known, json_object_size(value));
    return text;
}

/* The keys of a failure, which the option's help names. */
static inline bool outline_is_failure(const json_t *value)
{
    return json_object_size(value) == 3 && json_object_get(value, "error") != NULL &&
           json_object_get(value, "sentence") != NULL && json_object_get(value, "remedy") != NULL;
}

/* `words`: a command line, which the command begins. */
static inline void outline_holds(const char *first, const char *second, const char *answer)
{
    char words[2][32];
    char *line[] = {words[0], words[1]};
    size_t taken;
    snprintf(words[0], sizeof words[0], "%s", first);
    snprintf(words[1], sizeof words[1], "%s", second);
    const struct command *command = command_find(line, 2, &taken);
    ck_assert_msg(command != NULL, "no command %s %s", first, second);
    json_t *value = json_loads(answer, 0, NULL);
    ck_assert_msg(value != NULL, "no JSON: %s", answer);
    size_t last = json_array_size(value);
    if (last > 0 && outline_is_failure(json_array_get(value, last - 1)))
        json_array_remove(value, last - 1);
    if (!outline_is_failure(value))
        ck_assert_msg(*outline_check(outline_of(command), value) == '\0', "%s", answer);
    json_decref(value);
}

#endif
