/*
 * document.h: YAML files that people write, as a tree in which every value knows its line.
 *
 * One document a file, no anchors or aliases, no key twice in a map. What the keys mean is the
 * reader's business (settings.h, cli/network.c); this only makes sure that an error can always
 * say where.
 *
 * A `struct value` is a place in a document and lives as long as it.
 */
#ifndef CONF_DOCUMENT_H
#define CONF_DOCUMENT_H

#include "proto/bytes.h"
#include "proto/err.h"

#define DOCUMENT_SIZE_MAX (1024 * 1024)

struct document;

/* What is wrong, for a person, and in which line (from 1; 0: the file as a whole). */
struct complaint {
    unsigned line;
    const char *key; /* what is about a file that a key names: that key; else NULL */
    char text[240];
};

/* ERR_CONFIG with `complaint` filled in; ERR_MEMORY. */
enum err document_parse(struct bytes input, struct document **out,
                        struct complaint *complaint) must_check;
void document_close(struct document *document); /* NULL is allowed */

/* Fills a complaint in, as printf; returns ERR_CONFIG, so that a reader can say
 * `return complain(complaint, line, "…")`. */
enum err complain(struct complaint *complaint, unsigned line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same about the file that a key names; which line that is, settings_line() knows. */
enum err complain_of_file(struct complaint *complaint, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

enum value_kind { VALUE_NONE, VALUE_TEXT, VALUE_LIST, VALUE_MAP };

struct value {
    struct document *document;
    int place; /* 0: no value */
};

struct value document_root(struct document *document);

enum value_kind value_kind(struct value value);
unsigned value_line(struct value value);
/* The scalar's text, terminated; NULL when it is no scalar, or holds a zero byte. */
const char *value_text(struct value value);
/* Elements of a list, pairs of a map; else 0. */
size_t value_count(struct value value);
/* An element of a list, or the value of a pair of a map. */
struct value value_at(struct value value, size_t position);
/* The key of a pair of a map. */
const char *value_key(struct value map, size_t position);
unsigned value_key_line(struct value map, size_t position);

/* A scalar of decimal digits, at most `max`; ERR_OUT_OF_RANGE. */
enum err value_number(struct value value, uint64_t max, uint64_t *out) must_check;

#endif
