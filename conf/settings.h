/*
 * settings.h: the keys of a YAML file as a table: what reads them, checks them and prints them.
 *
 * Whoever has options keeps them in a struct of its own and a table of rows beside its code, one a
 * key; settings_parse() fills the struct in, settings_print() writes the file with every key, its
 * help and its default. A key that is not in the table, one that is missing or a value out of its
 * bounds is named with its line.
 *
 *     struct http_options { bool is_on; struct host_port listen; uint64_t idle_ms; };
 *     static const struct setting rows[] = {
 *         {"listen", SETTING_ADDRESS, offsetof(struct http_options, listen), "Where …", .example =
 * "…"},
 *         {"idle_ms", SETTING_NUMBER, offsetof(…), "How …", .standard = "60000", .min = 1, …},
 *     };
 *     const struct settings http_settings = {rows, sizeof rows / sizeof rows[0], …};
 *
 * A section is such a table under a key of another one (node/config.c composes them): a map of its
 * own; absent, it is off and its struct is zero. The struct of a section begins with `bool is_on`,
 * which says that it was there. Sections hold no sections.
 *
 * Threads: any; tables are constant.
 */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include "conf/document.h"

#include <stdio.h>

/* Of a text, with its end. */
#define SETTING_TEXT_SIZE 512
/* Of a list. */
#define SETTING_TEXTS_MAX 32

/* The default of a text, a path or an address that may be left out: empty. */
#define SETTING_NONE "\"\""

enum setting_form {
    SETTING_TEXT,    /* char[SETTING_TEXT_SIZE] */
    SETTING_PATH,    /* the same; relative to the file: made whole */
    SETTING_NUMBER,  /* uint64_t, `min` to `max` */
    SETTING_BOOL,    /* bool: yes, no, true, false */
    SETTING_WORD,    /* an enum: one of `words`; the enumerator of the first one is `min` */
    SETTING_TEXTS,   /* struct setting_texts of `min` to `max`; a single text is a list of one */
    SETTING_ADDRESS, /* struct host_port */
    SETTING_SECTION, /* the struct of the table `section` */
    SETTING_SPECIAL, /* what `read` makes of it */
};

struct setting_texts {
    size_t count;
    char at[SETTING_TEXTS_MAX][SETTING_TEXT_SIZE];
};

/* HOST:PORT, HOST a name, an IPv4 address or an IPv6 address in brackets, kept without them. Empty
 * with port 0: none. */
struct host_port {
    char host[256];
    uint16_t port;
};

/* ERR_BAD_TEXT: not of this form, or its port not from 1 to 65535. */
enum err host_port_parse(const char *text, struct host_port *out) must_check;

/* What a reader of a SPECIAL value is told besides. */
struct setting_place {
    const char *name;      /* the key, with its section's: "http.listen" */
    const char *directory; /* of the file */
    struct complaint *complaint;
};

struct settings;

struct setting {
    const char *key;
    enum setting_form form;
    size_t offset;        /* of the field in the struct */
    const char *help;     /* lines of at most 90 columns, parted by \n; NULL: with the row before */
    const char *standard; /* the default, as YAML; NULL: required (SECTION: always NULL). What
                             begins with \n is a block below the key, its lines indented by two */
    const char *example;  /* printed where there is no default */
    uint64_t min;         /* NUMBER, TEXTS, WORD */
    uint64_t max;
    const char *const *words; /* WORD: in the order of the enumerators, NULL at the end */
    /* TEXT, TEXTS: refuses a text that is not as `wanted` says, "begins with tcp:// or ipc://". May
     * be NULL. */
    bool (*fits)(const char *text);
    const char *wanted;
    /* SPECIAL: returns `complain(place->complaint, …)` for what it does not take. */
    enum err (*read)(const struct setting_place *place, struct value value, void *field);
    const struct settings *section;
};

struct settings {
    const struct setting *rows;
    size_t count; /* at most SETTINGS_MAX */
    /* What no single row can say, after all are read. May be NULL. */
    enum err (*check)(const void *target, struct complaint *complaint);
    const char *title; /* printed at the top of the file: lines parted by \n; NULL: none */
    const char *lists; /* who prints it: "imeid --print-config" */
};

/* Rows of one table. */
#define SETTINGS_MAX 64

/* Fills in `target`, the struct of the table, which is zero, from the text of a file that lies in
 * `directory`. ERR_CONFIG with `complaint`; ERR_MEMORY. */
enum err settings_parse(const struct settings *settings, struct bytes text, const char *directory,
                        void *target, struct complaint *complaint) must_check;

/* All at their defaults: ERR_CONFIG when one is required. */
enum err settings_default(const struct settings *settings, void *target,
                          struct complaint *complaint) must_check;

/* The line on which a key stands, of the section (NULL: of none); of one that is left out that of
 * its section; 0 when neither is there, or the text is no such file. */
unsigned settings_line(struct bytes text, const char *section, const char *key);

/* A commented file with every key at its default; sections are marked out. */
void settings_print(const struct settings *settings, FILE *out);

#endif
