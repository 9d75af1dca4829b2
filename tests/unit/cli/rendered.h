/*
 * rendered.h: what a parser of lists makes of a file, as text, whatever the size of its readings.
 * The test that includes it defines render().
 */
#ifndef TESTS_UNIT_CLI_RENDERED_H
#define TESTS_UNIT_CLI_RENDERED_H

#include "conf/document.h"
#include "tests/unit/suite.h"

#include <string.h>

enum { TEXT_MAX = 2048 };

/* Of the last file that was refused. */
static struct complaint complaint;

/* Reads the input in pieces of `chunk` bytes; the list as text, "" when it is refused. */
static void render(const char *input, size_t size, size_t chunk, char text[TEXT_MAX]);

static inline void reads(const char *input, const char *expected)
{
    static const size_t chunks[] = {1, 4, 5, 1000};
    for (size_t i = 0; i < sizeof chunks / sizeof chunks[0]; i++) {
        char text[TEXT_MAX];
        render(input, strlen(input), chunks[i], text);
        ck_assert_str_eq(text, expected);
    }
}

static inline void refused(const char *input, unsigned line, const char *words)
{
    char text[TEXT_MAX];
    render(input, strlen(input), 7, text);
    ck_assert_str_eq(text, "");
    ck_assert_uint_eq(complaint.line, line);
    ck_assert_msg(strstr(complaint.text, words) != NULL, "'%s' lacks '%s'", complaint.text, words);
}

#endif
