/*
 * loader.h: a state from the chunks of a checkpoint, instead of from all blocks up to it.
 *
 * The chunks are loaded in order into a directory of their own, and nothing is believed but the
 * checkpoint: each chunk has the hash that a list gives it, and the list has the checkpoint's root.
 * What is not hashed is made from what is. The state is then row by row the one that applying the
 * blocks makes (ledger/compare.h).
 *
 * A load that was broken off goes on where the last commit left it. Until its end the directory
 * holds no state: ledger_open() says ERR_OLD_FORMAT. One thread.
 */
#ifndef LEDGER_LOADER_H
#define LEDGER_LOADER_H

#include "ledger/chunk.h"
#include "ledger/ledger.h"

struct loader;

/* Begins, or goes on with, the load of that checkpoint's state. `genesis` is read during the call
 * only. ERR_FOREIGN_DATA when the directory holds a state, or part of another one's: to be removed
 * first; the errors of store_open(). */
enum err loader_open(const char *directory, const struct genesis *genesis,
                     const struct checkpoint *checkpoint, struct loader **out) must_check;
/* NULL is allowed. What was added after the last commit is wanted again. */
void loader_close(struct loader *loader);

/* The last chunk that was added: those after it are wanted. 0: none yet. */
struct chunk_id loader_last(const struct loader *loader);

/* Adds the next chunk. ERR_DAMAGED when the bytes are not the chunk's, ERR_NOT_CANONICAL when its
 * id is not larger than the last: nothing is changed, and another peer may have the right bytes.
 * The errors of the store: close it. */
enum err loader_add(struct loader *loader, const struct chunk *chunk,
                    struct bytes bytes) must_check;

/* Commits what was added; loader_add() does so each 16 MiB. */
enum err loader_keep(struct loader *loader) must_check;

/* Ends the load: checks the root over all chunks, makes the tables that are not hashed, and says
 * that the state is whole, durably. ERR_CHECKPOINT when this is not the checkpoint's state, because
 * chunks are missing or the list was false: the directory is to be removed. ERR_DAMAGED when its
 * rows cannot be, which no honest node's are. */
enum err loader_end(struct loader *loader) must_check;

#endif
