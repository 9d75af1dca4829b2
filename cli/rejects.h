/*
 * rejects.h: the bad rows of a list: to --errors FILE as CSV, else the first ones to the person.
 */
#ifndef CLI_REJECTS_H
#define CLI_REJECTS_H

#include "cli/tool.h"

struct rejects {
    struct tool *tool;
    const char *name; /* of the list */
    FILE *file;       /* NULL: to the person */
    size_t count;
};

/* Makes --errors FILE, when it is given, anew. */
enum exit_code rejects_open(struct tool *tool, const char *name, struct rejects *out) must_check;
void rejects_add(struct rejects *rejects, uint64_t line, const char *problem, struct bytes raw);
/* Says how many there were beside those shown. EXIT_INTERNAL when the file could not be written. */
enum exit_code rejects_close(struct rejects *rejects) must_check;

#endif
