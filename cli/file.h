/*
 * file.h: small files of the person's: read whole, made and never overwritten.
 */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "cli/tool.h"

/* False also of what is not there, or cannot be looked at. */
bool file_is_directory(const char *path);

/* Reads a file, pipe or "-" (the standard input) whole, at most `size_max` bytes. `*data` is
 * malloc'ed, one byte more than `size`, zero; the caller frees it. ERR_NOT_FOUND, ERR_READ_ONLY
 * (may not be read), ERR_TOO_LARGE, ERR_IO. */
enum err file_load(const char *path, size_t size_max, uint8_t **data, size_t *size) must_check;

/* Tells the person of an error of file_load(); `what`: "the key file". EXIT_USAGE. */
enum exit_code file_refused(struct tool *tool, const char *what, const char *path, size_t size_max,
                            enum err err) must_check;

/* Both in one. */
enum exit_code file_take(struct tool *tool, const char *what, const char *path, size_t size_max,
                         uint8_t **data, size_t *size) must_check;

/* Writes a new file, durably; one that is there already stays as it is, and the run ends. */
enum exit_code file_make(struct tool *tool, const char *path, struct bytes content,
                         unsigned mode) must_check;

/* Writes a file of the tool's own, old or new, whole (mode 0600), and the directories above it. */
enum err file_keep(const char *path, struct bytes content) must_check;

#endif
