/*
 * ration.h: so many lines in a period, and then how many more there would have been: what others
 * cause must not fill a log.
 *
 * All zero is a new one. Threads: one.
 */
#ifndef CONSENSUS_RATION_H
#define CONSENSUS_RATION_H

#include <stdbool.h>
#include <stdint.h>

struct ration {
    uint64_t since_ms;
    unsigned taken;
    unsigned withheld;
};

/* False: there have been `max` in these `period_ms`, and this one is counted as withheld. */
bool ration_take(struct ration *ration, unsigned max, uint64_t period_ms, uint64_t now_ms);

/* How many were withheld since this was last asked. */
unsigned ration_withheld(struct ration *ration);

#endif
