/*
 * input.h: a file that is read from its beginning to its end, plain or gzip.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "cli/tool.h"

struct input;

/* "-" is the standard input. ERR_NOT_FOUND, ERR_READ_ONLY (may not be read), ERR_IO. */
enum err input_open(const char *path, struct input **out) must_check;
void input_close(struct input *input); /* NULL is allowed */

/* A csv_fill over the input `context`. ERR_DAMAGED when the gzip data are damaged or end too early,
 * ERR_IO. */
enum err input_fill(void *context, void *buffer, size_t capacity, size_t *size) must_check;

/* Says what is wrong with the file: an error of input_open(), input_fill() or csv_err(), or
 * ERR_CONFIG with a complaint and what it should be (else both are not read). EXIT_USAGE. */
enum exit_code input_refused(struct tool *tool, const char *path, enum err err,
                             const struct complaint *complaint, const char *remedy) must_check;

#endif
