/*
 * tool.h: one run of the tool: what was asked, where answers go, how it ends.
 *
 * Results go to `out`, everything else to `err`. A function that may end the run returns an enum
 * exit_code: EXIT_DONE to go on, else it has told the person already, and the caller returns it.
 */
#ifndef CLI_TOOL_H
#define CLI_TOOL_H

#include "cli/arguments.h"
#include "proto/hash.h"

#include <stdio.h>

enum exit_code {
    EXIT_DONE = 0,
    EXIT_NO = 1,          /* the answer is no */
    EXIT_USAGE = 2,       /* the command line, or a file that it names, is wrong */
    EXIT_UNREACHABLE = 3, /* the node is not reachable, or cannot do it now */
    EXIT_REFUSED = 4,     /* the node refused it */
    EXIT_INTERNAL = 5,
};

struct command;
struct connection;

struct tool {
    const struct command *command;
    struct arguments arguments;
    FILE *out;
    FILE *err;
    struct connection *connection; /* opened with the first question */
    const char *before_failure; /* in JSON: what parts it from the elements that are out already */
};

/* Runs a command line as main() gets it; returns what main() returns. */
int tool_run(int argc, char **argv, FILE *out, FILE *err);

static inline bool tool_has(const struct tool *tool, enum option_name option)
{
    return arguments_have(&tool->arguments, option);
}

/* An option's value as given; else, for --node and --key, the environment's; else NULL. */
const char *tool_value(const struct tool *tool, enum option_name option);

/* --timeout in milliseconds. */
enum exit_code tool_timeout(struct tool *tool, uint32_t *timeout_ms) must_check;

/*
 * Each of these says one sentence and what to do about it, and returns how the run ends. With
 * --json an object {error, sentence, remedy} goes to `out` too.
 *
 * misused:  the command line or a local file is wrong. EXIT_USAGE
 * refused:  an error of the node, or on the way to it; the code follows from the error's kind
 * failed:   this machine cannot do it (memory, disk). EXIT_INTERNAL
 */
enum exit_code tool_misused(struct tool *tool, const char *remedy, const char *format, ...)
    __attribute__((format(printf, 3, 4))) must_check;
enum exit_code tool_refused(struct tool *tool, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4))) must_check;
enum exit_code tool_failed(struct tool *tool, enum err err, const char *format, ...)
    __attribute__((format(printf, 3, 4))) must_check;

/* A line for the person beside the result, on `err`; nothing with --json. */
void tool_note(struct tool *tool, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The current time, Unix milliseconds. */
uint64_t tool_now_ms(void);

#endif
