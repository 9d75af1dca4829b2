/*
 * list_memory.h: what is remembered of the last list that was imported.
 *
 * How long the last whole list was, to hold the next one against it; and which list is under way,
 * so that what it has done already does not count against it when it is run again.
 */
#ifndef CLI_LIST_MEMORY_H
#define CLI_LIST_MEMORY_H

#include "cli/tool.h"

struct list_memory {
    char *path;
    uint64_t whole_rows; /* of the last whole list; 0: there was none */
    bool is_under_way;
    struct hash under_way; /* a list's hash */
};

/* Of the lists of that organisation (by key, network and reason). EXIT_USAGE without a home. */
enum exit_code list_memory_open(struct tool *tool, const struct hash *identity,
                                struct list_memory *out) must_check;
void list_memory_close(struct list_memory *memory);

/* Before the first statement, and after the last one. */
enum exit_code list_memory_begin(struct tool *tool, struct list_memory *memory,
                                 const struct hash *list) must_check;
enum exit_code list_memory_finish(struct tool *tool, struct list_memory *memory,
                                  uint64_t whole_rows) must_check;

#endif
