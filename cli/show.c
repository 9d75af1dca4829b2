#include "cli/show.h"

#include "cli/command.h"
#include "cli/table.h"
#include "proto/invariant.h"
#include "json/times.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LABEL_WIDTH = 13, PATH_SIZE_MAX = 64, COLUMNS_MAX = 12 };

enum exit_code show_json(struct tool *tool, const json_t *value)
{
    invariant(value != NULL);
    if (json_dumpf(value, tool->out, JSON_INDENT(2)) != 0)
        return tool_failed(tool, ERR_IO, "%s", "writing the answer");
    fputc('\n', tool->out);
    return EXIT_DONE;
}

/* The member at a dotted path; NULL when there is none. */
static const json_t *member(const json_t *object, const char *path)
{
    char name[PATH_SIZE_MAX];
    while (object != NULL && *path != '\0') {
        size_t size = strcspn(path, ".");
        snprintf(name, sizeof name, "%.*s", (int)size, path);
        object = json_object_get(object, name);
        path += size + (path[size] == '.');
    }
    return object;
}

static void put_plain(FILE *file, const json_t *value)
{
    if (json_is_string(value))
        fputs(json_string_value(value), file);
    else if (json_is_integer(value))
        fprintf(file, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_boolean(value))
        fputs(json_is_true(value) ? "yes" : "no", file);
}

static void put_value(FILE *file, const json_t *value, enum show_form form)
{
    char text[TIME_TEXT_SIZE > AGE_TEXT_SIZE ? TIME_TEXT_SIZE : AGE_TEXT_SIZE];
    switch (form) {
    case SHOW_TIME:
        if (json_is_integer(value))
            time_format((uint64_t)json_integer_value(value), text);
        else
            text[0] = '\0';
        fputs(text, file);
        return;
    case SHOW_AGE:
        age_format((uint64_t)json_integer_value(value), text);
        fputs(json_is_integer(value) ? text : "not known", file);
        return;
    case SHOW_PLAIN:
    case SHOW_STATUS:
    case SHOW_AMOUNT: break;
    }
    size_t count = json_is_array(value) ? json_array_size(value) : 0;
    for (size_t i = 0; i < count; i++) {
        fputs(i > 0 ? ", " : "", file);
        put_plain(file, json_array_get(value, i));
    }
    put_plain(file, value);
}

/* The text of a member, malloc'ed; NULL without memory. */
static char *text_of(const json_t *object, const struct field *field)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    if (file == NULL)
        return NULL;
    const json_t *value = member(object, field->path);
    if (value != NULL)
        put_value(file, value, field->form);
    if (fclose(file) != 0) {
        free(text);
        return NULL;
    }
    return text;
}

struct colour {
    const char *word;
    const char *name;
    const char *escape;
};

static const struct colour *colour_of(const struct tool *tool, const struct field *field,
                                      const char *text)
{
    static const struct colour colours[] = {
        {"black", "red", "\033[31m"},   {"invalid", "red", "\033[31m"},
        {"grey", "yellow", "\033[33m"}, {"white", "green", "\033[32m"},
        {"damaged", "red", "\033[31m"}, {"sound", "green", "\033[32m"},
        {"refused", "red", "\033[31m"},
    };
    const char *no_color = getenv("NO_COLOR");
    if (field->form != SHOW_STATUS || (no_color != NULL && *no_color != '\0') ||
        !isatty(fileno(tool->out)))
        return NULL;
    for (size_t i = 0; i < sizeof colours / sizeof colours[0]; i++) {
        if (strcmp(colours[i].word, text) == 0)
            return &colours[i];
    }
    return NULL;
}

void show_record(struct tool *tool, const struct field *fields, size_t count, const json_t *object)
{
    for (size_t i = 0; i < count; i++) {
        char *text = text_of(object, &fields[i]);
        if (text != NULL && *text != '\0') {
            const struct colour *colour = colour_of(tool, &fields[i], text);
            fprintf(tool->out, "%-*s %s%s%s\n", LABEL_WIDTH, fields[i].label,
                    colour != NULL ? colour->escape : "", text, colour != NULL ? "\033[0m" : "");
        }
        free(text);
    }
}

enum exit_code show_answer(struct tool *tool, const struct field *fields, size_t count,
                           json_t *value)
{
    enum exit_code code = EXIT_DONE;
    if (tool_has(tool, OPTION_JSON))
        code = show_json(tool, value);
    else
        show_record(tool, fields, count, value);
    json_decref(value);
    return code;
}

static enum err fill_row(struct tool *tool, struct sheet *sheet, const struct field *columns,
                         size_t count, const json_t *object)
{
    enum err err = sheet_row(sheet);
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        char *text = text_of(object, &columns[i]);
        if (text == NULL)
            return ERR_MEMORY;
        const struct colour *colour = colour_of(tool, &columns[i], text);
        err = sheet_cell(sheet, i, text, colour != NULL ? colour->name : NULL);
        free(text);
    }
    return err;
}

enum exit_code show_table(struct tool *tool, const struct field *columns, size_t count,
                          const json_t *array, bool has_header)
{
    const char *headers[COLUMNS_MAX];
    bool is_number[COLUMNS_MAX];
    invariant(count <= COLUMNS_MAX);
    for (size_t i = 0; i < count; i++) {
        headers[i] = columns[i].label;
        is_number[i] = columns[i].form == SHOW_AMOUNT;
    }
    struct sheet *sheet = sheet_new(headers, is_number, count, has_header);
    enum err err = sheet == NULL ? ERR_MEMORY : ERR_OK;
    for (size_t i = 0; err == ERR_OK && i < json_array_size(array); i++)
        err = fill_row(tool, sheet, columns, count, json_array_get(array, i));
    if (err == ERR_OK)
        err = sheet_print(sheet, tool->out);
    sheet_close(sheet);
    return err == ERR_OK ? EXIT_DONE : tool_failed(tool, err, "printing the answer");
}
