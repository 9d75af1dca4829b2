/*
 * heap.h: memory that readers see: counted, bounded, and freed only when none of them is left in
 * it.
 *
 * Belongs to the one thread that writes.
 */
#ifndef EIR_HEAP_H
#define EIR_HEAP_H

#include "proto/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes that wait for readers to move on, after which the writer waits for them. */
#define HEAP_RETIRED_MAX (4u * 1024 * 1024)

struct heap {
    size_t bytes;         /* held, with what is retired */
    size_t bytes_max;     /* heap_get() gives no more; 0: no bound but malloc()'s */
    size_t retired_bytes; /* of it */
    struct heap_block *retired;
};

/* Not zeroed. NULL when there is no room. */
void *heap_get(struct heap *heap, size_t size);
/* What no reader ever saw. NULL is allowed. */
void heap_free(struct heap *heap, void *memory);
/* What no reader finds any more, but one may still be in. NULL is allowed. */
void heap_retire(struct heap *heap, const void *memory);
/* Waits until no reader is in anything that is retired, and frees it. */
void heap_settle(struct heap *heap);

#endif
