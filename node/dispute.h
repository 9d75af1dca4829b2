/*
 * dispute.h: a checkpoint block that this node's state is not, and how long its leader has
 * insisted.
 *
 * Either whoever leads lies, or this node's state is damaged. If it lies, no honest node takes the
 * block or hears it further, and they elect another one well within this time. If it still leads
 * the same term by then, and wants the block taken, the others have taken it: then this node must
 * not go on answering. It stops for nothing worse than a start, since the block is not in its log.
 *
 * Belongs to the loop's thread. Time is an argument.
 */
#ifndef NODE_DISPUTE_H
#define NODE_DISPUTE_H

#include <stdbool.h>
#include <stdint.h>

/* How many of the longest election time-outs a leader has: two in which it is not heard, and some
 * elections. */
#define DISPUTE_TIMEOUTS 8

struct dispute {
    uint32_t leader; /* 0: none */
    uint64_t term;
    uint64_t since_ms;
};

/* That node, which leads this term, wants a checkpoint taken that is refused here. True when it has
 * insisted for too long, and this node is to stop. */
bool dispute_note(struct dispute *dispute, uint32_t leader, uint64_t term, uint64_t now_ms,
                  uint64_t election_max_ms);

/* A block was taken from whoever leads: there is nothing left to dispute. */
void dispute_settle(struct dispute *dispute);

#endif
