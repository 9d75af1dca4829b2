/*
 * shipper.h: answers peers that ask for blocks, or for the hash of one, from the disk.
 *
 * What is asked for may be long out of the page cache, so it is read on libuv's thread pool, and
 * no heartbeat waits for it. Belongs to the loop's thread otherwise.
 */
#ifndef NODE_SHIPPER_H
#define NODE_SHIPPER_H

#include "consensus/disk.h"
#include "consensus/links.h"
#include "proto/peer_pull.h"

#include <uv.h>

/* Jobs of one peer at a time; beyond it what it asks for is dropped. Of blocks 2 MiB each. */
#define SHIPPER_BLOCKS_MAX  2
#define SHIPPER_ANCHORS_MAX 16

struct shipper {
    uv_loop_t *loop;
    struct disk *disk;
    struct links *links;
    /* A block that is committed cannot be read. */
    void (*fail)(void *context, enum err err, const char *what);
    void *context;
    size_t count; /* jobs under way */
    struct {
        uint32_t peer;
        uint32_t blocks;
        uint32_t anchors;
    } rows[MEMBERS_MAX]; /* of the peers that have some */
    bool is_stopped;
};

/* Answers with the blocks up to `until` (committed, and on disk here), as many as fit. */
void shipper_blocks(struct shipper *shipper, uint32_t peer, const struct peer_blocks_wanted *wanted,
                    uint64_t until);

/* Answers with the hash of the block at that height, which is committed and on disk here; `term` is
 * that in which this node leads. */
void shipper_anchor(struct shipper *shipper, uint32_t peer, uint64_t height, uint64_t term);

/* Takes nothing more, and sends nothing more. */
void shipper_stop(struct shipper *shipper);
bool shipper_is_idle(const struct shipper *shipper);

#endif
