/*
 * standing.h: what the organisation of a key has standing, from the node.
 */
#ifndef CLI_STANDING_H
#define CLI_STANDING_H

#include "cli/rows.h"
#include "cli/tool.h"
#include "proto/client.h"

/* Adds the IMEIs of single devices on which such a claim stands, ascending. What changes in the
 * ledger meanwhile may be seen or not. */
enum exit_code standing_ask(struct tool *tool, const struct key_id *kid, enum claim_kind kind,
                            enum reason reason, struct rows *out) must_check;

#endif
