/*
 * wire.h: what a hostile node sends: its own frames, changed, and others. The loop's thread.
 */
#ifndef TESTS_HOSTILE_WIRE_H
#define TESTS_HOSTILE_WIRE_H

#include "consensus/links.h"

/* As it is. False when it did not go out, or the node has no links yet. */
bool wire_say(uint32_t peer, enum peer_channel channel, struct bytes frame);

/* A message of consensus with these blocks, each after its size. */
void wire_say_raft(const struct raft_message *message, struct bytes blocks);

/* So many frames that were sent before, once more. */
void wire_replay(unsigned count);

/* The member that is sent other blocks than the rest. */
void wire_set_victim(uint32_t victim);

#endif
