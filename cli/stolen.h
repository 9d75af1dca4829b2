/*
 * stolen.h: a national list of stolen devices: CSV with the columns imei, reporting_date, status,
 * and, when it says what has changed, change_type.
 *
 * The header names these columns and no other, in any order. A date is YYYYMMDD or empty. A device
 * is on the list when its status is empty, blacklist, blocked, stolen or lost; with pending,
 * whitelist, unblocked, recovered or found it is named and not on it. change_type is add, remove or
 * update.
 */
#ifndef CLI_STOLEN_H
#define CLI_STOLEN_H

#include "cli/csv.h"
#include "conf/document.h"
#include "proto/imei.h"

struct stolen;

enum stolen_change { STOLEN_WHOLE, STOLEN_ADD, STOLEN_REMOVE, STOLEN_UPDATE };

struct stolen_row {
    uint64_t line;
    char problem[96]; /* what is wrong with it; empty: nothing */
    struct bytes raw; /* of what is wrong; a view until the next call */
    struct imei imei;
    enum stolen_change change; /* WHOLE in a list without change_type */
    bool is_on;                /* by its status; not of REMOVE */
};

/* ERR_CONFIG when the header is another one, or the file is empty; errors of `fill`. */
enum err stolen_open(csv_fill *fill, void *context, struct stolen **out,
                     struct complaint *complaint) must_check;
void stolen_close(struct stolen *stolen); /* NULL is allowed */

bool stolen_is_delta(const struct stolen *stolen);

/* The next row that is not blank; false at the end. */
bool stolen_next(struct stolen *stolen, struct stolen_row *row);
enum err stolen_err(const struct stolen *stolen) must_check;

#endif
