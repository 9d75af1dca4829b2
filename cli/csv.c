#include "cli/csv.h"

#include "cli/memory.h"
#include "json/text.h"

#include <stdlib.h>

enum { BUFFER_SIZE = 4 * CSV_ROW_SIZE_MAX };

struct csv {
    csv_fill *fill;
    void *context;
    char *buffer;
    size_t at;    /* the next byte to be read */
    size_t end;   /* of the bytes that are there */
    bool is_over; /* nothing comes after them */
    enum err err;
    uint64_t line; /* of `at` */
    char separator;
    bool is_quoted;
};

/* More bytes behind those that are there; the unread ones move to the front when there is no room.
 */
static void read_more(struct csv *csv)
{
    if (csv->end == BUFFER_SIZE) {
        memmove(csv->buffer, csv->buffer + csv->at, csv->end - csv->at);
        csv->end -= csv->at;
        csv->at = 0;
    }
    size_t size = 0;
    csv->err = csv->fill(csv->context, csv->buffer + csv->end, BUFFER_SIZE - csv->end, &size);
    if (csv->err != ERR_OK || size == 0)
        csv->is_over = true;
    else
        csv->end += size;
}

/* Has `size` bytes ready, or all that are left. */
static void need(struct csv *csv, size_t size)
{
    while (!csv->is_over && csv->end - csv->at < size)
        read_more(csv);
}

static bool begins_utf16(const struct csv *csv)
{
    const char *first = csv->buffer + csv->at;
    return csv->end - csv->at >= 2 &&
           (memcmp(first, "\xff\xfe", 2) == 0 || memcmp(first, "\xfe\xff", 2) == 0);
}

struct csv *csv_open(csv_fill *fill, void *context)
{
    struct csv *csv = memory_new(sizeof *csv);
    *csv = (struct csv){
        .fill = fill,
        .context = context,
        .buffer = memory_new(BUFFER_SIZE),
        .line = 1,
        .separator = ',',
        .is_quoted = true,
    };
    need(csv, 3);
    if (begins_utf16(csv)) {
        csv->err = ERR_BAD_TEXT;
        csv->is_over = true;
    } else if (csv->end - csv->at >= 3 && memcmp(csv->buffer, "\xef\xbb\xbf", 3) == 0) {
        csv->at += 3;
    }
    return csv;
}

void csv_close(struct csv *csv)
{
    if (csv == NULL)
        return;
    free(csv->buffer);
    free(csv);
}

void csv_dialect(struct csv *csv, char separator, bool is_quoted)
{
    csv->separator = separator;
    csv->is_quoted = is_quoted;
}

enum err csv_err(const struct csv *csv)
{
    return csv->err;
}

/* The bytes before the next line end, from `from` on; false when it is not among those there. */
static bool find_line_end(const struct csv *csv, size_t from, size_t *end)
{
    const char *newline = memchr(csv->buffer + from, '\n', csv->end - from);
    *end = newline != NULL ? (size_t)(newline - csv->buffer) : csv->end;
    return newline != NULL;
}

enum row_end {
    END_FOUND,
    END_MISSING,   /* no line end among the bytes that are there */
    END_IN_QUOTES, /* nor one after a quotation mark that is not closed among them */
};

/* Moves from a field's quotation mark behind the closing one; false when there is none. */
static bool pass_quotes(const struct csv *csv, size_t *at, size_t end)
{
    do {
        const char *quote = memchr(csv->buffer + *at + 1, '"', end - *at - 1);
        if (quote == NULL)
            return false;
        *at = (size_t)(quote - csv->buffer) + 1;
        /* A doubled one stands for itself: go on behind it. */
    } while (*at < end && csv->buffer[*at] == '"');
    return true;
}

/* The row that begins at `at`: its line end is the first one outside quotation marks. */
static enum row_end find_row_end(const struct csv *csv, size_t *end)
{
    bool has_end = find_line_end(csv, csv->at, end);
    if (!csv->is_quoted || memchr(csv->buffer + csv->at, '"', *end - csv->at) == NULL)
        return has_end ? END_FOUND : END_MISSING;
    bool is_start = true; /* of a field */
    *end = csv->end;
    for (size_t at = csv->at; at < csv->end; at++) {
        if (is_start && csv->buffer[at] == '"' && !pass_quotes(csv, &at, csv->end))
            return END_IN_QUOTES;
        if (at < csv->end && csv->buffer[at] == '\n') {
            *end = at;
            return END_FOUND;
        }
        is_start = at < csv->end && csv->buffer[at] == csv->separator;
    }
    return END_MISSING;
}

