/*
 * trace.h: what happened, line by line. The same seed and commit give the same lines.
 *
 * Off while seeds are tried; a seed that fails is run again with it. The ring lies in memory that
 * survives the process that writes it, so that the last lines before an abort can be shown.
 */
#ifndef TESTS_SIM_TRACE_H
#define TESTS_SIM_TRACE_H

#include <stdbool.h>
#include <stdint.h>

#define TRACE_LINES     64
#define TRACE_LINE_SIZE 192

struct trace_ring {
    uint64_t count; /* lines ever written */
    char line[TRACE_LINES][TRACE_LINE_SIZE];
};

struct trace {
    bool print;              /* on the standard output */
    struct trace_ring *ring; /* or NULL */
};

static inline bool trace_is_on(const struct trace *trace)
{
    return trace->print || trace->ring != 0;
}

void trace_say(struct trace *trace, uint64_t now_us, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

void trace_ring_print(const struct trace_ring *ring);

#endif
