/*
 * mender.h: puts back blocks of this node's own log that are damaged, from its peers.
 *
 * A committed block is never cut and never guessed: which one it was says the block after it, or
 * the state's head, by its hash, and any peer can give the bytes. It is done before the node takes
 * part: it neither votes nor leads, nor answers clients, while its log is not whole. Other nodes
 * that are at the same are given what is whole here. docs/decisions/0013-pulling-blocks.md has the
 * reasons.
 */
#ifndef NODE_MENDER_H
#define NODE_MENDER_H

#include "consensus/disk.h"
#include "consensus/links.h"
#include "ledger/ledger.h"
#include "node/queue.h"

struct mender_options {
    struct disk *disk; /* nobody else writes */
    struct links *links;
    struct queue *mail; /* what links say, and nothing else */
    struct ledger_position position;
    uint64_t first; /* height of the first damaged block */
};

/* Returns when every block from `first` on can be read, however long its peers take: a signal ends
 * the process, at any moment without harm. ERR_DAMAGED: what is damaged is not to be mended this
 * way (storage.md), the log says which height; errors of disk_mend(), ERR_MEMORY. */
enum err mender_run(const struct mender_options *options) must_check;

#endif
