/*
 * filler.h: the thread that loads a state that is taken from others, and puts it into its place.
 *
 * It loads beside the state that the node has, into a directory of its own (node/new_state.h), and
 * posts a MAIL_FILLED for each thing that it was given to load, and for the end. Every load has a
 * number, so that mail of one that is over is known for that. After an error nothing more is done
 * of that load. When the end is told without an error the new state is in its place: the ledger
 * that is open is a state that no longer has a name.
 */
#ifndef NODE_FILLER_H
#define NODE_FILLER_H

#include "ledger/chunk.h"
#include "node/queue.h"
#include "proto/checkpoint.h"
#include "proto/genesis.h"

struct filler;

struct filler_options {
    const char *directory; /* the data directory */
    const struct genesis *genesis;
    struct queue *mail;
};

/* What `options` points to stays until filler_stop(). ERR_MEMORY. */
enum err filler_start(const struct filler_options *options, struct filler **out) must_check;
/* Finishes what is queued, ends the thread, and takes away what was loaded. NULL is allowed. */
void filler_stop(struct filler *filler);

/* Any former load is over: what was loaded is taken away. With a checkpoint, the load of its state
 * begins; NULL: none does. ERR_MEMORY. */
enum err filler_begin(struct filler *filler, uint64_t load,
                      const struct checkpoint *checkpoint) must_check;

/* The next chunks, copied, with all their bytes, which the filler frees, also on an error.
 * ERR_MEMORY. */
enum err filler_add(struct filler *filler, uint64_t load, const struct chunk *chunks, size_t count,
                    uint8_t *bytes) must_check;

/* That was the last one. ERR_MEMORY. */
enum err filler_end(struct filler *filler, uint64_t load) must_check;

#endif
