/*
 * words.h: texts that people write in lines of words: the tables and commands of the proxy.
 *
 * A line is printable ASCII; spaces and tabs part its words, and a word that begins with # begins
 * a comment. Anything else is refused.
 *
 * Threads: any; all are values.
 */
#ifndef PROXY_WORDS_H
#define PROXY_WORDS_H

#include "proto/bytes.h"
#include "proto/err.h"

/* Of a line; and of a word, with its end: a path is the longest. */
#define WORDS_MAX 12
#define WORD_SIZE 256

struct words {
    size_t count;
    char at[WORDS_MAX][WORD_SIZE];
};

/* ERR_BAD_TEXT: a byte that has no place in a line; ERR_TOO_MANY words; ERR_TOO_LARGE: a word. */
enum err words_parse(struct bytes line, struct words *out) must_check;

/* The lines of a text, one after the other. */
struct lines {
    struct bytes rest;
    unsigned number; /* of the line that was given last, from 1 */
};

/* False at the end. The line is without its end, and part of the text. */
bool lines_next(struct lines *lines, struct bytes *line);

/* A number with up to three digits behind a point, as thousandths: "0.5" is 500. ERR_OUT_OF_RANGE:
 * it is none, or above `max` thousandths. */
enum err thousandths_parse(const char *text, uint64_t max, uint64_t *out) must_check;

#endif
