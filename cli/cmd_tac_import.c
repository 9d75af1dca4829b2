#include "cli/command.h"
#include "cli/import.h"
#include "cli/input.h"
#include "cli/memory.h"
#include "cli/tac_list.h"

#include <stdlib.h>

/* With names of usual length this comes close to TX_SIZE_MAX. */
enum { BATCH_DEFAULT = 10000, FRAME_SIZE_MAX = 1024, ITEM_HEAD_MAX = 1 + 5 + 2 + 2 };

/* A TAC; its texts lie one after the other in the pool, brand first, both terminated. */
struct entry {
    uint32_t tac;
    uint32_t line;
    size_t texts;
};

struct tac_import {
    struct tool *tool;
    struct entry *entries;
    size_t count;
    size_t capacity;
    char *pool;
    size_t pool_size;
    size_t pool_capacity;
    struct tac_item *items; /* of one statement */
    struct import_summary summary;
    struct rejects rejects;
};

static const char *brand_of(const struct tac_import *import, const struct entry *entry)
{
    return import->pool + entry->texts;
}

static const char *model_of(const struct tac_import *import, const struct entry *entry)
{
    const char *brand = brand_of(import, entry);
    return brand + strlen(brand) + 1;
}

/* ---- reading ---- */

static void keep_text(struct tac_import *import, const char *text)
{
    size_t size = strlen(text) + 1;
    if (import->pool_capacity - import->pool_size < size) {
        import->pool_capacity = 2 * import->pool_capacity + 4096;
        import->pool = memory_grow(import->pool, import->pool_capacity);
    }
    memcpy(import->pool + import->pool_size, text, size);
    import->pool_size += size;
}

static void take_row(struct tac_import *import, const struct tac_list_row *row)
{
    import->summary.rows++;
    if (row->problem != NULL) {
        rejects_add(&import->rejects, row->line, row->problem, row->raw);
        return;
    }
    if (import->count == import->capacity) {
        import->capacity = 2 * import->capacity + 1024;
        import->entries =
            memory_grow(import->entries, import->capacity * sizeof import->entries[0]);
    }
    import->entries[import->count++] = (struct entry){
        .tac = row->item.tac, .line = (uint32_t)row->line, .texts = import->pool_size};
    keep_text(import, row->item.brand);
    keep_text(import, row->item.model);
}

static enum exit_code read_list(struct tac_import *import, struct tac_list *list, const char *path)
{
    if (*tac_list_licence(list) != '\0')
        tool_note(import->tool, "%s: %s", path, tac_list_licence(list));
    enum exit_code code = rejects_open(import->tool, path, &import->rejects);
    if (code != EXIT_DONE)
        return code;
    struct tac_list_row *row = memory_new(sizeof *row);
    while (tac_list_next(list, row))
        take_row(import, row);
    free(row);
    import->summary.bad = import->rejects.count;
    code = rejects_close(&import->rejects);
    if (code == EXIT_DONE && tac_list_err(list) != ERR_OK)
        code = input_refused(import->tool, path, tac_list_err(list), NULL, NULL);
    return code;
}

static enum exit_code read_file(struct tac_import *import, const char *path)
{
    struct input *input;
    struct tac_list *list = NULL;
    struct complaint complaint;
    enum err err = input_open(path, &input);
    if (err == ERR_OK)
        err = tac_list_open(input_fill, input, &list, &complaint);
    enum exit_code code = err == ERR_OK
                              ? read_list(import, list, path)
                              : input_refused(import->tool, path, err, &complaint,
                                              "imei help tac import says what it may be.");
    tac_list_close(list);
    input_close(input);
    return code;
}

/* ---- sending ---- */

static int compare(const void *a, const void *b)
{
    const struct entry *x = a;
    const struct entry *y = b;
    if (x->tac != y->tac)
        return x->tac < y->tac ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

/* One entry a TAC, the first of the file. */
static void order(struct tac_import *import)
{
    size_t kept = 0;
    if (import->count > 0)
        qsort(import->entries, import->count, sizeof import->entries[0], compare);
    for (size_t i = 0; i < import->count; i++) {
        if (kept == 0 || import->entries[kept - 1].tac != import->entries[i].tac)
            import->entries[kept++] = import->entries[i];
    }
    import->summary.twice = import->count - kept;
    import->count = kept;
}

static struct hash hash_entries(const struct tac_import *import)
{
    struct hasher hasher;
    hasher_begin(&hasher);
    for (size_t i = 0; i < import->count; i++) {
        const struct entry *entry = &import->entries[i];
        char tac[TAC_DIGITS + 1];
        tac_format(entry->tac, tac);
        hasher_add(&hasher, tac, sizeof tac);
        hasher_add(&hasher, brand_of(import, entry), strlen(brand_of(import, entry)) + 1);
        hasher_add(&hasher, model_of(import, entry), strlen(model_of(import, entry)) + 1);
    }
    return hasher_end(&hasher);
}

static size_t load(void *context, size_t from, size_t batch, struct statement *statement,
                   struct writer *items)
{
    const struct tac_import *import = context;
    size_t room = TX_SIZE_MAX - FRAME_SIZE_MAX;
    size_t count = 0;
    for (; count < batch && from + count < import->count; count++) {
        const struct entry *entry = &import->entries[from + count];
        struct tac_item *item = &import->items[count];
        size_t size =
            ITEM_HEAD_MAX + strlen(brand_of(import, entry)) + strlen(model_of(import, entry));
        if (room < size)
            break;
        room -= size;
        item->tac = entry->tac;
        snprintf(item->brand, sizeof item->brand, "%s", brand_of(import, entry));
        snprintf(item->model, sizeof item->model, "%s", model_of(import, entry));
    }
    tac_items_write(items, import->items, count);
    statement->item_count = count;
    return count;
}

static enum exit_code send_entries(struct tac_import *import, size_t batch)
{
    import->items = memory_new(batch * sizeof import->items[0]);
    struct cargo cargo = {
        .operation = OP_TAC_ALLOCATE,
        .row_count = import->count,
        .batch = batch,
        .rows = hash_entries(import),
        .load = load,
        .context = import,
    };
    enum exit_code code = import_send(import->tool, &cargo, &import->summary);
    free(import->items);
    return code;
}

enum exit_code cmd_tac_import(struct tool *tool)
{
    struct tac_import import = {.tool = tool};
    size_t batch;
    enum exit_code code = import_batch(tool, BATCH_DEFAULT, &batch);
    if (code == EXIT_DONE)
        code = read_file(&import, tool->arguments.operands[0]);
    if (code == EXIT_DONE) {
        order(&import);
        code = send_entries(&import, batch);
    }
    free(import.entries);
    free(import.pool);
    return code;
}
