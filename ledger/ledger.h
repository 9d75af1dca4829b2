/*
 * ledger.h: the deterministic state machine: blocks go in, in order; who may be attached comes out.
 *
 * The same blocks give the same rows on every node: time, keys, roles and rules are taken from the
 * block and from the state, never from a clock or a configuration. docs/internals/storage.md has
 * the tables row by row.
 *
 * Threads: one thread applies; any number of threads read, each through a view of its own
 * (ledger/view.h). Readers never wait for the writer, nor it for them.
 */
#ifndef LEDGER_LEDGER_H
#define LEDGER_LEDGER_H

#include "proto/block.h"
#include "proto/checkpoint.h"
#include "proto/genesis.h"

struct ledger;

/* Verifies one transaction's signature. Apply calls it for every transaction of a block; a node
 * passes one that remembers what admission has verified already. NULL: transaction_verify(). */
typedef enum err ledger_verify(void *context, const struct transaction *transaction,
                               const struct public_key *key);

struct ledger_options {
    const char *directory;
    const struct genesis *genesis; /* read during ledger_open() only */
    ledger_verify *verify;
    void *verify_context;
    bool read_only; /* another process may write meanwhile: views see it */
    bool scratch;   /* a copy that a crash may lose: audits and tests */
};

/* Opens, and at the first time makes, the state. ERR_FOREIGN_DATA when it belongs to another
 * genesis, ERR_OLD_FORMAT, ERR_DAMAGED, the errors of store_open(): ERR_NOT_FOUND when it is to be
 * read only and is not there. */
enum err ledger_open(const struct ledger_options *options, struct ledger **out) must_check;
/* Gives up an open batch. All views are closed before. NULL is allowed. */
void ledger_close(struct ledger *ledger);

/* What became of one transaction of a block. */
struct outcome {
    struct hash id;    /* zero when the entry is no transaction at all */
    enum err err;      /* ERR_OK: applied; else recorded as rejected, nothing changed */
    bool is_authentic; /* else nobody can look it up by its id: anybody could have made it */
    uint64_t height;
    uint32_t position; /* in the block, from 0 */
    uint64_t index;    /* in the ledger: its leaf in the tree */
    uint64_t time_ms;  /* the block's time */
    uint32_t changed;  /* items that it changed */
};

/* Called on the applying thread for every transaction of the block, in order. */
typedef void ledger_outcome(void *context, const struct outcome *outcome);

/*
 * ledger_begin() … ledger_apply() once or more … ledger_commit(): one LMDB transaction, so that a
 * crash leaves all of these blocks or none. After any error the batch is gone: call
 * ledger_abort() and go on from ledger_position(). Views see the blocks after the commit.
 *
 * ledger_apply() returns ERR_BROKEN_CHAIN when the block does not follow the last one, ERR_MEMBERS
 * for a configuration block whose entry is no list of members, is not one step from the last one
 * (raft_members_adjacent()), or gives a place to a node, or a vote to one, that no statement up to
 * there ever wanted to have it; ERR_CHECKPOINT for a checkpoint block whose entry is not what this
 * state was at the checkpoint before it (ledger_checkpoint()); the errors of the store, and of
 * `verify` those that say nothing of the transaction (kinds LIMIT and BROKEN); a transaction that
 * breaks a rule is not an error but an outcome. What was told to `outcome` counts once the batch is
 * committed.
 */
enum err ledger_begin(struct ledger *ledger) must_check;
enum err ledger_apply(struct ledger *ledger, const struct block *block, ledger_outcome *outcome,
                      void *context) must_check;
enum err ledger_commit(struct ledger *ledger) must_check;
void ledger_abort(struct ledger *ledger);

/* Where the state stands. */
struct ledger_position {
    uint64_t height; /* 0: genesis */
    uint64_t term;
    uint64_t time_ms;      /* of that block; of the genesis */
    struct hash head;      /* its hash; the network id at height 0 */
    uint64_t transactions; /* leaves of the tree */
    struct hash root;      /* of the tree */
};

/* As committed by this process, or found by ledger_open(); any thread. A view on another thread may
 * have a batch a moment before this says so. */
struct ledger_position ledger_position(const struct ledger *ledger);

/* What the state was at the last checkpoint block up to there, or at the genesis: what the next
 * checkpoint block has to say. As committed; any thread. */
struct checkpoint ledger_checkpoint(const struct ledger *ledger);

#endif
