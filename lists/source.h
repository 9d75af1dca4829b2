/*
 * source.h: the data of a node, read beside it while it runs: its state at one height, its blocks.
 *
 * Nothing is written but a place in LMDB's table of readers, so whoever reads needs the right to
 * write the two lock files: the node's own user has it. Who may not write them reads only where no
 * node runs, and keeps one from starting meanwhile. As long as the state is open, the node cannot
 * use again the pages that it replaces: its files grow by what changes in that time.
 */
#ifndef LISTS_SOURCE_H
#define LISTS_SOURCE_H

#include "conf/document.h"
#include "ledger/view.h"
#include "proto/block.h"

struct source;

/* `directory`: the node's `data`. ERR_CONFIG with `complaint`; ERR_MEMORY. */
enum err source_open(const char *directory, struct source **out,
                     struct complaint *complaint) must_check;
void source_close(struct source *source); /* NULL is allowed */

/* The state, at one height from the opening on. */
struct view *source_view(const struct source *source);
struct hash source_network(const struct source *source);

/* The block of that height, until the next call. Every node has all of them, also one that took its
 * state from others. ERR_NOT_FOUND above the last. */
enum err source_block(struct source *source, uint64_t height, struct block *out) must_check;

/* The hash of the block at that height; the network at height 0. */
enum err source_head(struct source *source, uint64_t height, struct hash *out) must_check;

#endif
