/*
 * list.h: lists of IMEIs: one a line, or CSV with a header that names the columns `imei` and,
 * perhaps, `reason`. Separated by comma, semicolon, tab or bar, whichever the first line has most.
 */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include "cli/csv.h"
#include "conf/document.h"

struct list;

struct list_row {
    uint64_t line;
    const char *problem; /* what is wrong with the row itself, or NULL */
    struct bytes imei;   /* as it stands there, without blanks around it */
    struct bytes reason; /* the same; empty without one */
};

/* ERR_CONFIG when the file is no such list, or is empty; errors of `fill`. */
enum err list_open(csv_fill *fill, void *context, struct list **out,
                   struct complaint *complaint) must_check;
void list_close(struct list *list); /* NULL is allowed */

/* The columns that are not read, "name, date"; empty when there is none. */
const char *list_ignored(const struct list *list);
bool list_has_reasons(const struct list *list);

/* The next row that is not blank; views live until the next call. False at the end. */
bool list_next(struct list *list, struct list_row *row);
enum err list_err(const struct list *list) must_check;

#endif
