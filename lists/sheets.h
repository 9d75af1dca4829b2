/*
 * sheets.h: changes of lists as the files that an EIR reads.
 *
 * docs/eir.md has the columns. Devices have 14 digits, or 15 with the check digit; the ends of a
 * range always have 14, as a check digit says nothing of a range.
 */
#ifndef LISTS_SHEETS_H
#define LISTS_SHEETS_H

#include "lists/changes.h"
#include "lists/manifest.h"

/* What the files are like. */
struct sheet_style {
    enum list_form form;
    unsigned digits; /* 14 or 15 */
    bool is_delta;
    bool expanded; /* there is no file of ranges */
};

struct sheets;

/* Opens the files in the folder. The errors of folder_file_open(). */
enum err sheets_open(struct folder *folder, const struct sheet_style *style,
                     struct sheets **out) must_check;

/* A change_tell. Writing fails at the end, sheets_end(). */
enum err sheets_tell(void *context, const struct list_change *change) must_check;

/* Closes all files, and adds them to the manifest, in order of their names. `sheets` is freed in
 * any case. */
enum err sheets_end(struct sheets *sheets, struct manifest *manifest) must_check;
/* Closes them when nobody wants them any more. NULL is allowed. */
void sheets_drop(struct sheets *sheets);

/* Adds a file to a manifest at its place. */
void sheets_name(struct manifest *manifest, const struct manifest_file *file);

#endif
