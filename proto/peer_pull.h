/*
 * peer_pull.h: the frames by which a node that is far behind pulls blocks from its peers.
 *
 *   5 ANCHOR_WANTED  who is behind, to the leader: which block do you have at this height?
 *   6 ANCHOR         the leader's answer: the hash of its committed block there
 *   7 BLOCKS_WANTED  who is behind, to any peer: give me these blocks
 *   8 BLOCKS         the peer's answer, on the bulk channel: the first of them, or none
 *
 * A node answers of what is committed alone. Nothing says that an answer comes: who asks asks
 * again, or another. `request` is the asker's name for what it asked for, so that an answer that
 * comes too late is known for one. docs/internals/messages.md has every field; the errors are those
 * of peer.h.
 */
#ifndef PROTO_PEER_PULL_H
#define PROTO_PEER_PULL_H

#include "proto/peer.h"

/* Sizes of whole frames; of BLOCKS: before its blocks. */
enum {
    PEER_ANCHOR_WANTED_SIZE = 12,
    PEER_ANCHOR_SIZE = 52,
    PEER_BLOCKS_WANTED_SIZE = 24,
    PEER_BLOCKS_HEAD_SIZE = 24,
};

struct peer_anchor_wanted {
    uint64_t height; /* not 0 */
};

struct peer_anchor {
    uint64_t term; /* of the leader that says so */
    uint64_t height;
    struct hash hash;
};

/* `count` heights from `first` on, none of them 0 or beyond 64 bits. */
struct peer_blocks_wanted {
    uint64_t request;
    uint64_t first;
    uint32_t count; /* 1 to PEER_BLOCKS_MAX */
};

struct peer_blocks {
    uint64_t request;
    uint64_t first;
    uint32_t count;      /* 0: the peer has not even the first of them */
    struct bytes frames; /* the blocks, each after its size: to be walked with block_frame_next() */
};

enum err peer_anchor_wanted_parse(struct bytes frame, struct peer_anchor_wanted *out) must_check;
void peer_anchor_wanted_write(struct writer *writer, const struct peer_anchor_wanted *wanted);

enum err peer_anchor_parse(struct bytes frame, struct peer_anchor *out) must_check;
void peer_anchor_write(struct writer *writer, const struct peer_anchor *anchor);

enum err peer_blocks_wanted_parse(struct bytes frame, struct peer_blocks_wanted *out) must_check;
void peer_blocks_wanted_write(struct writer *writer, const struct peer_blocks_wanted *wanted);

/* What the blocks hold is not looked at. */
enum err peer_blocks_parse(struct bytes frame, struct peer_blocks *out) must_check;
/* The frame without its blocks; and the whole frame. */
void peer_blocks_head_write(struct writer *writer, const struct peer_blocks *blocks);
void peer_blocks_write(struct writer *writer, const struct peer_blocks *blocks);

#endif
