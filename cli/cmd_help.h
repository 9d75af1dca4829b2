/*
 * cmd_help.h: the help of the tool and of each command, from the command table.
 */
#ifndef CLI_CMD_HELP_H
#define CLI_CMD_HELP_H

#include "cli/command.h"

/* All commands with one line each. */
void help_overview(struct tool *tool, FILE *file);

/* All of one command, on `out`. */
enum exit_code help_command(struct tool *tool, const struct command *command);

/* "imei key new [--encrypt] … FILE" without options: they are listed below it. */
void help_synopsis(FILE *file, const struct command *command);

/* Whether the line is printed as it is (an example), and not as running text. */
bool help_is_literal(const char *line);

#endif
