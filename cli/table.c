#include "cli/table.h"

#include <libsmartcols.h>
#include <stdlib.h>

struct sheet {
    struct libscols_table *table;
    struct libscols_line *line; /* the newest row */
};

struct sheet *sheet_new(const char *const *headers, const bool *is_number, size_t column_count,
                        bool header)
{
    struct sheet *sheet = calloc(1, sizeof *sheet);
    if (sheet == NULL)
        return NULL;
    sheet->table = scols_new_table();
    if (sheet->table == NULL) {
        free(sheet);
        return NULL;
    }
    scols_table_enable_noheadings(sheet->table, !header);
    /* All texts are checked where they come in: no control characters. */
    scols_table_enable_noencoding(sheet->table, 1);
    scols_table_enable_colors(sheet->table, 1);
    for (size_t i = 0; i < column_count; i++) {
        if (scols_table_new_column(sheet->table, headers[i], 0,
                                   is_number[i] ? SCOLS_FL_RIGHT : 0) == NULL) {
            sheet_close(sheet);
            return NULL;
        }
    }
    return sheet;
}

enum err sheet_row(struct sheet *sheet)
{
    sheet->line = scols_table_new_line(sheet->table, NULL);
    return sheet->line != NULL ? ERR_OK : ERR_MEMORY;
}

enum err sheet_cell(struct sheet *sheet, size_t column, const char *text, const char *colour)
{
    if (scols_line_set_data(sheet->line, column, text) != 0)
        return ERR_MEMORY;
    if (colour != NULL &&
        scols_cell_set_color(scols_line_get_cell(sheet->line, column), colour) != 0)
        return ERR_MEMORY;
    return ERR_OK;
}

enum err sheet_print(struct sheet *sheet, FILE *file)
{
    if (scols_table_set_stream(sheet->table, file) != 0 || scols_print_table(sheet->table) != 0)
        return ERR_MEMORY;
    return ERR_OK;
}

void sheet_close(struct sheet *sheet)
{
    if (sheet == NULL)
        return;
    scols_unref_table(sheet->table);
    free(sheet);
}
