/*
 * book.h: one real ledger, in a directory of its own, and the batch of blocks that is under way, as
 * node/applier.c makes them. Outcomes of a batch count once it is committed.
 *
 * A crash gives up the batch, and may undo the last commit: the ledger's environment commits with
 * MDB_NOMETASYNC, so of two meta pages the newer may never have reached the disk.
 */
#ifndef TESTS_SIM_BOOK_H
#define TESTS_SIM_BOOK_H

#include "ledger/ledger.h"
#include "node/verified.h"
#include "tests/sim/contents.h"
#include "tests/sim/counters.h"

#define BATCH_BLOCKS_MAX 64

#define BOOK_PATH_SIZE 256

/* A block of the batch under way. */
struct batched {
    uint32_t block;
    uint32_t count; /* of its outcomes */
    uint64_t height;
    bool is_told; /* its submitter waits for the outcomes here */
};

struct book {
    char directory[BOOK_PATH_SIZE];
    struct verified *verified; /* that of all books: what one has verified counts for all */
    struct genesis *genesis;   /* that of all, too */
    struct ledger *ledger;     /* NULL: closed */
    bool has_begun;            /* a batch */
    bool has_committed;        /* ever */
    uint64_t height;           /* with the batch */
    uint32_t batched_count;
    uint32_t outcome_count;
    struct batched batched[BATCH_BLOCKS_MAX];
    struct outcome outcomes[BATCH_BLOCKS_MAX * CONTENT_ENTRIES_MAX];
};

/* Closes it, and makes its directory an empty one. */
enum err book_wipe(struct book *book) must_check;
/* Opens the ledger, founds it when it is new. */
enum err book_open(struct book *book) must_check;
void book_close(struct book *book);

/* Applies the block in the batch under way, or begins one. */
enum err book_apply(struct book *book, uint32_t number, struct bytes encoded,
                    bool is_told) must_check;
/* Ends the batch, which stays in `batched` and `outcomes` until the next begins. */
enum err book_commit(struct book *book) must_check;

/* Closes it as a crash leaves it. True when the last commit is undone, too. */
bool book_crash(struct book *book, bool may_undo);

#endif
