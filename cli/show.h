/*
 * show.h: answers for people and for programs, from one value.
 *
 * A command makes its answer as one JSON value. With --json that is printed; without it, a table of
 * fields says which of its members a person sees, under which label and in which form. So both hold
 * the same data.
 */
#ifndef CLI_SHOW_H
#define CLI_SHOW_H

#include "cli/tool.h"

#include <jansson.h>

enum show_form {
    SHOW_PLAIN,  /* a text, a number, yes or no; a list with commas */
    SHOW_TIME,   /* Unix milliseconds as a time */
    SHOW_AGE,    /* milliseconds as a duration; null: not known */
    SHOW_STATUS, /* white, grey, black, unknown, invalid: coloured on a terminal */
    SHOW_AMOUNT, /* a number, to the right in a table */
};

struct field {
    const char *label; /* of a record's line, or of a column */
    const char *path;  /* "tac.brand" */
    enum show_form form;
};

/* Prints the value as JSON. */
enum exit_code show_json(struct tool *tool, const json_t *value) must_check;

/* One line a field, "label  value"; fields that are absent, null or empty are left out. */
void show_record(struct tool *tool, const struct field *fields, size_t count, const json_t *object);

/* An answer that is one record: as JSON with --json, as show_record() without. `value` is its own.
 */
enum exit_code show_answer(struct tool *tool, const struct field *fields, size_t count,
                           json_t *value) must_check;

/* One row an element of the array, under headers when `has_header`. */
enum exit_code show_table(struct tool *tool, const struct field *columns, size_t count,
                          const json_t *array, bool has_header) must_check;

#endif
