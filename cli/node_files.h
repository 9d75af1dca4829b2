/*
 * node_files.h: what a node's configuration says of the files that are read beside it.
 */
#ifndef CLI_NODE_FILES_H
#define CLI_NODE_FILES_H

#include "cli/tool.h"
#include "eir/policy.h"

#include <limits.h>

struct node_files {
    char data[PATH_MAX];        /* the data directory */
    char policy_path[PATH_MAX]; /* empty: none is named */
    struct policy *policy;      /* the one it names, with its golden list, or the standard one */
    struct hash policy_hash;    /* of both files, see docs/internals/lists.md; zero: standard */
};

/* Reads `path`, the node's imeid.yaml; NULL: where packages put it. Of its keys only those that are
 * needed here are looked at. Close `out` in any case. */
enum exit_code node_files_read(struct tool *tool, const char *path,
                               struct node_files *out) must_check;
void node_files_close(struct node_files *files);

#endif
