/*
 * deliver.h: a signed statement goes to the node, or to a file with --out, and the person learns
 * what became of it.
 */
#ifndef CLI_DELIVER_H
#define CLI_DELIVER_H

#include "cli/signer.h"

#include <jansson.h>

/* Signs the statement and delivers it. `more`: members for the answer, or NULL; it is let go of. */
enum exit_code deliver_statement(struct tool *tool, const struct signer *signer,
                                 const struct statement *statement, json_t *more) must_check;

/* Signs the statement and sends it; when it is committed and applied on the node, nothing is said.
 */
enum exit_code deliver_committed(struct tool *tool, const struct signer *signer,
                                 const struct statement *statement) must_check;

/* Delivers bytes that were signed before. */
enum exit_code deliver_encoded(struct tool *tool, const struct hash *id, struct bytes encoded,
                               json_t *more) must_check;

/* --wait. */
enum exit_code deliver_waits(struct tool *tool, bool *wait_committed) must_check;

#endif
