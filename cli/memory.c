#include "cli/memory.h"

#include "cli/tool.h"

#include <jansson.h>
#include <stdlib.h>

static _Noreturn void run_out(void)
{
    fputs("imei: out of memory\n      Free memory on this machine, then try again.\n", stderr);
    exit(EXIT_INTERNAL);
}

void *memory_new(size_t size)
{
    void *memory = calloc(1, size > 0 ? size : 1);
    if (memory == NULL)
        run_out();
    return memory;
}

void *memory_grow(void *memory, size_t size)
{
    memory = realloc(memory, size > 0 ? size : 1);
    if (memory == NULL)
        run_out();
    return memory;
}

void memory_serve_json(void)
{
    json_set_alloc_funcs(memory_new, free);
}
