/*
 * witness.h: what this node's own log says of the state at a checkpoint.
 */
#ifndef NODE_WITNESS_H
#define NODE_WITNESS_H

#include "consensus/disk.h"
#include "proto/checkpoint.h"

/* Checkpoints that are gone through for one answer: each is a block to be read. */
#define WITNESS_STEPS_MAX 64

/* What the checkpoint block after the one at `height` says of it. Each names the one before it, so
 * this goes back from `last`, that of the last checkpoint block in the log. ERR_NOT_FOUND when
 * there is none of that height, or none after it at or below `settled` (what is committed, and on
 * disk), or it lies too far back; the errors of disk_read(). */
enum err witness_ask(struct disk *disk, uint64_t last, uint64_t settled, uint64_t height,
                     struct checkpoint *out) must_check;

#endif
