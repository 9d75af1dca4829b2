/*
 * members.h: the consensus group's members in a block, and the one step that brings them nearer to
 * what the ledger wants (docs/decisions/0011-membership.md). Pure functions.
 */
#ifndef NODE_MEMBERS_H
#define NODE_MEMBERS_H

#include "proto/block.h"
#include "proto/raft_members.h"

/* The members in a configuration block. ERR_MEMBERS when its entry is no list of members. */
enum err members_of_block(const struct block *block, struct raft_members *out) must_check;

/* What a leader knows of the members beside who they are. Bit i is that of now->member[i]. */
struct members_sight {
    uint32_t self;  /* this node, the leader */
    uint32_t alive; /* those that answer it, itself included */
    uint32_t ready; /* learners that have kept up long enough to vote */
};

enum members_step {
    MEMBERS_STAY,      /* all is as it is wanted, or what is missing must come first */
    MEMBERS_CHANGE,    /* `next` is to be proposed */
    MEMBERS_HAND_OVER, /* this node is the next to go: another one is to lead before */
};

/*
 * The next step from `now` to `wanted`. In this order, one node a step: learners that are not
 * wanted go; nodes that are wanted come, as learners; a learner that is wanted as a voter and
 * `ready` becomes one; a voter that is not wanted goes, the leader last. So where MEMBERS_MAX
 * places are taken, those on their way out go before others come.
 *
 * A voter goes only when the voters that stay have a majority `alive`: a group that could decide
 * nothing could not be mended by a further statement either. `next` is one step from `now` as
 * raft_members_adjacent() has it, and sound.
 */
enum members_step members_next(const struct raft_members *wanted, const struct raft_members *now,
                               const struct members_sight *sight, struct raft_members *next);

#endif
