#include "lists/sheets.h"

#include "proto/invariant.h"

#include <stdio.h>
#include <stdlib.h>

/* X(name, file of a full list, file of a delta, of which form; 0: any, header of a full list) */
#define DEVICE_COLUMNS "imei,block_date,reasons"
#define RANGE_COLUMNS  "from,to,list,block_date,reasons"
#define SHEET_TABLE(X)                                                                             \
    X(BLACK, "blacklist.csv", "blacklist_delta.csv", LIST_FORM_CSV, DEVICE_COLUMNS)                \
    X(GREY, "greylist.csv", "greylist_delta.csv", LIST_FORM_CSV, DEVICE_COLUMNS)                   \
    X(BLACK_PLAIN, "blacklist.txt", "blacklist_added.txt", LIST_FORM_PLAIN, NULL)                  \
    X(BLACK_GONE, NULL, "blacklist_removed.txt", LIST_FORM_PLAIN, NULL)                            \
    X(GREY_PLAIN, "greylist.txt", "greylist_added.txt", LIST_FORM_PLAIN, NULL)                     \
    X(GREY_GONE, NULL, "greylist_removed.txt", LIST_FORM_PLAIN, NULL)                              \
    X(RANGES, "ranges.csv", "ranges_delta.csv", 0, RANGE_COLUMNS)

enum sheet {
#define X(name, ...) SHEET_##name,
    SHEET_TABLE(X)
#undef X
        SHEET_COUNT
};

static const struct {
    const char *full;
    const char *delta;
    unsigned form;
    const char *header;
} sheet_rows[SHEET_COUNT] = {
#define X(name, full, delta, form, header) {full, delta, form, header},
    SHEET_TABLE(X)
#undef X
};

struct sheets {
    struct sheet_style style;
    struct folder_file *files[SHEET_COUNT]; /* NULL: not of this style */
    uint64_t rows[SHEET_COUNT];
    struct entry entry; /* the last one told, and its columns: neighbours are often alike */
    char columns[ENTRY_DATE_SIZE + ENTRY_REASONS_SIZE + 1];
};

static const char *sheet_name(const struct sheet_style *style, enum sheet sheet)
{
    if (sheet == SHEET_RANGES && style->expanded)
        return NULL;
    if (sheet_rows[sheet].form != 0 && sheet_rows[sheet].form != (unsigned)style->form)
        return NULL;
    return style->is_delta ? sheet_rows[sheet].delta : sheet_rows[sheet].full;
}

static void add_text(struct folder_file *file, const char *text)
{
    folder_file_add(file, text, strlen(text));
}

enum err sheets_open(struct folder *folder, const struct sheet_style *style, struct sheets **out)
{
    *out = NULL;
    struct sheets *sheets = calloc(1, sizeof *sheets);
    if (sheets == NULL)
        return ERR_MEMORY;
    sheets->style = *style;
    for (enum sheet sheet = 0; sheet < SHEET_COUNT; sheet++) {
        const char *name = sheet_name(style, sheet);
        if (name == NULL)
            continue;
        enum err err = folder_file_open(folder, name, &sheets->files[sheet]);
        if (err != ERR_OK) {
            sheets_drop(sheets);
            return err;
        }
        if (sheet_rows[sheet].header == NULL)
            continue;
        add_text(sheets->files[sheet], sheet_rows[sheet].header);
        add_text(sheets->files[sheet], style->is_delta ? ",change_type\n" : "\n");
    }
    *out = sheets;
    return ERR_OK;
}

/* ---- rows ---- */

static void put(struct sheets *sheets, enum sheet sheet, const char *row)
{
    add_text(sheets->files[sheet], row);
    sheets->rows[sheet]++;
}

/* What has become of a row of a list: the word of its change_type. */
static const char *change_word(bool was, bool is)
{
    return was && is ? "changed" : is ? "blocked" : "unblocked";
}

