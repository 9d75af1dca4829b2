#include "lists/touched.h"

#include <stdlib.h>

/* Makes room for one more element of that size. */
static enum err grow(void **list, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return ERR_OK;
    size_t next = *capacity == 0 ? 1024 : 2 * *capacity;
    void *grown = realloc(*list, next * size);
    if (grown == NULL)
        return ERR_MEMORY;
    *list = grown;
    *capacity = next;
    return ERR_OK;
}

void touched_close(struct touched *touched)
{
    free(touched->devices);
    free(touched->ranges);
    *touched = (struct touched){0};
}

/* ---- what was spoken about ---- */

static enum err add_item(struct touched *touched, const struct item *item)
{
    if (item_is_range(item)) {
        enum err err = grow((void **)&touched->ranges, touched->range_count,
                            &touched->range_capacity, sizeof *touched->ranges);
        if (err == ERR_OK)
            touched->ranges[touched->range_count++] = *item;
        return err;
    }
    enum err err = grow((void **)&touched->devices, touched->device_count,
                        &touched->device_capacity, sizeof *touched->devices);
    if (err == ERR_OK)
        touched->devices[touched->device_count++] = item->from.value;
    return err;
}

static enum err add_items(struct touched *touched, const struct statement *statement)
{
    struct item_walk walk = item_walk(statement->items);
    struct item item;
    enum err err = ERR_OK;
    while (err == ERR_OK && item_walk_next(&walk, &item))
        err = add_item(touched, &item);
    return err;
}

enum err touched_add(struct touched *touched, const struct block *block, touched_organisation *tell,
                     void *context)
{
    enum err err = ERR_OK;
    if (block->header.kind != BLOCK_TRANSACTIONS)
        return ERR_OK;
    struct block_walk walk = block_walk(block);
    struct bytes entry;
    while (err == ERR_OK && block_walk_next(&walk, &entry)) {
        struct transaction transaction;
        if (transaction_parse(entry, &transaction) != ERR_OK)
            continue; /* it keeps its place in the ledger and nothing else */
        const struct statement *statement = &transaction.statement;
        switch (operation_row(statement->operation)->form) {
        case FORM_RAISE:
        case FORM_LIFT: err = add_items(touched, statement); break;
        case FORM_ORGANISATION:
        case FORM_BALLOT: err = tell(context, &transaction); break;
        case FORM_TACS:
        case FORM_KEY:
        case FORM_NODE:
        case FORM_NODE_ID: break;
        }
    }
    return err;
}

enum err touched_add_device(struct touched *touched, struct imei imei)
{
    const struct item item = {imei, imei};
    return add_item(touched, &item);
}

/* ---- in order ---- */

static int device_order(const void *a, const void *b)
{
    const uint64_t *x = a;
    const uint64_t *y = b;
    return (*x > *y) - (*x < *y);
}

static int range_order(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;
    return (x->from.value > y->from.value) - (x->from.value < y->from.value);
}

void touched_order(struct touched *touched)
{
    if (touched->device_count > 1)
        qsort(touched->devices, touched->device_count, sizeof *touched->devices, device_order);
    if (touched->range_count > 1)
        qsort(touched->ranges, touched->range_count, sizeof *touched->ranges, range_order);
}

struct touched_walk touched_walk(const struct touched *touched)
{
    return (struct touched_walk){.touched = touched};
}

void touched_walk_close(struct touched_walk *walk)
{
    free(walk->stretches);
    walk->stretches = NULL;
}

/* The first of what is left, a device or a range. */
static bool first_left(const struct touched_walk *walk, struct item *out)
{
    const struct touched *touched = walk->touched;
    bool has_device = walk->device < touched->device_count;
    bool has_range = walk->range < touched->range_count;
    if (has_device) {
        uint64_t device = touched->devices[walk->device];
        *out = (struct item){{device}, {device}};
    }
    if (has_range && (!has_device || touched->ranges[walk->range].from.value <= out->from.value))
        *out = touched->ranges[walk->range];
    return has_device || has_range;
}

/* Adds a stretch that begins behind the start of the last one, or makes that one longer. */
static void add_stretch(struct touched_walk *walk, size_t *count, struct stretch stretch)
{
    struct stretch *last = *count > 0 ? &walk->stretches[*count - 1] : NULL;
    if (last != NULL && stretch.from <= last->to + 1) {
        last->to = stretch.to > last->to ? stretch.to : last->to;
        return;
    }
    walk->err = grow((void **)&walk->stretches, *count, &walk->capacity, sizeof stretch);
    if (walk->err == ERR_OK && walk->stretches != NULL)
        walk->stretches[(*count)++] = stretch;
}

bool touched_next(struct touched_walk *walk, struct touched_tac *out)
{
    struct item item;
    *out = (struct touched_tac){0};
    if (walk->err != ERR_OK || !first_left(walk, &item))
        return false;
    out->tac = imei_tac(item.from);
    while (walk->err == ERR_OK && first_left(walk, &item) && imei_tac(item.from) == out->tac) {
        bool is_range = item_is_range(&item);
        out->has_ranges |= is_range;
        walk->range += is_range;
        walk->device += !is_range;
        add_stretch(walk, &out->count,
                    (struct stretch){imei_serial(item.from), imei_serial(item.to)});
    }
    out->stretches = walk->stretches;
    return walk->err == ERR_OK;
}
