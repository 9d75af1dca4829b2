/*
 * block_cache.h: the newest blocks of the log in memory, shared between threads by count.
 *
 * A `struct block_ref` is one immutable block; the log writer, the apply thread and the cache each
 * hold a count of it. The cache itself belongs to the loop's thread.
 */
#ifndef NODE_BLOCK_CACHE_H
#define NODE_BLOCK_CACHE_H

#include "consensus/raft.h"
#include "proto/block.h"

#include <stdatomic.h>

struct block_ref {
    atomic_uint count;
    struct block block; /* its views lie in `bytes` */
    uint8_t bytes[];
};

/* Copies and parses the block; the caller holds one count. ERR_MEMORY and block_parse()'s errors.
 */
enum err block_ref_make(struct bytes encoded, struct block_ref **out) must_check;
struct block_ref *block_ref_hold(struct block_ref *ref);
void block_ref_drop(struct block_ref *ref); /* NULL is allowed */

/* Heights that the cache can hold: those that the core's ring covers. */
#define BLOCK_CACHE_SLOTS RAFT_TAIL_MAX

struct block_cache {
    struct block_ref *slots[BLOCK_CACHE_SLOTS]; /* by height modulo */
    uint64_t first;                             /* lowest height held; 0: none */
    uint64_t last;
    size_t bytes;
    size_t bytes_max;
};

void block_cache_init(struct block_cache *cache, size_t bytes_max);
void block_cache_clear(struct block_cache *cache);

/* Adds the block after `last` (or any first one), taking a count of its own. */
void block_cache_add(struct block_cache *cache, struct block_ref *ref);
/* Forgets the blocks above `keep`. */
void block_cache_cut(struct block_cache *cache, uint64_t keep);
/* Forgets old blocks up to `height` while there are more bytes than allowed, or no free slot. */
void block_cache_trim(struct block_cache *cache, uint64_t height);

/* The block of that height, without a count for the caller; NULL when it is not held. */
struct block_ref *block_cache_get(const struct block_cache *cache, uint64_t height);

#endif
