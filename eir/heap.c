#include "eir/heap.h"

#include "eir/grace.h"

#include <stdalign.h>
#include <stdlib.h>

/* What was asked for lies behind it. */
struct heap_block {
    alignas(max_align_t) struct heap_block *next; /* of those that are retired */
    size_t size;                                  /* with this head */
};

void *heap_get(struct heap *heap, size_t size)
{
    if (size > SIZE_MAX - sizeof(struct heap_block))
        return NULL;
    size += sizeof(struct heap_block);
    if (heap->bytes_max != 0 && heap->bytes_max - heap->bytes < size)
        return NULL;
    struct heap_block *block = malloc(size);
    if (block == NULL)
        return NULL;
    block->size = size;
    heap->bytes += size;
    return block + 1;
}

/* Readers see it as const: it is the writer's again. */
static struct heap_block *block_of(const void *memory)
{
    union {
        const void *seen;
        struct heap_block *owned;
    } pointer = {.seen = memory};
    return pointer.owned - 1;
}

static void block_free(struct heap *heap, struct heap_block *block)
{
    heap->bytes -= block->size;
    free(block);
}

void heap_free(struct heap *heap, void *memory)
{
    if (memory != NULL)
        block_free(heap, block_of(memory));
}

void heap_retire(struct heap *heap, const void *memory)
{
    if (memory == NULL)
        return;
    struct heap_block *block = block_of(memory);
    block->next = heap->retired;
    heap->retired = block;
    heap->retired_bytes += block->size;
    if (heap->retired_bytes > HEAP_RETIRED_MAX)
        heap_settle(heap);
}

void heap_settle(struct heap *heap)
{
    if (heap->retired == NULL)
        return;
    grace_wait();
    while (heap->retired != NULL) {
        struct heap_block *block = heap->retired;
        heap->retired = block->next;
        block_free(heap, block);
    }
    heap->retired_bytes = 0;
}
