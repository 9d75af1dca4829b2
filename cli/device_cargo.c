#include "cli/device_cargo.h"

#include "cli/memory.h"

#include <stdlib.h>

/* What the envelope and the other fields of a statement take of TX_SIZE_MAX, at most. */
enum { FRAME_SIZE_MAX = 1024 };

enum { IMEI_BITS = 48 };

uint64_t device_row(struct imei imei, enum reason reason)
{
    return (uint64_t)reason << IMEI_BITS | imei.value;
}

enum reason device_row_reason(uint64_t row)
{
    return (enum reason)(row >> IMEI_BITS);
}

static struct imei row_imei(uint64_t row)
{
    return (struct imei){row & ((UINT64_C(1) << IMEI_BITS) - 1)};
}

static size_t load(void *context, size_t from, size_t batch, struct statement *statement,
                   struct writer *items)
{
    const struct device_cargo *devices = context;
    const uint64_t *row = devices->rows->data + from;
    size_t left = devices->rows->count - from;
    size_t count = 0;
    for (;
         count < batch && count < left && device_row_reason(row[count]) == device_row_reason(*row);
         count++)
        devices->items[count] = (struct item){row_imei(row[count]), row_imei(row[count])};
    while (items_size_max(devices->items, count) > TX_SIZE_MAX - FRAME_SIZE_MAX)
        count -= count / 4;
    items_write(items, devices->items, count);
    statement->reason = device_row_reason(*row);
    statement->item_count = count;
    return count;
}

struct cargo device_cargo_open(struct device_cargo *devices, const struct rows *rows,
                               enum operation operation, size_t batch)
{
    *devices = (struct device_cargo){rows, memory_new(batch * sizeof devices->items[0])};
    return (struct cargo){
        .operation = operation,
        .row_count = rows->count,
        .batch = batch,
        .rows = rows_hash(rows),
        .load = load,
        .context = devices,
    };
}

void device_cargo_close(struct device_cargo *devices)
{
    free(devices->items);
    devices->items = NULL;
}
