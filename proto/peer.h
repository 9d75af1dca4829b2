/*
 * peer.h: the frames between nodes. The first byte says which one it is; the rest is its body.
 *
 *   1 HELLO    the first frame on every connection: who is calling
 *   2 RAFT     a raft_message with its blocks
 *   3 SUBMIT   transactions on their way to the leader: a count and size-prefixed transactions
 *   4 REFUSED  the leader's answer to one that it did not take: id and error
 *   5 ANCHOR_WANTED, 6 ANCHOR, 7 BLOCKS_WANTED, 8 BLOCKS: see peer_pull.h
 *   9 READ_WANTED, 10 READ_INDEX: see peer_read.h
 *   11 LIST_WANTED, 12 LIST, 13 CHUNKS_WANTED, 14 CHUNKS: see peer_state.h
 *   15 HEAD    which block its sender has at a height that it has applied
 *
 * TLS says that the caller holds a certificate of some member's CA; which node it is says the
 * HELLO, signed with the node's key and bound to the one that is called, so that no member can pass
 * for another (docs/decisions has the reasons).
 *
 * docs/internals/messages.md has every field. What parsing returns: ERR_TRUNCATED, ERR_TRAILING,
 * ERR_TOO_LARGE (a frame above PEER_MESSAGE_SIZE_MAX, or a part of it above its limit),
 * ERR_OUT_OF_RANGE, ERR_WRONG_TYPE (another kind of frame than the one asked for), ERR_BAD_VERSION
 * (of a HELLO).
 */
#ifndef PROTO_PEER_H
#define PROTO_PEER_H

#include "proto/raft_message.h"
#include "proto/sign.h"

#define PEER_VERSION 1

enum peer_frame {
    PEER_HELLO = 1,
    PEER_RAFT = 2,
    PEER_SUBMIT = 3,
    PEER_REFUSED = 4,
    PEER_ANCHOR_WANTED = 5,
    PEER_ANCHOR = 6,
    PEER_BLOCKS_WANTED = 7,
    PEER_BLOCKS = 8,
    PEER_READ_WANTED = 9,
    PEER_READ_INDEX = 10,
    PEER_LIST_WANTED = 11,
    PEER_LIST = 12,
    PEER_CHUNKS_WANTED = 13,
    PEER_CHUNKS = 14,
    PEER_HEAD = 15,
};

enum peer_channel { PEER_CONTROL = 1, PEER_BULK = 2 };

#define INCARNATION_SIZE 16

/* Drawn at random when a data directory is made: a node that lost its data is another node. */
struct incarnation {
    uint8_t bytes[INCARNATION_SIZE];
};

struct peer_hello {
    struct hash network;
    uint32_t from;
    uint32_t to;
    enum peer_channel channel;
    struct incarnation incarnation;
    struct signature signature;
};

/* What the signature covers: all of the frame but the signature. peer_hello_parse() does not verify
 * it: signature_check() does, with the key of the node `from`. */
struct hash peer_hello_digest(const struct peer_hello *hello);

/* These take and write whole frames, with their first byte. */
enum err peer_frame_kind(struct bytes frame, enum peer_frame *out) must_check;
/* A reader over what follows the first byte; it has failed when the frame is of another kind. */
struct reader peer_frame_body(struct bytes frame, enum peer_frame kind);
/* The first byte, and the three zeroes that follow it in most frames. */
void peer_frame_start(struct writer *writer, enum peer_frame kind);

enum err peer_hello_parse(struct bytes frame, struct peer_hello *out) must_check;
void peer_hello_write(struct writer *writer, const struct peer_hello *hello);

/* The body of a RAFT frame: see raft_message_parse(). */
enum err peer_raft_parse(struct bytes frame, struct raft_message *out,
                         struct bytes *blocks) must_check;
void peer_raft_write(struct writer *writer, const struct raft_message *message);

/* The transactions of a SUBMIT frame, to be walked with block_frame_next(); at least one, each at
 * most TX_SIZE_MAX. */
enum err peer_submit_parse(struct bytes frame, struct bytes *transactions) must_check;
/* One transaction or more, none empty. */
void peer_submit_write(struct writer *writer, const struct bytes *transactions, size_t count);

struct peer_refused {
    struct hash id;
    enum err err; /* never ERR_OK */
};

enum err peer_refused_parse(struct bytes frame, struct peer_refused *out) must_check;
void peer_refused_write(struct writer *writer, const struct peer_refused *refused);

#define PEER_HEAD_SIZE 44

struct peer_head {
    uint64_t height; /* not 0 */
    struct hash hash;
};

enum err peer_head_parse(struct bytes frame, struct peer_head *out) must_check;
void peer_head_write(struct writer *writer, const struct peer_head *head);

#endif
