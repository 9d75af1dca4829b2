/*
 * outline.h: the keys that --json prints, for help and manual; tests hold every answer against it.
 *
 * "imei, tac {code, …}, claims [kind, …], error?": an object's keys stand in braces, those of a
 * list's elements in brackets, and what is not always there has a question mark.
 */
#ifndef CLI_OUTLINE_H
#define CLI_OUTLINE_H

#include "cli/command.h"

#define OUTLINE_TITLE "keys of --json ([…]: of each element, ?: not always there):"

/* NULL for a command without --json. */
const char *outline_of(const struct command *command);

#endif