/* ",20260921,stolen|fraud" */
static const char *columns_of(struct sheets *sheets, const struct entry *entry)
{
    char date[ENTRY_DATE_SIZE];
    char reasons[ENTRY_REASONS_SIZE];
    if (entry_equal(entry, &sheets->entry))
        return sheets->columns;
    entry_date(entry, date);
    entry_reasons(entry, reasons);
    int size = snprintf(sheets->columns, sizeof sheets->columns, ",%s,%s", date, reasons);
    invariant(size > 0 && (size_t)size < sizeof sheets->columns);
    sheets->entry = *entry;
    return sheets->columns;
}

static void put_csv(struct sheets *sheets, enum sheet sheet, const char *key,
                    const struct entry *entry, const char *word)
{
    struct folder_file *file = sheets->files[sheet];
    add_text(file, key);
    add_text(file, columns_of(sheets, entry));
    if (sheets->style.is_delta) {
        add_text(file, ",");
        add_text(file, word);
    }
    add_text(file, "\n");
    sheets->rows[sheet]++;
}

/* The row of one list, if it is on that list before or after. */
static void put_device(struct sheets *sheets, const struct list_change *change, enum list_name list)
{
    char imei[IMEI_TEXT_SIZE + 1];
    char row[IMEI_TEXT_SIZE + 2];
    bool is_black = list == LIST_BLACK;
    bool was = change->before.list == list;
    bool is = change->after.list == list;
    if (!was && !is)
        return;
    if (sheets->style.digits == IMEI_DIGITS)
        imei_format14(change->item.from, imei);
    else
        imei_format(change->item.from, imei);
    if (sheets->style.form == LIST_FORM_CSV) {
        put_csv(sheets, is_black ? SHEET_BLACK : SHEET_GREY, imei,
                is ? &change->after : &change->before, change_word(was, is));
        return;
    }
    if (was && is)
        return; /* date and reasons, which this form does not have */
    snprintf(row, sizeof row, "%s\n", imei);
    if (is)
        put(sheets, is_black ? SHEET_BLACK_PLAIN : SHEET_GREY_PLAIN, row);
    else
        put(sheets, is_black ? SHEET_BLACK_GONE : SHEET_GREY_GONE, row);
}

static void put_range(struct sheets *sheets, const struct list_change *change)
{
    char from[IMEI_DIGITS + 1];
    char to[IMEI_DIGITS + 1];
    char key[64];
    bool was = change->before.list != LIST_NONE;
    bool is = change->after.list != LIST_NONE;
    const struct entry *entry = is ? &change->after : &change->before;
    imei_format14(change->item.from, from);
    imei_format14(change->item.to, to);
    snprintf(key, sizeof key, "%s,%s,%s", from, to, entry->list == LIST_BLACK ? "black" : "grey");
    put_csv(sheets, SHEET_RANGES, key, entry, change_word(was, is));
}

enum err sheets_tell(void *context, const struct list_change *change)
{
    struct sheets *sheets = context;
    if (change->is_range) {
        put_range(sheets, change);
        return ERR_OK;
    }
    put_device(sheets, change, LIST_BLACK);
    put_device(sheets, change, LIST_GREY);
    return ERR_OK;
}

/* ---- the end ---- */

void sheets_name(struct manifest *manifest, const struct manifest_file *file)
{
    invariant(manifest->file_count < MANIFEST_FILES_MAX);
    size_t at = manifest->file_count++;
    for (; at > 0 && strcmp(manifest->files[at - 1].name, file->name) > 0; at--)
        manifest->files[at] = manifest->files[at - 1];
    manifest->files[at] = *file;
}

enum err sheets_end(struct sheets *sheets, struct manifest *manifest)
{
    enum err err = ERR_OK;
    for (enum sheet sheet = 0; sheet < SHEET_COUNT; sheet++) {
        if (sheets->files[sheet] == NULL)
            continue;
        struct manifest_file file = {.rows = sheets->rows[sheet]};
        snprintf(file.name, sizeof file.name, "%s", sheet_name(&sheets->style, sheet));
        enum err end = folder_file_close(sheets->files[sheet], &file.size, &file.hash);
        err = err == ERR_OK ? end : err;
        sheets_name(manifest, &file);
    }
    free(sheets);
    return err;
}

void sheets_drop(struct sheets *sheets)
{
    struct manifest manifest = {0};
    if (sheets == NULL)
        return;
    enum err err = sheets_end(sheets, &manifest);
    (void)err;
}
