/*
 * skew.h: what a node can tell of its own wall clock, and says in its log: that it jumped against
 * the monotonic one, and that another node refuses its blocks for their time.
 *
 * Which of two clocks is right a node cannot know: its operator can. But a leader whose clock has
 * jumped further ahead than the others take a block hands over before it makes one.
 *
 * Belongs to the loop's thread.
 */
#ifndef NODE_SKEW_H
#define NODE_SKEW_H

#include "node/driver.h"

/* A smaller difference between two looks is no jump: NTP sets clocks softly. */
#define SKEW_JUMP_MS 1000

struct skew {
    uint64_t wall_ms; /* when it was last looked at; 0: never */
    uint64_t monotonic_ms;
    uint64_t refused_ms; /* when a refusal was last told of; 0: never */
};

/* By how much the wall clock has jumped since the last look; below 0: back; 0: it has not. */
int64_t skew_look(struct skew *skew, uint64_t wall_ms, uint64_t monotonic_ms);

/* Looks, tells, and hands over if need be. Call it before anything is proposed. */
void skew_tend(struct skew *skew, struct driver *driver, uint64_t skew_max_ms);

/* True when the frame is another node's refusal of a block of this one's for its time: it is told,
 * now and then. */
bool skew_receive(struct skew *skew, uint32_t from, struct bytes frame);

#endif
