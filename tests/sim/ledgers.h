/*
 * ledgers.h: the real ledgers of a simulated world, one for each of its nodes and an auditor's, and
 * the real blocks behind its block numbers. What is done to them is bridge.h's to say.
 *
 * Includes nothing that knows of proto's `struct block`. What returns bool fills in the problem
 * when it returns false: a property of story.h that does not hold, or what a ledger refused.
 */
#ifndef TESTS_SIM_LEDGERS_H
#define TESTS_SIM_LEDGERS_H

#include "tests/sim/contents.h"
#include "tests/sim/counters.h"

struct ledgers;

/* In a directory that is there, for as many nodes. NULL when that is not possible. */
struct ledgers *ledgers_open(const char *directory, uint32_t nodes, struct counters *counters);
void ledgers_close(struct ledgers *ledgers); /* NULL is allowed */

/* Another world: its seed, its genesis. Nobody has a ledger but the auditor. */
bool ledgers_reset(struct ledgers *ledgers, uint64_t seed, const struct raft_members *genesis);
const char *ledgers_problem(const struct ledgers *ledgers);
struct random *ledgers_random(struct ledgers *ledgers);
bool ledgers_are_full(const struct ledgers *ledgers);

/* Fills in the entries of a block of transactions, about so many bytes of them; the statement that
 * ledgers_want() asked for comes first. */
void ledgers_fill(struct ledgers *ledgers, struct content_draft *draft, uint32_t about_size);
/* The size of the block; it becomes that of the number when the core has taken it. */
uint32_t ledgers_build(struct ledgers *ledgers, const struct content_draft *draft);
void ledgers_keep(struct ledgers *ledgers, uint32_t number);

/* A node is new, starts from what it has, crashes. */
bool ledgers_found(struct ledgers *ledgers, uint32_t slot);
bool ledgers_start(struct ledgers *ledgers, uint32_t slot);
void ledgers_crash(struct ledgers *ledgers, uint32_t slot);

/* The height of a node's ledger: with the batch under way, and as committed. */
uint64_t ledgers_height(const struct ledgers *ledgers, uint32_t slot);
uint64_t ledgers_committed(const struct ledgers *ledgers, uint32_t slot);
/* Blocks of the batch under way. */
uint32_t ledgers_batch(const struct ledgers *ledgers, uint32_t slot);
bool ledgers_batch_is_full(const struct ledgers *ledgers, uint32_t slot);
/* The first bytes of the head, as committed. */
uint64_t ledgers_head(const struct ledgers *ledgers, uint32_t slot);

/* Hands a committed block to a node's ledger; `is_told`: the block was proposed there. */
bool ledgers_apply(struct ledgers *ledgers, uint32_t slot, uint32_t number, bool is_told);
bool ledgers_commit(struct ledgers *ledgers, uint32_t slot);

/* Whether these may be the members, by the statements that stand in the slot's ledger. When they
 * may not, or somebody else is wanted who is not to be one, the next block of transactions may hold
 * a statement that helps, and *is_asked is true. */
bool ledgers_want(struct ledgers *ledgers, uint32_t slot, const struct raft_members *members,
                  bool *is_asked);

/* The auditor applies these blocks, of heights 1 to count, one by one, as far as it has not. */
bool ledgers_audit(struct ledgers *ledgers, const uint32_t *numbers, uint64_t count);
/* A ledger of the auditor's height is the auditor's, row by row. */
bool ledgers_compare(struct ledgers *ledgers, uint32_t slot);
/* The auditor's has these members, and what was told. */
bool ledgers_hold(struct ledgers *ledgers, const struct raft_members *members);

#endif
