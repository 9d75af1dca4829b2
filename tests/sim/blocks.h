/*
 * blocks.h: every block that was ever proposed in a world, as a tree: each knows the one before it.
 *
 * A log is a path from the root, so one block number stands for a whole log, two logs are equal
 * exactly when their last blocks are, and a message carries its entries as (last block, count). The
 * core sees of a block what raft.h says: term, size, kind, members.
 */
#ifndef TESTS_SIM_BLOCKS_H
#define TESTS_SIM_BLOCKS_H

#include "consensus/raft.h"

#define BLOCKS_MAX       65536
#define MEMBERS_SETS_MAX 1024

struct block {
    uint64_t hash; /* of its content and the hash before it, as in a real block: for the trace */
    uint64_t term;
    uint64_t bytes; /* of the path up to here */
    uint32_t index;
    uint32_t parent;
    uint32_t jump;    /* an ancestor further up, so that any is found in a logarithm of steps */
    uint32_t size;    /* of this block */
    uint32_t config;  /* the newest MEMBERS block on the path; 0: the genesis */
    uint32_t write;   /* the newest NORMAL block on the path: what the register holds; 0: none */
    uint32_t members; /* of a MEMBERS block, and of the root */
    uint32_t op;      /* the client's operation, or HISTORY_NONE */
    uint32_t life;    /* of the proposing node */
    uint8_t origin;   /* its slot */
    enum raft_entry_kind kind;
};

struct blocks {
    uint32_t count; /* block 0 is the root, index 0 */
    uint32_t members_count;
    struct block block[BLOCKS_MAX];
    struct raft_members members[MEMBERS_SETS_MAX];
};

void blocks_reset(struct blocks *blocks, const struct raft_members *genesis);

/* Whether there is room for one more block, with members. */
bool blocks_have_room(const struct blocks *blocks);

/* Puts a block behind `parent`; of `draft` term, size, kind, op, origin and life are taken. */
uint32_t blocks_add(struct blocks *blocks, uint32_t parent, const struct block *draft,
                    const struct raft_members *members);

/* The block of that index on the path to `head`; head's index is not below it. */
uint32_t blocks_at(const struct blocks *blocks, uint32_t head, uint32_t index);

/* The members in force behind that block, and the block before which others were. */
const struct raft_members *blocks_members(const struct blocks *blocks, uint32_t head);

/* As the core sees it. */
struct raft_entry blocks_entry(const struct blocks *blocks, uint32_t number);

#endif
