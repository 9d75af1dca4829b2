#include "tests/sim/trace.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

void trace_say(struct trace *trace, uint64_t now_us, const char *format, ...)
{
    char line[TRACE_LINE_SIZE];
    int head = snprintf(line, sizeof line, "%5" PRIu64 ".%06" PRIu64 " ", now_us / 1000000,
                        now_us % 1000000);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line + head, sizeof line - (size_t)head, format, arguments);
    va_end(arguments);
    if (trace->print)
        puts(line);
    if (trace->ring != NULL)
        snprintf(trace->ring->line[trace->ring->count++ % TRACE_LINES], TRACE_LINE_SIZE, "%s",
                 line);
}

void trace_ring_print(const struct trace_ring *ring)
{
    uint64_t first = ring->count < TRACE_LINES ? 0 : ring->count - TRACE_LINES;
    for (uint64_t i = first; i < ring->count; i++)
        puts(ring->line[i % TRACE_LINES]);
}
