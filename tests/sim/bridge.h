/*
 * bridge.h: from a world's nodes to their ledgers, at the commit end: what node/driver.c and
 * node/applier.c do between core and ledger. Only in worlds with ledgers.
 */
#ifndef TESTS_SIM_BRIDGE_H
#define TESTS_SIM_BRIDGE_H

#include "tests/sim/node.h"

/* A machine is new, starts from its disk, crashes. bridge_start() returns the height that its
 * ledger stands at. */
void bridge_found(struct world *world, const struct node *node);
uint64_t bridge_start(struct world *world, const struct node *node);
void bridge_crash(struct world *world, const struct node *node);

/* Builds what a leader proposes, on its last block; the size. */
uint32_t bridge_build(struct world *world, const struct node *node, const struct block *draft,
                      const struct raft_members *members);

/* Hands on the blocks up to that height, which are committed and durable here; how far its ledger
 * has committed them. A batch may stay open: then an EVENT_APPLY ends it. */
uint64_t bridge_apply(struct world *world, struct node *node, uint64_t until);
void bridge_applied(struct world *world, struct node *node);

/* Whether an operator's change may be proposed; when not, it has proposed a statement instead. */
bool bridge_may_change(struct world *world, struct node *leader,
                       const struct raft_members *members);

/* When a calm has converged: all ledgers are the same, and hold what was told. */
void bridge_calm(struct world *world);

#endif
