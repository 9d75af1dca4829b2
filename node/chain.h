/*
 * chain.h: the log of blocks as the loop sees it: the newest in memory, all on disk.
 *
 * What the core has appended is here at once, before it is durable. Belongs to the loop's thread.
 */
#ifndef NODE_CHAIN_H
#define NODE_CHAIN_H

#include "consensus/disk.h"
#include "node/block_cache.h"
#include "proto/genesis.h"

/* What the next block must follow. At height 0: the genesis. */
struct chain_link {
    uint64_t height;
    uint64_t term;
    uint64_t time_ms;
    struct hash hash;
    uint32_t size; /* bytes of the block */
    enum block_kind kind;
};

/* Heights of the log that matter to checkpoints; 0: none. */
struct trail {
    uint64_t checkpoint; /* the last checkpoint block */
    uint64_t before;     /* the one before it */
    uint64_t change;     /* the last block of transactions or members */
};

struct chain {
    struct disk *disk;
    struct block_cache cache;
    struct chain_link genesis;
    struct chain_link tip;
    struct trail trail; /* up to the tip: node/trail.h */
};

/* Blocks kept in memory for followers that are a little behind, in bytes. */
#define CHAIN_CACHE_BYTES (64u * 1024 * 1024)

enum err chain_open(struct chain *chain, struct disk *disk,
                    const struct genesis *genesis) must_check;
void chain_close(struct chain *chain);

/* Height 0 to the tip's. ERR_NOT_FOUND above it; errors of disk_header(). */
enum err chain_link(const struct chain *chain, uint64_t height, struct chain_link *out) must_check;

/* The block of that height; the caller holds one count. Errors of disk_read(), ERR_MEMORY. */
enum err chain_block(const struct chain *chain, uint64_t height, struct block_ref **out) must_check;

/* Takes a block that follows the tip, with a count of its own. */
void chain_append(struct chain *chain, struct block_ref *block);
/* Blocks above `keep` leave. Errors of chain_link(). */
enum err chain_cut(struct chain *chain, uint64_t keep) must_check;
/* Blocks up to `height` are durable: they may leave the memory. */
void chain_trim(struct chain *chain, uint64_t height);

/* What the core is told of a block. */
enum raft_entry_kind chain_entry_kind(enum block_kind kind);

#endif
