/*
 * newcomer.h: who a node is that the genesis does not name.
 *
 * The ledger says so: its own state, if that is far enough, else the nodes under `join`. Until a
 * regulator has added it the node waits, and says in its log what to run.
 */
#ifndef NODE_NEWCOMER_H
#define NODE_NEWCOMER_H

#include "node/identity.h"
#include "node/join.h"

/* What a node with this identity asks. */
struct join_question newcomer_question(const struct config *config,
                                       const struct identity *identity);

/* Asks again and again until the ledger has this node. ERR_SHUTTING_DOWN when SIGTERM or SIGINT
 * came meanwhile; ERR_MEMORY. */
enum err newcomer_wait(const struct config *config, const struct identity *identity,
                       struct join_answer *out) must_check;

#endif
