/*
 * contents.h: the bytes behind the blocks of a simulated world: real ones, each built as a node
 * builds it, on the block before it.
 *
 * Includes nothing that knows of proto's `struct block`: the world has one of its own.
 */
#ifndef TESTS_SIM_CONTENTS_H
#define TESTS_SIM_CONTENTS_H

#include "consensus/raft.h"
#include "proto/bytes.h"
#include "tests/sim/statements.h"

/* Transactions of a block, at most. */
#define CONTENT_ENTRIES_MAX 24

struct content {
    struct bytes encoded;
    struct hash hash;
    uint64_t time_ms;
    enum raft_entry_kind kind;
    uint32_t count;
    uint32_t first; /* of its entries */
};

/* What a proposal is to hold. */
struct content_draft {
    enum raft_entry_kind kind;
    uint32_t parent; /* the block that it follows, of that index */
    uint64_t parent_index;
    uint64_t term;
    uint64_t time_ms; /* of its leader's clock */
    uint32_t leader;
    const struct raft_members *members; /* of a MEMBERS block */
    struct entry entries[CONTENT_ENTRIES_MAX];
    uint32_t count; /* of a NORMAL block: 1 or more */
};

struct contents;

/* NULL when there is no memory. */
struct contents *contents_open(const struct statements *statements);
void contents_close(struct contents *contents); /* NULL is allowed */

/* Block 0, the genesis, is all there is. */
void contents_reset(struct contents *contents);
/* Whether there is little room left. */
bool contents_are_full(const struct contents *contents);

/* Builds a block; its size in bytes. Members that are not sound have no bytes: the core must refuse
 * them. */
uint32_t contents_build(struct contents *contents, const struct content_draft *draft);
/* What was built last is the block of that number. */
void contents_keep(struct contents *contents, uint32_t number);

const struct content *contents_of(const struct contents *contents, uint32_t number);
struct entry contents_entry(const struct contents *contents, const struct content *content,
                            uint32_t position);

#endif
