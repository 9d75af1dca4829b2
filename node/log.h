/*
 * log.h: the node's log: one line an event, key=value, on standard error.
 *
 *   time=2026-11-21T01:17:00.123Z level=info event=leader term=3 node=fr-op
 *
 * The event is a word for programs; a value with blanks stands in quotation marks (the format's
 * business: text=\"%s\"). Threads: any.
 */
#ifndef NODE_LOG_H
#define NODE_LOG_H

#include <stdbool.h>

#define LOG_LINE_SIZE_MAX 1024

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERROR };

/* Lines below `level` are not written. */
void log_set_level(enum log_level level);

/* Of the levels in their order, NULL at the end. */
extern const char *const log_level_words[];

/* A line has at most LOG_LINE_SIZE_MAX bytes with its end; what is longer is cut. Control
 * characters become blanks: a value from outside begins no line. Between quotation marks a
 * quotation mark or backslash of a value has a backslash before it: nor does it end its marks.
 * `format` gives the pairs after the event, as printf, with %s, %d, %u, %zu and %llu and no others
 * (tests/house); NULL for none. */
void log_event(enum log_level level, const char *event, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
