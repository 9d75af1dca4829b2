#include "eir/spans.h"

#define SERIAL_MASK ((1u << 20) - 1)

static unsigned width_of(uint64_t row)
{
    return (unsigned)(row_place(row) >> 40);
}

static uint32_t from_of(uint64_t row)
{
    return (uint32_t)(row_place(row) >> 20) & SERIAL_MASK;
}

static uint32_t to_of(uint64_t row)
{
    return (uint32_t)row_place(row) & SERIAL_MASK;
}

/* The first row of the width that begins at `least` or above. */
static uint32_t first_from(const struct spans *spans, unsigned width, uint32_t least)
{
    uint32_t low = spans->starts[width];
    uint32_t high = spans->starts[width + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (from_of(spans->rows[middle]) < least)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* As ledger/history.c does it on disk. */
void spans_find(const struct spans *spans, uint32_t serial, struct class_set *set)
{
    for (unsigned width = 1; width <= SPANS_WIDTH_MAX; width++) {
        uint32_t reach = (UINT32_C(1) << width) - 1;
        uint32_t end = spans->starts[width + 1];
        uint32_t at = first_from(spans, width, serial > reach ? serial - reach : 0);
        for (; at < end && from_of(spans->rows[at]) <= serial; at++) {
            uint16_t class = row_class(spans->rows[at]);
            if (to_of(spans->rows[at]) >= serial)
                set->words[class / 64] |= UINT64_C(1) << class % 64;
        }
    }
}

static struct spans *make(struct heap *heap, const struct claim_rows *rows)
{
    struct spans *spans = heap_get(heap, sizeof *spans + rows->count * sizeof spans->rows[0]);
    if (spans == NULL)
        return NULL;
    spans->count = 0;
    spans->starts[0] = 0;
    for (unsigned width = 0; width <= SPANS_WIDTH_MAX; width++) {
        while (spans->count < rows->count && width_of(rows->list[spans->count]) <= width) {
            spans->rows[spans->count] = rows->list[spans->count];
            spans->count++;
        }
        spans->starts[width + 1] = spans->count;
    }
    return spans;
}

enum err spans_change(const struct spans *before, const struct note *notes, size_t count,
                      struct workshop *workshop, struct spans **out)
{
    *out = NULL;
    size_t before_count = before == NULL ? 0 : before->count;
    workshop->before.count = 0;
    workshop->after.count = 0;
    enum err err = rows_reserve(&workshop->before, before_count);
    if (err != ERR_OK)
        return err;
    for (size_t i = 0; i < before_count; i++)
        workshop->before.list[i] = before->rows[i];
    workshop->before.count = before_count;
    err = workshop_merge(workshop, notes, count);
    if (err != ERR_OK || workshop->after.count == 0)
        return err;
    *out = make(&workshop->heap, &workshop->after);
    return *out == NULL ? ERR_MEMORY : ERR_OK;
}
