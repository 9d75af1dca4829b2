/*
 * puller.h: what a node that is far behind asks of whom, and what it believes of the answers.
 *
 * No I/O and no clock: links, frames and time come in, what is to be done comes out, one action at
 * a time. A node that learns that far more is committed than it has asks any peers for the blocks
 * after its own commit index, in pieces of one frame each, some of them at once; and the leader for
 * the hash of the last block of each piece that has come, its anchor. Block by block `previous`
 * ties the whole piece to that hash, so a piece is what the leader has, or it is thrown away and
 * its sender not asked for a while. Pieces that are anchored by the leader of this very term are
 * delivered in order. docs/decisions/0013-pulling-blocks.md has the reasons.
 *
 * Belongs to the loop's thread.
 */
#ifndef NODE_PULLER_H
#define NODE_PULLER_H

#include "consensus/raft.h"
#include "node/suppliers.h"
#include "node/withheld.h"
#include "proto/peer_pull.h"

/* Blocks that a node must be behind what is committed to begin; below that the leader pushes what
 * it has in memory. Above PULL_END: who is pushed to again at that distance stops. */
#define PULL_BEGIN (RAFT_TAIL_MAX / 2)

/* Pieces under way, held, or delivered and not durable yet: with PEER_BLOCKS_SIZE_MAX each they
 * bound the memory, 16 MiB. */
#define PULL_PIECES_MAX 8

/* Pieces that one peer is asked for at a time: one is on the line while the next is read. */
#define PULL_PEER_PIECES_MAX 2

/* The leader hears this often that it need not push, and an anchor that did not come is asked for
 * again. */
#define PULL_RENEW_MS 1000

/* A piece that has not come is asked of another peer, and less is asked for at once. A peer that
 * has not answered yet may have no connection for its answer: it is given less time at first. */
#define PULL_ANSWER_MS SUPPLIER_ANSWER_MS
#define PULL_TRY_MS    SUPPLIER_TRY_MS

/* How long a peer is not asked: that does not have the blocks, that sent wrong ones; and that did
 * not answer in time: as long as it was waited for. */
#define PULL_LACKS_MS 200
#define PULL_WRONG_MS SUPPLIER_WRONG_MS

/* Without a piece delivered for so long the leader is left to push, for as long again. */
#define PULL_GIVE_UP_MS 60000

/* How the node stands when puller_*() is called. */
struct puller_view {
    uint32_t leader; /* another node; 0: none is known, or this node leads */
    uint64_t term;
    uint64_t commit;  /* this node's own */
    uint64_t tip;     /* its last block */
    uint64_t durable; /* and the last one on disk */
    uint64_t known;   /* what the leader says is committed */
};

enum puller_do {
    PULLER_ASK_ANCHOR, /* peer, height */
    PULLER_ASK_BLOCKS, /* peer, wanted */
    PULLER_DELIVER,    /* blocks: to the core; then puller_delivered(), before anything else */
    PULLER_BLAME,      /* peer, err: what it sent is wrong; for the log */
};

struct puller_action {
    enum puller_do what;
    uint32_t peer;
    uint64_t height;
    struct peer_blocks_wanted wanted;
    struct peer_blocks blocks; /* the puller's, until puller_delivered() */
    enum err err;
};

enum piece_state { PIECE_ASKED, PIECE_HELD, PIECE_ANCHORED, PIECE_DELIVERED };

/* Blocks from `first` on, at most as many as one frame has. */
struct piece {
    enum piece_state state;
    uint64_t first;
    uint32_t count;
    uint32_t peer;
    uint64_t request;
    uint64_t asked_ms; /* the peer for it; then the leader for its anchor, 0: not yet */
    struct hash hash;  /* of its last block */
    uint8_t *bytes;    /* once it has come, until it is delivered */
    size_t size;
};

struct puller {
    bool is_active;
    bool is_streamed; /* the leader pushes again */
    uint32_t leader;  /* of the anchors so far */
    uint64_t term;
    uint64_t request;     /* of the last piece asked for */
    uint64_t renewed_ms;  /* 0: not yet */
    uint64_t progress_ms; /* when a piece was last delivered, or there was nothing to do */
    uint64_t retry_ms;    /* nothing is delivered until then, or until more is durable than */
    uint64_t retry_durable;
    uint64_t durable;  /* when last looked at */
    uint64_t rest_ms;  /* nor anything begun until then */
    size_t block_size; /* of the last blocks that came, 0: none yet */
    size_t budget;     /* bytes to ask for at once */
    size_t piece_count;
    struct piece pieces[PULL_PIECES_MAX]; /* by height; none overlap */
    struct suppliers suppliers;
};

void puller_init(struct puller *puller);
void puller_clear(struct puller *puller);

/* A peer came or went. */
void puller_link(struct puller *puller, uint32_t peer, bool is_up);

/* An APPEND of the leader itself has reached this log. */
void puller_streamed(struct puller *puller);

/* What frames say; what was not asked for, or comes too late, is nothing. */
void puller_anchor(struct puller *puller, const struct puller_view *view, uint32_t from,
                   const struct peer_anchor *anchor, uint64_t now_ms);
void puller_blocks(struct puller *puller, uint32_t from, const struct peer_blocks *blocks,
                   uint64_t now_ms);

/* What is to be done next; false: nothing, for now. Time passes with it. */
bool puller_next(struct puller *puller, const struct puller_view *view, uint64_t now_ms,
                 struct puller_action *out);

/* What became of the piece to be delivered. ERR_OK: the core has taken it. Errors of kind LIMIT and
 * ERR_MEMORY: it is offered again later. Any other: its sender sent something wrong. */
void puller_delivered(struct puller *puller, enum err err, uint64_t now_ms);

/* When puller_next() may have something again though nothing came; UINT64_MAX: never. */
uint64_t puller_deadline_ms(const struct puller *puller, uint64_t now_ms);

#endif
