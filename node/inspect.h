/*
 * inspect.h: what a follower checks of an APPEND's blocks before its core sees the message.
 */
#ifndef NODE_INSPECT_H
#define NODE_INSPECT_H

#include "node/chain.h"

/* Blocks of one APPEND, parsed and counted; entries[] is what the core is told of them. */
struct inspected {
    size_t count;
    struct block_ref *blocks[RAFT_APPEND_MAX];
    struct raft_entry entries[RAFT_APPEND_MAX];
    struct raft_members members[RAFT_APPEND_MAX]; /* of those entries that change them */
    enum err own; /* what kept this node from reading its own log; ERR_OK: nothing did */
};

/*
 * Parses the framed blocks, and the members in configuration blocks, and checks: each block's
 * payload root, height and term (heights go on
 * from message->index, terms do not go back and do not pass the leader's), each block against the
 * one before it, the first against this node's own block at message->index when that has the term
 * the message says, those that this node has already with the same term against its own, the entry
 * of a checkpoint block (it parses, and names the checkpoint block before it, where that is known),
 * and no time more than `skew_max_ms` after `wall_ms`.
 *
 * ERR_DIVERGED: this node's log has another block of the same height and term, which cannot be
 * unless a disk or a leader lies. `out->own` is this very error when it is of a block of this
 * node's own, and not of the message. Every other error: drop the message. On an error nothing is
 * held.
 */
enum err inspect_append(const struct chain *chain, const struct raft_message *message,
                        struct bytes frames, uint64_t wall_ms, uint64_t skew_max_ms,
                        struct inspected *out) must_check;

void inspected_drop(struct inspected *inspected);

#endif