static struct bytes first_line(const struct csv *csv)
{
    size_t end;
    (void)find_line_end(csv, csv->at, &end);
    size_t size = end - csv->at;
    return bytes_of(csv->buffer + csv->at, size < CSV_ROW_SIZE_MAX ? size : CSV_ROW_SIZE_MAX);
}

struct bytes csv_peek(struct csv *csv)
{
    need(csv, CSV_ROW_SIZE_MAX);
    return first_line(csv);
}

/* Takes the quotation marks off, in place. */
static struct bytes unquote(char *text, size_t size)
{
    size_t written = 0;
    bool is_inside = true;
    for (size_t i = 1; i < size; i++) {
        if (is_inside && text[i] == '"') {
            is_inside = i + 1 < size && text[i + 1] == '"';
            i += is_inside;
            if (!is_inside)
                continue;
        }
        text[written++] = text[i];
    }
    return bytes_of(text, written);
}

/* Where the field that begins at `at` ends. */
static size_t field_end(const struct csv *csv, size_t at, size_t end)
{
    if (csv->is_quoted && at < end && csv->buffer[at] == '"' && !pass_quotes(csv, &at, end))
        return end;
    const char *separator = memchr(csv->buffer + at, csv->separator, end - at);
    return separator != NULL ? (size_t)(separator - csv->buffer) : end;
}

static void split(struct csv *csv, size_t end, struct csv_row *row)
{
    if (end > csv->at && csv->buffer[end - 1] == '\r')
        end--;
    for (size_t at = csv->at;; at++) {
        if (row->field_count == CSV_FIELDS_MAX) {
            row->problem = "more than 64 fields";
            row->field_count = 0;
            return;
        }
        size_t stop = field_end(csv, at, end);
        char *text = csv->buffer + at;
        row->fields[row->field_count++] = csv->is_quoted && stop > at && *text == '"'
                                              ? unquote(text, stop - at)
                                              : bytes_of(text, stop - at);
        at = stop;
        if (at >= end)
            return;
    }
}

/* Goes behind the bytes up to `end` and the line end there. */
static void pass(struct csv *csv, size_t end)
{
    for (size_t at = csv->at; at < end; csv->line++) {
        const char *newline = memchr(csv->buffer + at, '\n', end - at);
        if (newline == NULL)
            break;
        at = (size_t)(newline - csv->buffer) + 1;
    }
    csv->line += end < csv->end;
    csv->at = end + (end < csv->end);
}

/* Goes behind the line that begins here, however long it is. */
static void pass_line(struct csv *csv)
{
    size_t end;
    while (!find_line_end(csv, csv->at, &end)) {
        csv->at = csv->end;
        if (csv->is_over)
            return;
        read_more(csv);
    }
    pass(csv, end);
}

/* What is wrong with a row of that size that ends so; NULL: nothing. */
static const char *problem_of(const struct csv *csv, enum row_end kind, size_t end)
{
    if (end - csv->at > CSV_ROW_SIZE_MAX)
        return "longer than 64 KiB";
    if (kind == END_IN_QUOTES)
        return "a quotation mark is not closed";
    if (memchr(csv->buffer + csv->at, '\0', end - csv->at) != NULL)
        return "a zero byte";
    return NULL;
}

bool csv_next(struct csv *csv, struct csv_row *row)
{
    size_t end;
    enum row_end kind = find_row_end(csv, &end);
    while (kind != END_FOUND && !csv->is_over && csv->end - csv->at <= CSV_ROW_SIZE_MAX) {
        read_more(csv);
        kind = find_row_end(csv, &end);
    }
    if (csv->err != ERR_OK || csv->at == csv->end)
        return false;
    row->line = csv->line;
    row->field_count = 0;
    row->raw = first_line(csv);
    row->problem = problem_of(csv, kind, end);
    if (row->problem == NULL)
        split(csv, end, row);
    if (row->problem == NULL)
        pass(csv, end);
    else
        pass_line(csv);
    return true;
}

static bool is_blank(const struct csv_row *row)
{
    return row->problem == NULL && row->field_count == 1 && text_trim(row->fields[0]).size == 0;
}

bool csv_next_filled(struct csv *csv, struct csv_row *row)
{
    do {
        if (!csv_next(csv, row))
            return false;
    } while (is_blank(row));
    return true;
}
