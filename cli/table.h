/*
 * table.h: rows and columns on a terminal, through libsmartcols.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include "proto/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct sheet;

/* `header` may be false: a sheet that goes on where another one ended. NULL without memory. */
struct sheet *sheet_new(const char *const *headers, const bool *is_number, size_t column_count,
                        bool header);
/* Begins a row. */
enum err sheet_row(struct sheet *sheet) must_check;
/* Sets a cell of the newest row; the text is copied. `colour`: a name ("red"), or NULL. */
enum err sheet_cell(struct sheet *sheet, size_t column, const char *text,
                    const char *colour) must_check;
enum err sheet_print(struct sheet *sheet, FILE *file) must_check;
void sheet_close(struct sheet *sheet); /* NULL is allowed */

#endif
