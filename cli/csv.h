/*
 * csv.h: rows of a text file, one at a time: RFC 4180, with any separator.
 *
 * A row ends with LF or CRLF, or with the file. A field that begins with a quotation mark ends with
 * the next single one, and may hold separators, line ends and doubled quotation marks. A byte order
 * mark (of UTF-8) at the beginning is passed over.
 *
 * A bad row costs itself alone: after a quotation mark that is never closed, or a row that is too
 * long, reading goes on with the next line.
 */
#ifndef CLI_CSV_H
#define CLI_CSV_H

#include "proto/bytes.h"
#include "proto/err.h"

enum { CSV_ROW_SIZE_MAX = 64 * 1024, CSV_FIELDS_MAX = 64 };

/* Reads up to `capacity` bytes, at least one but at the end. */
typedef enum err csv_fill(void *context, void *buffer, size_t capacity, size_t *size);

struct csv;

struct csv_row {
    uint64_t line;       /* on which it begins, from 1 */
    const char *problem; /* what is wrong with it, or NULL */
    struct bytes raw;    /* as it stands in the file, at least its first line; without quotes once
                            the fields are taken apart */
    size_t field_count;  /* 0 with a problem */
    struct bytes fields[CSV_FIELDS_MAX]; /* without quotation marks */
};

struct csv *csv_open(csv_fill *fill, void *context);
void csv_close(struct csv *csv); /* NULL is allowed */

/* How rows are read from here on; at first ',' and quoted. */
void csv_dialect(struct csv *csv, char separator, bool is_quoted);

/* The line that comes next, without reading it; cut after CSV_ROW_SIZE_MAX. Empty at the end. */
struct bytes csv_peek(struct csv *csv);

/* The next row; false at the end, or after an error of `fill`. Views live until the next call. */
bool csv_next(struct csv *csv, struct csv_row *row);

/* The same, past rows that are blank. */
bool csv_next_filled(struct csv *csv, struct csv_row *row);

/* The error of `fill`; ERR_BAD_TEXT when the file begins with a byte order mark of UTF-16. */
enum err csv_err(const struct csv *csv) must_check;

#endif
