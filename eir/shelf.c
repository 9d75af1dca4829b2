#include "eir/shelf.h"

#include <stdlib.h>

/* ---- readers ---- */

/* The last leaf that begins at the serial or below; the first when there is none. */
static const struct leaf *leaf_of(const struct shelf *shelf, uint32_t serial)
{
    const struct leaf *leaf = shelf->leaves;
    for (size_t left = shelf->leaf_count; left > 1;) {
        size_t half = left / 2;
        leaf += leaf[half].first <= serial ? half : 0;
        left -= half;
    }
    return leaf;
}

/* Where a serial would be if those of the leaf lay evenly from its first to the next one's. */
static size_t guess(const struct shelf *shelf, const struct leaf *leaf, uint32_t serial)
{
    bool is_last = leaf + 1 == shelf->leaves + shelf->leaf_count;
    uint32_t end = is_last ? IMEI_SERIALS : leaf[1].first;
    if (serial <= leaf->first)
        return 0;
    return (size_t)((uint64_t)(serial - leaf->first) * leaf->count / (end - leaf->first));
}

/*
 * The first row that is not below `least`. From a good guess it is two or three lines of the cache
 * away, where halving a leaf meets ten rows and six lines; from a bad one it is twice as far as by
 * halving.
 */
static const uint32_t *seek(const struct leaf *leaf, size_t at, uint32_t least)
{
    const uint32_t *rows = leaf->rows;
    size_t low = at;  /* rows below it are below `least` */
    size_t high = at; /* rows from it on are not */
    size_t step = 16;
    if (at < leaf->count && rows[at] < least) {
        for (high = at + step; high < leaf->count && rows[high] < least; high += step) {
            low = high + 1;
            step *= 2;
        }
        high = high < leaf->count ? high : leaf->count;
    } else {
        for (low = at > step ? at - step : 0; low > 0 && rows[low - 1] >= least;) {
            high = low;
            step *= 2;
            low = low > step ? low - step : 0;
        }
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows[middle] < least)
            low = middle + 1;
        else
            high = middle;
    }
    return rows + low;
}

const uint32_t *shelf_find(const struct shelf *shelf, uint32_t serial, size_t *count)
{
    *count = 0;
    if (shelf->leaf_count == 0)
        return NULL;
    const struct leaf *leaf = leaf_of(shelf, serial);
    const uint32_t *end = leaf->rows + leaf->count;
    const uint32_t *row = seek(leaf, guess(shelf, leaf, serial), serial << CLASS_BITS);
    while (row + *count < end && row_place(row[*count]) == serial)
        ++*count;
    return row;
}

/* ---- leaves ---- */

/* Notes about the TAC, about devices, about ranges. */
struct parts {
    const struct note *notes;
    size_t tac_count;
    size_t device_end;
    size_t count;
};

static struct parts part(const struct note *notes, size_t count)
{
    struct parts parts = {.notes = notes, .count = count};
    while (parts.tac_count < count && notes[parts.tac_count].kind == CHANGE_TAC)
        parts.tac_count++;
    parts.device_end = parts.tac_count;
    while (parts.device_end < count && note_width(&notes[parts.device_end]) == 0)
        parts.device_end++;
    return parts;
}

static enum err leaves_add(struct leaves *leaves, const struct leaf *leaf)
{
    if (leaves->count == leaves->capacity) {
        size_t capacity = leaves->capacity == 0 ? 64 : 2 * leaves->capacity;
        struct leaf *list = realloc(leaves->list, capacity * sizeof list[0]);
        if (list == NULL)
            return ERR_MEMORY;
        leaves->list = list;
        leaves->capacity = capacity;
    }
    leaves->list[leaves->count++] = *leaf;
    return ERR_OK;
}

static enum err leaf_make(struct heap *heap, const uint64_t *rows, size_t count,
                          struct leaves *leaves)
{
    uint32_t *copy = heap_get(heap, count * sizeof copy[0]);
    if (copy == NULL)
        return ERR_MEMORY;
    for (size_t i = 0; i < count; i++)
        copy[i] = (uint32_t)rows[i];
    struct leaf leaf = {
        .rows = copy, .count = (uint32_t)count, .first = (uint32_t)row_place(rows[0])};
    enum err err = leaves_add(leaves, &leaf);
    if (err != ERR_OK)
        heap_free(heap, copy);
    return err;
}

/* Makes leaves of about the same size of all rows that are ready. */
static enum err flush(struct workshop *workshop, struct leaves *leaves)
{
    struct claim_rows *rows = &workshop->after;
    size_t parts = (rows->count + LEAF_ROWS_MAX - 1) / LEAF_ROWS_MAX;
    enum err err = ERR_OK;
    for (size_t from = 0; from < rows->count && err == ERR_OK; parts -= parts > 1) {
        size_t end = from + (rows->count - from + parts - 1) / parts;
        while (end < rows->count && row_place(rows->list[end]) == row_place(rows->list[end - 1]))
            end++;
        err = leaf_make(&workshop->heap, &rows->list[from], end - from, leaves);
        from = end;
    }
    rows->count = 0;
    return err;
}

