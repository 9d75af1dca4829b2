#include "node/log.h"

#include "node/clock.h"
#include "proto/invariant.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *const log_level_words[] = {"debug", "info", "warning", "error", NULL};

static _Atomic int threshold = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store(&threshold, (int)level);
}

struct line {
    char text[LOG_LINE_SIZE_MAX];
    size_t size;
    bool is_quoted; /* between the quotation marks of the format */
};

/* What is longer is cut. A value from outside must not begin a line of its own. */
static void put(struct line *line, char byte)
{
    if ((unsigned char)byte < ' ' || byte == 0x7f)
        byte = ' ';
    if (line->size < sizeof line->text - 1) /* the newline has its place */
        line->text[line->size++] = byte;
}

/* Nor may it end its quotation marks. */
static void put_value(struct line *line, const char *value)
{
    for (; *value != '\0'; value++) {
        if (line->is_quoted && (*value == '"' || *value == '\\'))
            put(line, '\\');
        put(line, *value);
    }
}

/* The argument of the conversion that begins at `at`; returns its end. NULL: it is none of those
 * that log.h names. */
static const char *put_argument(struct line *line, const char *at, va_list *arguments)
{
    static const char *const conversions[] = {"%s", "%d", "%u", "%zu", "%llu"};
    enum { TEXT, INT, UNSIGNED, SIZE, LONG_LONG, CONVERSION_COUNT };
    char number[24];
    int kind = 0;
    while (kind < CONVERSION_COUNT &&
           strncmp(at, conversions[kind], strlen(conversions[kind])) != 0)
        kind++;
    switch (kind) {
    case TEXT: put_value(line, va_arg(*arguments, const char *)); return at + 2;
    case INT: snprintf(number, sizeof number, "%d", va_arg(*arguments, int)); break;
    case UNSIGNED: snprintf(number, sizeof number, "%u", va_arg(*arguments, unsigned)); break;
    case SIZE: snprintf(number, sizeof number, "%zu", va_arg(*arguments, size_t)); break;
    case LONG_LONG:
        snprintf(number, sizeof number, "%llu", va_arg(*arguments, unsigned long long));
        break;
    default: return NULL;
    }
    put_value(line, number);
    return at + strlen(conversions[kind]);
}

static void put_pairs(struct line *line, const char *format, va_list *arguments)
{
    put(line, ' ');
    while (*format != '\0') {
        const char *end = *format == '%' ? put_argument(line, format, arguments) : NULL;
        if (end != NULL) {
            format = end;
            continue;
        }
        invariant(*format != '%'); /* the format is the program's */
        line->is_quoted ^= *format == '"';
        put(line, *format++);
    }
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
    if ((int)level < atomic_load(&threshold))
        return;
    struct line line = {.size = 0};
    char time[CLOCK_TEXT_SIZE];
    clock_format(clock_wall_ms(), time);
    int size = snprintf(line.text, sizeof line.text, "time=%s level=%s event=%s", time,
                        log_level_words[level], event);
    line.size = (size_t)size < sizeof line.text ? (size_t)size : sizeof line.text - 1;
    if (format != NULL) {
        va_list arguments;
        va_start(arguments, format);
        put_pairs(&line, format, &arguments);
        va_end(arguments);
    }
    line.text[line.size++] = '\n';
    /* One write a line, so that lines of several threads do not mix. Nobody could be told if it
     * failed. */
    ssize_t written = write(STDERR_FILENO, line.text, line.size);
    (void)written;
}
