/*
 * reason.h: the operation and the reason that a person names, or leaves out.
 */
#ifndef CLI_REASON_H
#define CLI_REASON_H

#include "cli/tool.h"
#include "proto/operation.h"
#include "proto/reason.h"

/* The operation that raises or lifts claims under this word; NULL when there is none. */
const struct operation_row *operation_named(const char *word);

/* The reason of a word or code, or the operation's usual one when `text` is NULL; REASON_NONE when
 * the operation takes none. EXIT_USAGE when it does not fit. */
enum exit_code reason_choose(struct tool *tool, const struct operation_row *operation,
                             const char *text, enum reason *out) must_check;

/* The same without telling: ERR_REASON. */
enum err reason_for(const struct operation_row *operation, const char *text,
                    enum reason *out) must_check;

#endif
