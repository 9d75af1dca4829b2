/*
 * raft_message.h: what the members of the consensus group say to each other, and its bytes.
 *
 * The core (consensus/raft.h) works on these structs; it never sees the blocks that an APPEND
 * carries, only how many there are. On the wire:
 *
 *    0  kind     1
 *    1  flags    1    1: granted, or accepted: PRE_VOTE_REPLY, VOTE_REPLY, APPEND_REPLY
 *                     2: this vote was asked for by the leader (transfer): PRE_VOTE, VOTE
 *    2  zero     2
 *    4  from     4    node ids, neither 0 nor equal
 *    8  to       4
 *   12  term     8
 *   20  index    8
 *   28  log_term 8
 *   36  commit   8
 *   44  context  8
 *   52  count    4    blocks that follow, each a 4-byte size and that many bytes (frame.h); 0 but
 * in APPEND
 */
#ifndef PROTO_RAFT_MESSAGE_H
#define PROTO_RAFT_MESSAGE_H

#include "proto/reader.h"
#include "proto/writer.h"

#define RAFT_MESSAGE_HEAD_SIZE 56

/* X(name, number, word) */
#define RAFT_MESSAGE_TABLE(X)                                                                      \
    X(PRE_VOTE, 1, "pre-vote")                                                                     \
    X(PRE_VOTE_REPLY, 2, "pre-vote-reply")                                                         \
    X(VOTE, 3, "vote")                                                                             \
    X(VOTE_REPLY, 4, "vote-reply")                                                                 \
    X(HEARTBEAT, 5, "heartbeat")                                                                   \
    X(HEARTBEAT_REPLY, 6, "heartbeat-reply")                                                       \
    X(APPEND, 7, "append")                                                                         \
    X(APPEND_REPLY, 8, "append-reply")                                                             \
    X(CAMPAIGN_NOW, 9, "campaign-now")

enum raft_message_kind {
#define X(name, number, word) RAFT_##name = (number),
    RAFT_MESSAGE_TABLE(X)
#undef X
};

struct raft_message {
    enum raft_message_kind kind;
    uint32_t from;
    uint32_t to;
    uint64_t term;  /* the sender's; in PRE_VOTE and a granted PRE_VOTE_REPLY the one asked for */
    uint64_t index; /* PRE_VOTE, VOTE: last index. APPEND: the one before the first entry.
                       APPEND_REPLY accepted: the last index that matches for certain;
                       not accepted, and HEARTBEAT_REPLY: the last index of the follower's log.
                       HEARTBEAT: the leader's commit index, for the receiver's information */
    uint64_t log_term; /* the term of the entry at `index` (0 in an accepted APPEND_REPLY and in a
                          HEARTBEAT) */
    uint64_t commit;   /* APPEND, HEARTBEAT: the leader's commit index, HEARTBEAT's no more than the
                          receiver is known to match. APPEND_REPLY, HEARTBEAT_REPLY: the follower's */
    uint64_t context;  /* HEARTBEAT and its reply: number of the heartbeat round, for reads.
                          APPEND and its reply: number of the leader's attempt to find where the
                          logs agree, so that it knows a refusal of an older one */
    uint32_t count;    /* APPEND: entries carried */
    bool granted;      /* a vote is granted, an append accepted */
    bool transfer;     /* PRE_VOTE, VOTE: asked for by the leader, which wants to be disturbed */
};

/* NULL when it is none. */
const char *raft_message_word(enum raft_message_kind kind);

/* Parses the head and checks that `count` well-framed blocks follow: `blocks` is their bytes, to be
 * walked with block_frame_next(). What the blocks hold is not looked at. ERR_TRUNCATED,
 * ERR_TRAILING, ERR_OUT_OF_RANGE, ERR_TOO_LARGE (a block above BLOCK_SIZE_MAX). */
enum err raft_message_parse(struct bytes input, struct raft_message *out,
                            struct bytes *blocks) must_check;

/* The next size-prefixed block of checked `blocks`; false at the end. */
bool block_frame_next(struct reader *frames, struct bytes *block);

/* Writes the head; the caller appends the framed blocks. A head that raft_message_parse() would
 * refuse ends the process. */
void raft_message_write(struct writer *writer, const struct raft_message *message);

#endif
