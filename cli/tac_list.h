/*
 * tac_list.h: files of TACs with brand and model, recognised by their header:
 *
 *   Osmocom   CSV: a licence line, then tac,name,name,… (brand, model). Leading zeroes of a TAC may
 *             have been lost on the way, and are put back.
 *   GSMA      TAC|Marketing Name|Internal Model Name|Manufacturer|…: the columns are found by their
 *             names; brand is Brand Name, else Manufacturer; model is Marketing Name, else Model
 *             Name, else Internal Model Name.
 */
#ifndef CLI_TAC_LIST_H
#define CLI_TAC_LIST_H

#include "cli/csv.h"
#include "conf/document.h"
#include "proto/items.h"

struct tac_list;

struct tac_list_row {
    uint64_t line;
    const char *problem;  /* what is wrong with it, or NULL */
    struct bytes raw;     /* the cell of the TAC, or the row: to be shown */
    struct tac_item item; /* without a problem: the texts are clean, and cut to fit */
};

/* ERR_CONFIG when the file is no such list; errors of `fill`. */
enum err tac_list_open(csv_fill *fill, void *context, struct tac_list **out,
                       struct complaint *complaint) must_check;
void tac_list_close(struct tac_list *list); /* NULL is allowed */

/* What the file says of its licence; empty when it says nothing. */
const char *tac_list_licence(const struct tac_list *list);

/* The next row that is not blank; views live until the next call. False at the end. */
bool tac_list_next(struct tac_list *list, struct tac_list_row *row);
enum err tac_list_err(const struct tac_list *list) must_check;

#endif
