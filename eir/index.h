/*
 * index.h: all claims that stand, in memory, so that a question costs no look into LMDB.
 *
 * A claim takes four bytes: its serial and its class, in sorted leaves by TAC; ranges are kept as
 * intervals by TAC and never expanded; a TAC that is allocated has a node of some 50 bytes. What is
 * replaced is freed when no reader can see it any more: at most INDEX_RETIRED_MAX bytes and what
 * one TAC takes wait for that. docs/decisions/0016-index.md says why it is made so.
 *
 * Threads: one thread writes, the one that applies blocks; any number read. Readers take no lock,
 * allocate nothing, and never wait, for the writer or for each other. A thread that reads says so
 * once by index_thread_begin().
 */
#ifndef EIR_INDEX_H
#define EIR_INDEX_H

#include "eir/found.h"
#include "ledger/scan.h"

struct index;

/* Bytes that are replaced and not yet free, after which the writer waits for readers to move on. */
#define INDEX_RETIRED_MAX (4u * 1024 * 1024)

/* ---- readers ---- */

/* Before a thread's first index_enter(), and after its last index_leave(); may be nested. */
void index_thread_begin(void);
void index_thread_end(void);

/* What index_find() gives is valid from index_enter() to index_leave(): some microseconds, no
 * waiting in between, not nested. */
void index_enter(void);
void index_leave(void);

/* False when the index cannot tell, and the ledger has to be asked (ledger/view.h): it was given up
 * for lack of memory, or the device has a claim of a class beyond CLASSES_MAX. */
bool index_find(const struct index *index, struct imei imei, struct found *out) must_check;

/* ---- the writer ---- */

/* Reads all that stands in the ledger, while nobody writes it. `progress`, which may be NULL, hears
 * now and then how many claims are read. ERR_MEMORY, the errors of the store. */
enum err index_open(struct ledger *ledger, scan_progress *progress, void *context,
                    struct index **out) must_check;
/* When nobody reads. NULL is allowed. */
void index_close(struct index *index);

/* A change of the batch under way: collected. */
void index_note(struct index *index, const struct change *change);
/* The batch is committed: carries out what was noted, and stands at its position. False when there
 * was no memory for it, now or before: the index is empty then and tells nothing any more. */
bool index_commit(struct index *index, const struct ledger_position *position) must_check;
/* The batch is gone: forgets what was noted. */
void index_abort(struct index *index);

/* ---- what it takes ---- */

struct index_size {
    uint64_t claims; /* on devices */
    uint64_t ranges;
    uint64_t tacs;
    uint64_t classes;
    uint64_t bytes; /* what it asked malloc() for, and still holds */
};

/* The writer's thread. */
struct index_size index_size(const struct index *index);

#endif
