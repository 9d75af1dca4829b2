#include "node/log.h"

#include "node/clock.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const words[] = {"debug", "info", "warning", "error"};
enum { LEVEL_COUNT = sizeof words / sizeof words[0] };

static _Atomic int threshold = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store(&threshold, (int)level);
}

bool log_level_parse(const char *word, enum log_level *out)
{
    for (int i = 0; i < LEVEL_COUNT; i++) {
        if (strcmp(word, words[i]) == 0) {
            *out = (enum log_level)i;
            return true;
        }
    }
    return false;
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
    if ((int)level < atomic_load(&threshold))
        return;
    char line[LOG_LINE_SIZE_MAX];
    char time[CLOCK_TEXT_SIZE];
    clock_format(clock_wall_ms(), time);
    int size = snprintf(line, sizeof line, "time=%s level=%s event=%s", time, words[level], event);
    if (format != NULL) {
        va_list arguments;
        va_start(arguments, format);
        line[size++] = ' ';
        size += vsnprintf(line + size, sizeof line - (size_t)size, format, arguments);
        va_end(arguments);
    }
    if (size > LOG_LINE_SIZE_MAX - 1)
        size = LOG_LINE_SIZE_MAX - 1;
    /* A value from outside must not begin a line of its own. */
    for (int i = 0; i < size; i++) {
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            line[i] = ' ';
    }
    line[size++] = '\n';
    /* One write a line, so that lines of several threads do not mix. Nobody could be told if it
     * failed. */
    ssize_t written = write(STDERR_FILENO, line, (size_t)size);
    (void)written;
}
