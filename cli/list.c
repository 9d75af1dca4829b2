#include "cli/list.h"

#include "cli/memory.h"
#include "json/text.h"

#include <stdio.h>
#include <stdlib.h>

enum { NO_COLUMN = CSV_FIELDS_MAX, IGNORED_SIZE_MAX = 160, NAME_SHOWN_MAX = 40 };

struct list {
    struct csv *csv;
    struct csv_row row;
    bool is_pending; /* `row` is the first one, and holds data */
    size_t imei_column;
    size_t reason_column;
    char ignored[IGNORED_SIZE_MAX + 1];
};

/* The next line, without what is blank around it. */
static struct bytes peek_text(struct list *list)
{
    struct bytes line = csv_peek(list->csv);
    if (line.size > 0 && line.data[line.size - 1] == '\r')
        line.size--;
    return text_trim(line);
}

/* The separator that the line has most of. */
static char separator_of(struct bytes line)
{
    static const char separators[] = {',', ';', '\t', '|'};
    char best = ',';
    size_t best_count = 0;
    for (size_t i = 0; i < sizeof separators; i++) {
        size_t count = 0;
        for (size_t at = 0; at < line.size; at++)
            count += line.data[at] == (uint8_t)separators[i];
        if (count > best_count) {
            best = separators[i];
            best_count = count;
        }
    }
    return best;
}

static void note_ignored(struct list *list, struct bytes name)
{
    char shown[NAME_SHOWN_MAX + 1];
    text_clean((const char *)name.data, name.size, shown, NAME_SHOWN_MAX);
    size_t used = strlen(list->ignored);
    snprintf(list->ignored + used, sizeof list->ignored - used, "%s%s", used > 0 ? ", " : "",
             shown);
}

/* Reads the first row as a header. False when it names no column `imei`. */
static bool take_header(struct list *list)
{
    for (size_t i = 0; i < list->row.field_count; i++) {
        struct bytes name = list->row.fields[i];
        if (text_is_word(name, "imei") && list->imei_column == NO_COLUMN)
            list->imei_column = i;
        else if (text_is_word(name, "reason") && list->reason_column == NO_COLUMN)
            list->reason_column = i;
        else
            note_ignored(list, name);
    }
    return list->imei_column != NO_COLUMN;
}

static enum err read_header(struct list *list, struct complaint *complaint)
{
    list->imei_column = NO_COLUMN;
    list->reason_column = NO_COLUMN;
    while (peek_text(list).size == 0 && csv_next(list->csv, &list->row))
        continue;
    csv_dialect(list->csv, separator_of(peek_text(list)), true);
    if (!csv_next_filled(list->csv, &list->row))
        return csv_err(list->csv) != ERR_OK ? csv_err(list->csv)
                                            : complain(complaint, 0, "there is no row in it");
    if (take_header(list))
        return ERR_OK;
    if (list->row.field_count > 1)
        return complain(complaint, (unsigned)list->row.line,
                        "several columns, and no header that names one of them imei");
    list->imei_column = 0;
    list->reason_column = NO_COLUMN;
    list->ignored[0] = '\0';
    list->is_pending = true;
    return ERR_OK;
}

enum err list_open(csv_fill *fill, void *context, struct list **out, struct complaint *complaint)
{
    struct list *list = memory_new(sizeof *list);
    list->csv = csv_open(fill, context);
    enum err err = read_header(list, complaint);
    if (err != ERR_OK) {
        list_close(list);
        list = NULL;
    }
    *out = list;
    return err;
}

void list_close(struct list *list)
{
    if (list == NULL)
        return;
    csv_close(list->csv);
    free(list);
}

const char *list_ignored(const struct list *list)
{
    return list->ignored;
}

bool list_has_reasons(const struct list *list)
{
    return list->reason_column != NO_COLUMN;
}

enum err list_err(const struct list *list)
{
    return csv_err(list->csv);
}

bool list_next(struct list *list, struct list_row *row)
{
    if (!list->is_pending && !csv_next_filled(list->csv, &list->row))
        return false;
    list->is_pending = false;
    const struct csv_row *cells = &list->row;
    *row = (struct list_row){.line = cells->line, .problem = cells->problem, .imei = cells->raw};
    if (row->problem != NULL)
        return true;
    if (cells->field_count <= list->imei_column) {
        row->problem = "no column imei in this row";
        return true;
    }
    row->imei = text_trim(cells->fields[list->imei_column]);
    if (list->reason_column < cells->field_count)
        row->reason = text_trim(cells->fields[list->reason_column]);
    return true;
}
