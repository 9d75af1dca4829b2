/*
 * memory.h: memory of a tool that runs and ends: without it the run ends, with a sentence and
 * EXIT_INTERNAL. So nobody else has to ask.
 */
#ifndef CLI_MEMORY_H
#define CLI_MEMORY_H

#include <stddef.h>

/* Zeroed; free() it. */
void *memory_new(size_t size);

/* As realloc(); what is new is not zeroed. */
void *memory_grow(void *memory, size_t size);

/* Makes the JSON library take its memory here too. */
void memory_serve_json(void);

#endif
