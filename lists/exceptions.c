#include "lists/exceptions.h"

#include "lists/touched.h"

#include <stdio.h>
#include <stdlib.h>

static int row_order(const void *a, const void *b)
{
    const struct pairs_row *x = a;
    const struct pairs_row *y = b;
    if (x->imei.value != y->imei.value)
        return x->imei.value < y->imei.value ? -1 : 1;
    int order = strcmp(x->imsi.digits, y->imsi.digits);
    return order != 0 ? order : strcmp(x->msisdn, y->msisdn);
}

static void settle(struct exceptions *exceptions)
{
    size_t kept = 0;
    if (exceptions->count > 1)
        qsort(exceptions->rows, exceptions->count, sizeof exceptions->rows[0], row_order);
    for (size_t i = 0; i < exceptions->count; i++) {
        if (kept == 0 || row_order(&exceptions->rows[kept - 1], &exceptions->rows[i]) != 0)
            exceptions->rows[kept++] = exceptions->rows[i];
    }
    exceptions->count = kept;
}

enum err exceptions_read(struct bytes text, struct exceptions *out, struct complaint *complaint)
{
    struct pairs_text rows = pairs_text_open(text, complaint);
    struct pairs_row row;
    *out = (struct exceptions){0};
    while (pairs_text_next(&rows, &row)) {
        if (out->count == out->capacity) {
            size_t capacity = out->capacity == 0 ? 256 : 2 * out->capacity;
            struct pairs_row *grown = realloc(out->rows, capacity * sizeof *grown);
            if (grown == NULL)
                return ERR_MEMORY;
            out->rows = grown;
            out->capacity = capacity;
        }
        out->rows[out->count++] = row;
    }
    settle(out);
    return rows.err;
}

void exceptions_close(struct exceptions *exceptions)
{
    free(exceptions->rows);
    *exceptions = (struct exceptions){0};
}

/* ---- choosing ---- */

static void keep_those_in_force(struct exceptions *exceptions, const struct pairs *pairs)
{
    size_t kept = 0;
    for (size_t i = 0; i < exceptions->count; i++) {
        if (pairs_have(pairs, exceptions->rows[i].imei, &exceptions->rows[i].imsi))
            exceptions->rows[kept++] = exceptions->rows[i];
    }
    exceptions->count = kept;
}

/* Those of whom the device is told as black move to the front; devices come in order. */
struct choice {
    struct exceptions *exceptions;
    size_t next;
    size_t kept;
};

static enum err choose(void *context, const struct list_change *change)
{
    struct choice *choice = context;
    struct pairs_row *rows = choice->exceptions->rows;
    size_t count = choice->exceptions->count;
    uint64_t imei = change->item.from.value;
    while (choice->next < count && rows[choice->next].imei.value < imei)
        choice->next++;
    for (; choice->next < count && rows[choice->next].imei.value == imei; choice->next++) {
        if (change->after.list == LIST_BLACK)
            rows[choice->kept++] = rows[choice->next];
    }
    return ERR_OK;
}

enum err exceptions_choose(struct exceptions *exceptions, const struct pairs *pairs,
                           struct view *view, struct judge *judge)
{
    struct choice choice = {.exceptions = exceptions};
    struct touched devices = {0};
    struct touched_tac tac;
    struct change_question question = {.view = view,
                                       .judge = judge,
                                       .before = PLACE_NOTHING,
                                       .after = PLACE_NOW,
                                       .expand = true,
                                       .expand_left = UINT64_MAX,
                                       .tell = choose,
                                       .context = &choice};
    keep_those_in_force(exceptions, pairs);
    enum err err = ERR_OK;
    for (size_t i = 0; i < exceptions->count && err == ERR_OK; i++)
        err = touched_add_device(&devices, exceptions->rows[i].imei);
    struct touched_walk walk = touched_walk(&devices);
    while (err == ERR_OK && touched_next(&walk, &tac))
        err = changes_of_tac(&question, tac.tac, tac.stretches, tac.count);
    err = err != ERR_OK ? err : walk.err;
    exceptions->count = choice.kept;
    touched_walk_close(&walk);
    touched_close(&devices);
    return err;
}

/* ---- writing ---- */

static void put_row(struct folder_file *file, const struct pairs_row *row, unsigned digits,
                    const char *change)
{
    char imei[IMEI_TEXT_SIZE + 1];
    char text[128];
    if (digits == IMEI_DIGITS)
        imei_format14(row->imei, imei);
    else
        imei_format(row->imei, imei);
    snprintf(text, sizeof text, "%s,%s,%s%s%s\n", imei, row->imsi.digits, row->msisdn,
             change != NULL ? "," : "", change != NULL ? change : "");
    folder_file_add(file, text, strlen(text));
}

static enum err open_file(struct folder *folder, const char *name, const char *head,
                          struct manifest_file *out, struct folder_file **file)
{
    *out = (struct manifest_file){0};
    snprintf(out->name, sizeof out->name, "%s", name);
    enum err err = folder_file_open(folder, name, file);
    if (err == ERR_OK)
        folder_file_add(*file, head, strlen(head));
    return err;
}

static enum err close_file(struct folder_file *file, struct manifest_file *named,
                           struct manifest *manifest)
{
    enum err err = folder_file_close(file, &named->size, &named->hash);
    sheets_name(manifest, named);
    return err;
}

enum err exceptions_write(const struct exceptions *exceptions, struct folder *folder,
                          unsigned digits, struct manifest *manifest)
{
    struct manifest_file named;
    struct folder_file *file;
    enum err err = open_file(folder, EXCEPTIONS_NAME, "imei,imsi,msisdn\n", &named, &file);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < exceptions->count; i++)
        put_row(file, &exceptions->rows[i], digits, NULL);
    named.rows = exceptions->count;
    return close_file(file, &named, manifest);
}

enum err exceptions_write_delta(const struct exceptions *before, const struct exceptions *after,
                                struct folder *folder, unsigned digits, struct manifest *manifest)
{
    struct manifest_file named;
    struct folder_file *file;
    enum err err =
        open_file(folder, EXCEPTIONS_DELTA_NAME, "imei,imsi,msisdn,change_type\n", &named, &file);
    if (err != ERR_OK)
        return err;
    size_t b = 0;
    size_t a = 0;
    while (b < before->count || a < after->count) {
        int order = b == before->count  ? 1
                    : a == after->count ? -1
                                        : row_order(&before->rows[b], &after->rows[a]);
        if (order != 0) {
            put_row(file, order < 0 ? &before->rows[b] : &after->rows[a], digits,
                    order < 0 ? "removed" : "added");
            named.rows++;
        }
        b += order <= 0;
        a += order >= 0;
    }
    return close_file(file, &named, manifest);
}