/* The leaf's rows, with their changes, behind those that are ready. */
static enum err merge(struct workshop *workshop, const struct leaf *leaf, const struct note *notes,
                      size_t count)
{
    struct claim_rows *before = &workshop->before;
    before->count = 0;
    enum err err = rows_reserve(before, leaf->count);
    if (err != ERR_OK)
        return err;
    for (; before->count < leaf->count; before->count++)
        before->list[before->count] = leaf->rows[before->count];
    return workshop_merge(workshop, notes, count);
}

static enum err change_leaves(const struct shelf *before, const struct parts *parts,
                              struct workshop *workshop, struct leaves *leaves)
{
    static const struct leaf none;
    size_t leaf_count = before == NULL ? 0 : before->leaf_count;
    size_t note = parts->tac_count;
    enum err err = ERR_OK;
    workshop->after.count = 0;
    leaves->count = 0;
    for (size_t i = 0; err == ERR_OK && (i == 0 || i < leaf_count); i++) {
        const struct leaf *leaf = i < leaf_count ? &before->leaves[i] : &none;
        uint32_t end = i + 1 < leaf_count ? before->leaves[i + 1].first : IMEI_SERIALS;
        size_t first = note;
        while (note < parts->device_end && parts->notes[note].from < end)
            note++;
        bool is_small = workshop->after.count > 0 && workshop->after.count < LEAF_ROWS_MIN;
        if (!is_small)
            err = flush(workshop, leaves);
        if (err != ERR_OK)
            break;
        if (note > first || is_small)
            err = merge(workshop, leaf, &parts->notes[first], note - first);
        else if (leaf->count > 0)
            err = leaves_add(leaves, leaf);
    }
    return err == ERR_OK ? flush(workshop, leaves) : err;
}

/* ---- shelves ---- */

static bool shares_leaf(const struct shelf *shelf, const struct leaf *leaf)
{
    if (shelf == NULL || shelf->leaf_count == 0)
        return false;
    return leaf_of(shelf, leaf->first)->rows == leaf->rows;
}

void shelf_retire(const struct shelf *shelf, const struct shelf *next, struct heap *heap)
{
    if (shelf == NULL)
        return;
    for (size_t i = 0; i < shelf->leaf_count; i++)
        if (!shares_leaf(next, &shelf->leaves[i]))
            heap_retire(heap, shelf->leaves[i].rows);
    if (next == NULL || next->spans != shelf->spans)
        heap_retire(heap, shelf->spans);
    heap_retire(heap, shelf);
}

static struct shelf *assemble(const struct shelf *before, const struct parts *parts,
                              const struct leaves *leaves, const struct spans *spans,
                              struct heap *heap)
{
    struct shelf *shelf = heap_get(heap, sizeof *shelf + leaves->count * sizeof shelf->leaves[0]);
    if (shelf == NULL)
        return NULL;
    *shelf = (struct shelf){.leaf_count = (uint32_t)leaves->count, .spans = spans};
    if (before != NULL) {
        shelf->is_tac_known = before->is_tac_known;
        shelf->tac_time_ms = before->tac_time_ms;
    }
    if (parts->tac_count > 0) {
        shelf->is_tac_known = true;
        shelf->tac_time_ms = parts->notes[parts->tac_count - 1].time_ms;
    }
    for (size_t i = 0; i < leaves->count; i++)
        shelf->leaves[i] = leaves->list[i];
    return shelf;
}

/* What was made in vain, and no reader saw. */
static void undo(const struct shelf *before, const struct leaves *leaves, struct spans *spans,
                 struct heap *heap)
{
    for (size_t i = 0; i < leaves->count; i++)
        if (!shares_leaf(before, &leaves->list[i]))
            heap_retire(heap, leaves->list[i].rows);
    heap_free(heap, spans);
}

enum err shelf_change(const struct shelf *before, const struct note *notes, size_t count,
                      struct workshop *workshop, struct leaves *scratch, struct shelf **out)
{
    struct parts parts = part(notes, count);
    const struct spans *kept = before == NULL ? NULL : before->spans;
    struct spans *made = NULL;
    *out = NULL;
    enum err err = change_leaves(before, &parts, workshop, scratch);
    if (err == ERR_OK && parts.device_end < count)
        err =
            spans_change(kept, &notes[parts.device_end], count - parts.device_end, workshop, &made);
    if (err == ERR_OK) {
        const struct spans *spans = parts.device_end < count ? made : kept;
        *out = assemble(before, &parts, scratch, spans, &workshop->heap);
        err = *out == NULL ? ERR_MEMORY : ERR_OK;
    }
    if (err != ERR_OK)
        undo(before, scratch, made, &workshop->heap);
    return err;
}
