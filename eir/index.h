/*
 * index.h: all claims that stand, in memory, so that a question costs no look into LMDB.
 *
 * A claim takes four bytes: its serial and its class, in sorted leaves by TAC; ranges are kept as
 * intervals by TAC and never expanded; a TAC that is allocated takes some 100 bytes. What a change
 * replaces is freed when no reader can be in it any more: HEAP_RETIRED_MAX bytes and what one TAC
 * takes can wait for that. docs/decisions/0016-index.md says why it is made so.
 *
 * It follows the ledger by itself: the thread that applies blocks is its one writer. Any number of
 * threads read. They take no lock, allocate nothing, and never wait, for the writer or for each
 * other; each says so once by grace_thread_begin().
 */
#ifndef EIR_INDEX_H
#define EIR_INDEX_H

#include "eir/found.h"
#include "eir/grace.h"
#include "ledger/scan.h"

struct index;

struct index_options {
    struct ledger *ledger; /* open for longer than the index; nobody applies blocks meanwhile */
    size_t bytes_max;      /* of memory; 0: no bound but the machine's */
    /* Now and then, of claims that are read at the start; NULL: nobody hears. */
    scan_progress *progress;
    /* Once, on the thread that applies, when the index gives up; NULL: nobody hears. */
    void (*given_up)(void *context, enum err err);
    void *context;
};

/*
 * Reads all that stands, and follows the ledger from then on. ERR_DAMAGED, ERR_MEMORY for the view,
 * the errors of the store. Too little memory for the index itself is not an error: it has given up
 * then.
 *
 * An index that has given up is empty, and index_find() says so: whoever asks has to ask the
 * ledger, until the node starts again.
 */
enum err index_open(const struct index_options *options, struct index **out) must_check;
/* When nobody reads and nobody applies. NULL is allowed. */
void index_close(struct index *index);

/*
 * Between grace_enter() and grace_leave(); what is found is valid until then. False when the index
 * cannot tell, and the ledger has to be asked (look.h): it has given up, or the device has a
 * claim of a class beyond CLASSES_MAX.
 */
bool index_find(const struct index *index, struct imei imei, struct found *out) must_check;

/* Bytes that it holds, readers' and the writer's, and whether it has given up; any thread. */
uint64_t index_bytes(const struct index *index);
bool index_has_given_up(const struct index *index);

struct index_size {
    uint64_t claims; /* on devices */
    uint64_t ranges;
    uint64_t tacs;
    uint64_t classes;
    uint64_t bytes; /* asked of malloc() and not given back */
    bool has_given_up;
};

/* When nobody applies. The cost grows with the TACs. */
struct index_size index_size(const struct index *index);

#endif
