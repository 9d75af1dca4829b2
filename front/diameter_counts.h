/*
 * diameter_counts.h: what the Diameter process counts, until it is told to the node.
 *
 * Threads: any.
 */
#ifndef FRONT_DIAMETER_COUNTS_H
#define FRONT_DIAMETER_COUNTS_H

#include "front/s13_wire.h"

void diameter_count(enum refusal refusal);

/* Peers that are connected now, and what was refused since the last time. False: nothing is other
 * than it was then. After freeDiameter has started. */
bool diameter_counts_take(struct s13_counts *out);

#endif
