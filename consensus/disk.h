/*
 * disk.h: the log of blocks, the term and the vote, durable (LMDB through store/).
 *
 * Height is the key, so there is no prefix to cut and no snapshot to install. Every write is one
 * LMDB transaction, synced before disk_write() returns: what it returned ERR_OK for survives a
 * crash, what it did not may be there or not, but never in part. After a write that failed nothing
 * more is written: every later call returns the same error, and the node stops. No write or sync is
 * tried twice (a failed fsync may have dropped the dirty pages).
 *
 * Threads: one thread writes. disk_read() and disk_header() may be called from any thread.
 * The tables are in docs/internals/storage.md.
 */
#ifndef CONSENSUS_DISK_H
#define CONSENSUS_DISK_H

#include "proto/block.h"
#include "proto/peer.h"

struct disk;

struct disk_options {
    const char *directory;
    struct hash network;            /* ERR_FOREIGN_DATA when the log is another network's */
    uint32_t node;                  /* or another node's; 0 with read_only: whichever it is */
    struct incarnation incarnation; /* stored when the log is made; ignored later */
    bool read_only;
};

enum err disk_open(const struct disk_options *options, struct disk **out) must_check;
void disk_close(struct disk *disk); /* NULL is allowed */

/* What is durable. */
struct disk_state {
    uint32_t node;
    struct incarnation incarnation;
    uint64_t term;
    uint32_t vote;
    uint64_t commit; /* known committed when the last write was made */
    uint64_t last;   /* the highest block; 0: none */
};

struct disk_state disk_state(const struct disk *disk);

/* One durable write, in this order: vote, cut, append. */
struct disk_write {
    bool save;
    uint64_t term;
    uint32_t vote;
    bool cut; /* blocks above `keep` go */
    uint64_t keep;
    uint64_t commit;            /* stored when larger than before; never above the last block */
    const struct bytes *blocks; /* consecutive, the first at the last height + 1 after the cut */
    size_t block_count;
};

enum err disk_write(struct disk *disk, const struct disk_write *writes, size_t count) must_check;

/* Copies the block of that height into `buffer` and parses it (all views are into `buffer`).
 * ERR_NOT_FOUND above the last, ERR_DAMAGED when its check sum or its payload root is wrong or it
 * says another height, ERR_TOO_LARGE when the buffer is too small: BLOCK_SIZE_MAX always does. */
enum err disk_read(struct disk *disk, uint64_t height, void *buffer, size_t capacity,
                   struct block *out) must_check;

/* Header and size of the block of that height, without its payload. */
enum err disk_header(struct disk *disk, uint64_t height, struct block_header *header,
                     uint32_t *size) must_check;

/* Reads every block and checks it against the one before: check sum, payload root, chain. `tell` is
 * called now and then, and may be NULL. On an error `*bad_height` says where. */
typedef void disk_progress(void *context, uint64_t height, uint64_t last);
enum err disk_verify(struct disk *disk, disk_progress *tell, void *context,
                     uint64_t *bad_height) must_check;

#endif
