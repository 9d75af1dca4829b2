/*
 * judge.h: what a follower checks of an APPEND's blocks against its own state: blocks at which
 * every node that applies them stops.
 *
 * A configuration block that no statement asked for, or a checkpoint block that says of the state
 * what is not so, would end all honest nodes for good once it is committed. So none of them
 * acknowledges one: a leader that lies does not get it committed without a majority that lies.
 *
 * Belongs to the loop's thread.
 */
#ifndef NODE_JUDGE_H
#define NODE_JUDGE_H

#include "ledger/ledger.h"
#include "node/inspect.h"

/*
 * Of inspected blocks. ERR_OK: `taken` of them, from the first on, can be applied, as far as that
 * depends on these two kinds: all of them, but where this state is not yet so far that it could
 * say. ERR_MEMBERS, ERR_CHECKPOINT: no honest leader sends them. Other errors are of this node's
 * own: `inspected->own` is the same.
 */
enum err judge_blocks(const struct chain *chain, struct ledger *ledger, struct inspected *inspected,
                      size_t *taken) must_check;

#endif
