/*
 * setback.h: an older copy of a node's disk, shown the heartbeat that the node has just received.
 *
 * A cluster in which such a copy goes on may lose what was acknowledged, so it goes on beside the
 * world: the copy has to stop exactly when the heartbeat speaks of more than it has.
 */
#ifndef TESTS_SIM_SETBACK_H
#define TESTS_SIM_SETBACK_H

#include "tests/sim/node.h"

void setback_try(struct world *world, const struct node *node, const struct raft_message *message);

#endif
