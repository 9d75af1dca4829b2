/*
 * strange.h: messages that make no sense, as a damaged or malicious peer could send them. The core
 * drops them and is unchanged (consensus/raft.h, raft_step()).
 */
#ifndef TESTS_SIM_STRANGE_H
#define TESTS_SIM_STRANGE_H

#include "tests/sim/node.h"

/* Twists the message that the node has just received and shows it to a copy of the node's core. */
void strange_try(struct world *world, const struct node *node, const struct raft_message *message);

#endif
