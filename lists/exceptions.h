/*
 * exceptions.h: which subscribers may use which devices of the black list: the rows of a pairings
 * file that are in force on this node and whose device is black.
 *
 * A node keeps pairs as keyed hashes alone, so who knows the subscribers hands in the file, and the
 * node's pairs say what of it counts. There is no history of pairs: what has changed is told from
 * the exceptions of the export before.
 */
#ifndef LISTS_EXCEPTIONS_H
#define LISTS_EXCEPTIONS_H

#include "eir/pairs.h"
#include "eir/pairs_text.h"
#include "lists/changes.h"
#include "lists/sheets.h"

#define EXCEPTIONS_NAME       "exceptions.csv"
#define EXCEPTIONS_DELTA_NAME "exceptions_delta.csv"

struct exceptions {
    struct pairs_row *rows; /* ascending, each once */
    size_t count;
    size_t capacity;
};

/* Reads all pairs of a text. ERR_CONFIG with `complaint`, ERR_MEMORY. Close `out` in any case. */
enum err exceptions_read(struct bytes text, struct exceptions *out,
                         struct complaint *complaint) must_check;
void exceptions_close(struct exceptions *exceptions);

/* Leaves those that are in force and of whom the device is black now. The errors of
 * changes_of_tac(). */
enum err exceptions_choose(struct exceptions *exceptions, const struct pairs *pairs,
                           struct view *view, struct judge *judge) must_check;

/* Writes them, with IMEIs of so many digits, and names the file in the manifest. */
enum err exceptions_write(const struct exceptions *exceptions, struct folder *folder,
                          unsigned digits, struct manifest *manifest) must_check;
/* Writes what differs: added and removed. */
enum err exceptions_write_delta(const struct exceptions *before, const struct exceptions *after,
                                struct folder *folder, unsigned digits,
                                struct manifest *manifest) must_check;

#endif
