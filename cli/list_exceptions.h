/*
 * list_exceptions.h: the exceptions of an export: from the operator's pairings and the node's
 * pairs.
 */
#ifndef CLI_LIST_EXCEPTIONS_H
#define CLI_LIST_EXCEPTIONS_H

#include "cli/node_files.h"
#include "lists/manifest.h"
#include "lists/source.h"

struct list_exceptions {
    struct tool *tool;
    const struct node_files *files;
    struct source *source;
    const struct manifest *since; /* --since DIR: of that export; else NULL */
    struct manifest *manifest;    /* of this one: names what is written */
};

/* Writes nothing without --pairings. The whole exceptions, and with --since DIR what of them has
 * changed. */
enum exit_code list_exceptions_write(const struct list_exceptions *exceptions,
                                     struct folder *folder) must_check;

#endif
