#include "cli/stolen.h"

#include "cli/devices.h"
#include "cli/memory.h"
#include "json/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum column { COLUMN_IMEI, COLUMN_DATE, COLUMN_STATUS, COLUMN_CHANGE, COLUMN_COUNT };

static const char *const column_names[COLUMN_COUNT] = {"imei", "reporting_date", "status",
                                                       "change_type"};

struct stolen {
    struct csv *csv;
    struct csv_row row;
    size_t places[COLUMN_COUNT]; /* of the columns; CSV_FIELDS_MAX: there is none */
    size_t column_count;
};

/* ---- header ---- */

static bool take_column(struct stolen *stolen, size_t place)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (stolen->places[i] == CSV_FIELDS_MAX &&
            text_is_word(stolen->row.fields[place], column_names[i])) {
            stolen->places[i] = place;
            return true;
        }
    }
    return false;
}

static enum err read_header(struct stolen *stolen, struct complaint *complaint)
{
    bool fits = true;
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        stolen->places[i] = CSV_FIELDS_MAX;
    if (!csv_next_filled(stolen->csv, &stolen->row))
        return csv_err(stolen->csv) != ERR_OK ? csv_err(stolen->csv)
                                              : complain(complaint, 0, "there is no row in it");
    stolen->column_count = stolen->row.field_count;
    for (size_t i = 0; i < stolen->row.field_count; i++)
        fits &= take_column(stolen, i);
    for (size_t i = 0; i < COLUMN_CHANGE; i++)
        fits &= stolen->places[i] != CSV_FIELDS_MAX;
    if (fits)
        return ERR_OK;
    return complain(complaint, (unsigned)stolen->row.line,
                    "the header is not imei,reporting_date,status, with or without change_type");
}

enum err stolen_open(csv_fill *fill, void *context, struct stolen **out,
                     struct complaint *complaint)
{
    struct stolen *stolen = memory_new(sizeof *stolen);
    stolen->csv = csv_open(fill, context);
    enum err err = read_header(stolen, complaint);
    if (err != ERR_OK) {
        stolen_close(stolen);
        stolen = NULL;
    }
    *out = stolen;
    return err;
}

void stolen_close(struct stolen *stolen)
{
    if (stolen == NULL)
        return;
    csv_close(stolen->csv);
    free(stolen);
}

bool stolen_is_delta(const struct stolen *stolen)
{
    return stolen->places[COLUMN_CHANGE] != CSV_FIELDS_MAX;
}

enum err stolen_err(const struct stolen *stolen)
{
    return csv_err(stolen->csv);
}

/* ---- rows ---- */

static struct bytes field(const struct stolen *stolen, enum column column)
{
    return text_trim(stolen->row.fields[stolen->places[column]]);
}

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* YYYYMMDD, a day that there is; or empty. */
static bool is_date(struct bytes text)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned number = 0;
    if (text.size != 8)
        return text.size == 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        number = number * 10 + (unsigned)(text.data[i] - '0');
    }
    unsigned month = number / 100 % 100;
    unsigned day = number % 100;
    if (month < 1 || month > 12 || day < 1)
        return false;
    return day <= days[month - 1] + (month == 2 && is_leap(number / 10000) ? 1u : 0u);
}

static bool take_status(struct bytes text, bool *is_on)
{
    static const char *const on[] = {"blacklist", "blocked", "stolen", "lost"};
    static const char *const off[] = {"pending", "whitelist", "unblocked", "recovered", "found"};
    *is_on = text.size == 0;
    for (size_t i = 0; i < sizeof on / sizeof on[0]; i++)
        *is_on |= text_is_word(text, on[i]);
    bool is_off = false;
    for (size_t i = 0; i < sizeof off / sizeof off[0]; i++)
        is_off |= text_is_word(text, off[i]);
    return *is_on || is_off;
}

static bool take_change(struct bytes text, enum stolen_change *change)
{
    static const char *const words[] = {"add", "remove", "update"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (text_is_word(text, words[i])) {
            *change = STOLEN_ADD + (enum stolen_change)i;
            return true;
        }
    }
    return false;
}

static void __attribute__((format(printf, 3, 4)))
note(struct stolen_row *row, struct bytes raw, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(row->problem, sizeof row->problem, format, arguments);
    va_end(arguments);
    row->raw = raw;
}

static void take_imei(struct stolen_row *row, struct bytes text)
{
    struct imei_parsed parsed;
    enum err err = imei_take((const char *)text.data, text.size, &parsed);
    row->imei = parsed.imei;
    if (err == ERR_IMEI_CHECK)
        note(row, text, "%s, it would be %d", err_sentence(err), parsed.check_right);
    else if (err != ERR_OK)
        note(row, text, "%s", err_sentence(err));
}

static void take_fields(const struct stolen *stolen, struct stolen_row *row)
{
    struct bytes date = field(stolen, COLUMN_DATE);
    struct bytes status = field(stolen, COLUMN_STATUS);
    if (stolen_is_delta(stolen) && !take_change(field(stolen, COLUMN_CHANGE), &row->change))
        note(row, field(stolen, COLUMN_CHANGE), "change_type is add, remove or update");
    else if (!is_date(date))
        note(row, date, "reporting_date is a day as YYYYMMDD, or empty");
    else if (!take_status(status, &row->is_on))
        note(row, status, "a status that is not known");
    else
        take_imei(row, field(stolen, COLUMN_IMEI));
}

bool stolen_next(struct stolen *stolen, struct stolen_row *row)
{
    if (!csv_next_filled(stolen->csv, &stolen->row))
        return false;
    const struct csv_row *cells = &stolen->row;
    *row = (struct stolen_row){.line = cells->line};
    if (cells->problem != NULL)
        note(row, cells->raw, "%s", cells->problem);
    else if (cells->field_count != stolen->column_count)
        note(row, cells->raw, "%zu fields, and the header has %zu", cells->field_count,
             stolen->column_count);
    else
        take_fields(stolen, row);
    return true;
}
