/*
 * trace.h: what happened, as lines that a person reads.
 *
 *   S1 term 2: leads; appends 5 (noop); commits 4
 */
#ifndef TESTS_SCENARIO_TRACE_H
#define TESTS_SCENARIO_TRACE_H

#include "tests/scenario/cluster.h"

/* One line, or none when nothing happened that is worth one. */
void trace_step(FILE *out, const struct node *node, const struct raft *before,
                const struct raft_ready *ready);
void trace_message(FILE *out, const struct raft_message *message, const char *fate);
/* Role, term, log and disk of a node. */
void trace_node(FILE *out, const struct node *node);
void trace_members(FILE *out, const struct raft_members *members);

#endif
