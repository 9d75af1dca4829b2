#include "cli/rows.h"

#include "cli/memory.h"
#include "proto/writer.h"

#include <stdlib.h>

enum { ROW_BITS = 64, SMALL = 16, HASH_ROWS = 512 };

void rows_add(struct rows *rows, uint64_t row)
{
    if (rows->count == rows->capacity) {
        rows->capacity = rows->capacity < 1024 ? 1024 : rows->capacity + rows->capacity / 2;
        rows->data = memory_grow(rows->data, rows->capacity * sizeof rows->data[0]);
    }
    rows->data[rows->count++] = row;
}

void rows_close(struct rows *rows)
{
    free(rows->data);
    *rows = (struct rows){0};
}

static void sort_small(uint64_t *data, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint64_t row = data[i];
        size_t k = i;
        for (; k > 0 && data[k - 1] > row; k--)
            data[k] = data[k - 1];
        data[k] = row;
    }
}

/* Rows with a zero in that bit before those with a one; how many the former are. */
static size_t divide(uint64_t *data, size_t count, unsigned bit)
{
    size_t left = 0;
    size_t right = count;
    while (left < right) {
        if ((data[left] >> bit & 1) == 0) {
            left++;
            continue;
        }
        right--;
        uint64_t row = data[right];
        data[right] = data[left];
        data[left] = row;
    }
    return left;
}

/* Radix exchange (Knuth, TAOCP 5.2.2, algorithm R): in place, and no input makes it slow. Each part
 * on the stack has a lower bit than the one below it, so that there are never more than bits. */
void rows_sort(struct rows *rows)
{
    struct {
        uint64_t *data;
        size_t count;
        unsigned bits; /* not yet looked at */
    } parts[ROW_BITS + 1], part;
    size_t depth = 1;
    parts[0].data = rows->data;
    parts[0].count = rows->count;
    parts[0].bits = ROW_BITS;
    while (depth > 0) {
        part = parts[--depth];
        while (part.count > SMALL && part.bits > 0) {
            part.bits--;
            size_t zeroes = divide(part.data, part.count, part.bits);
            parts[depth].data = part.data + zeroes;
            parts[depth].count = part.count - zeroes;
            parts[depth].bits = part.bits;
            depth++;
            part.count = zeroes;
        }
        if (part.bits > 0)
            sort_small(part.data, part.count);
    }
}

struct hash rows_hash(const struct rows *rows)
{
    uint8_t buffer[HASH_ROWS * sizeof(uint64_t)];
    struct hasher hasher;
    hasher_begin(&hasher);
    for (size_t i = 0; i < rows->count;) {
        struct writer writer = writer_over(buffer, sizeof buffer);
        for (size_t k = 0; k < HASH_ROWS && i < rows->count; k++, i++)
            writer_u64(&writer, rows->data[i]);
        hasher_add(&hasher, buffer, writer.size);
    }
    return hasher_end(&hasher);
}
