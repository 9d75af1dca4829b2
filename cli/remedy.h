/*
 * remedy.h: what a person can do about an error.
 */
#ifndef CLI_REMEDY_H
#define CLI_REMEDY_H

#include "cli/tool.h"

/* A sentence that follows err_sentence(). Never NULL. */
const char *remedy_of(enum err err);

/* How a run ends after an error of a node: EXIT_REFUSED, EXIT_UNREACHABLE or EXIT_INTERNAL. */
enum exit_code remedy_exit_code(enum err err);

#endif
