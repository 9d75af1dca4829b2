/*
 * disk.h: the log of blocks, the term and the vote, durable (LMDB through store/).
 *
 * Height is the key, so there is no prefix to cut and no snapshot to install. Every write is one
 * LMDB transaction, synced before disk_write() returns: what it returned ERR_OK for survives a
 * crash, what it did not may be there or not, but never in part. After a write that failed nothing
 * more is written: every later disk_write() returns the same error, and the node stops. No write or
 * sync is tried twice (a failed fsync may have dropped the dirty pages).
 *
 * Threads: one thread writes (mending is writing), and asks for disk_state(). disk_read(),
 * disk_header(), disk_peer() and disk_verify() may be called from any thread. A log is open once in
 * a process. The tables are in docs/internals/storage.md, and why it is LMDB in
 * docs/decisions/0001-lmdb-log.md.
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

/* Opens the log, and makes it where nothing was ever written. ERR_FOREIGN_DATA, ERR_OLD_FORMAT,
 * ERR_DAMAGED, ERR_NOT_FOUND (there is no log, and it is to be read only), the errors of
 * store_open(). The blocks are not read: see disk_verify(). */
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

/* Which data a peer had when it first called (links.h): shown another, it is another node. */
struct disk_peer {
    uint32_t id;
    struct incarnation incarnation;
};

/* What is durable of that peer: ERR_NOT_FOUND when nothing was ever learned of it. ERR_DAMAGED,
 * ERR_BUSY. */
enum err disk_peer(struct disk *disk, uint32_t id, struct incarnation *out) must_check;

/* One durable write, in this order: vote, peers, cut, append. */
struct disk_write {
    bool save;
    uint64_t term;                   /* never less than before */
    uint32_t vote;                   /* in the same term only when there was none */
    const struct disk_peer *learned; /* of a peer of which another is stored: ERR_INTERNAL */
    size_t learned_count;
    bool cut;                   /* blocks above `keep` go */
    uint64_t keep;              /* never less than the stored commit */
    uint64_t commit;            /* stored when larger than before; never above the last block */
    const struct bytes *blocks; /* consecutive, the first at the last height + 1 after the cut */
    size_t block_count;
};

/* All of the writes in one transaction, with one sync; the bytes are not needed afterwards. Checks
 * again what the core guarantees, and the blocks' headers and sizes: ERR_INTERNAL, and nothing is
 * written. ERR_DISK_FULL, ERR_IO, ERR_READ_ONLY, ERR_MEMORY, ERR_DAMAGED. */
enum err disk_write(struct disk *disk, const struct disk_write *writes, size_t count) must_check;

/* Puts a committed block back into its place, where what is stored is damaged: nothing but the
 * block of that height with that hash is ever put there. Durable when it returns ERR_OK.
 * ERR_BROKEN_CHAIN: `encoded` is not that block. ERR_DAMAGED: there is no row to put it into, or
 * one of another size, which LMDB cannot be trusted to replace. ERR_INTERNAL: above the commit
 * index, or what is stored is whole. Else as disk_write(). */
enum err disk_mend(struct disk *disk, uint64_t height, struct bytes encoded,
                   const struct hash *hash) must_check;

/* Copies the block of that height into `buffer` and parses it (all views are into `buffer`).
 * ERR_NOT_FOUND above the last, ERR_DAMAGED when its check sum or its payload root is wrong or it
 * says another height, ERR_TOO_LARGE when the buffer is too small: BLOCK_SIZE_MAX always does.
 * ERR_BUSY when more than STORE_READERS_MAX read at once. */
enum err disk_read(struct disk *disk, uint64_t height, void *buffer, size_t capacity,
                   struct block *out) must_check;

/* Header and size of the block of that height. Reads all of it for the check sum (the hash of a
 * header that is not what was written would divide the nodes), but leaves the payload's root to
 * disk_read(). The errors of disk_read(). */
enum err disk_header(struct disk *disk, uint64_t height, struct block_header *header,
                     uint32_t *size) must_check;

/* Reads every block and checks it against the one before: check sum, payload root, chain. `tell` is
 * called now and then and at the end, and may be NULL. ERR_DAMAGED (a block that is missing too) or
 * ERR_BROKEN_CHAIN, and `*bad_height` says where; 0 on success. It holds one snapshot all the
 * while: what is cut meanwhile takes space until it ends. */
typedef void disk_progress(void *context, uint64_t height, uint64_t last);
enum err disk_verify(struct disk *disk, disk_progress *tell, void *context,
                     uint64_t *bad_height) must_check;

#endif
