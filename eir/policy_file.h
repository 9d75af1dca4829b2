/*
 * policy_file.h: the operator's policy as it lies on the disk, with the golden list that it names.
 *
 * For the node, which reads it at start and on SIGHUP, and for tools that fold claims without a
 * node.
 */
#ifndef EIR_POLICY_FILE_H
#define EIR_POLICY_FILE_H

#include "eir/policy.h"

/* What is wrong, and in which file. */
struct policy_complaint {
    char path[SETTING_TEXT_SIZE];
    struct complaint complaint; /* its text is never empty after an error */
};

/* `path` empty: the default. ERR_CONFIG, ERR_MEMORY and the errors of file_read(), with
 * `complaint`. The caller ends it with policy_free(). */
enum err policy_read(const char *path, struct policy **out,
                     struct policy_complaint *complaint) must_check;

#endif
