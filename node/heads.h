/*
 * heads.h: what the other members say their chains are, held against this node's own.
 *
 * A leader can make two chains and tell each half of the network that its own one is committed;
 * Raft cannot stop that (docs/decisions/0032-heads.md). So every member says to every other, every
 * two seconds, which block it has at its newest applied height. Who has applied that height too
 * looks whether it has the same one; who has not remembers what was said, and looks when it gets
 * there.
 *
 * What differs is told, and nothing else is done about it: it may be the peer that lies. A liar so
 * costs this node one line of its log a minute, in the liar's own name. A peer that has the same
 * block at the height where it differed, or above, agrees again, since each block holds the hash of
 * the one before.
 *
 * Belongs to the loop's thread. Time is an argument.
 */
#ifndef NODE_HEADS_H
#define NODE_HEADS_H

#include "consensus/disk.h"
#include "consensus/links.h"
#include "ledger/ledger.h"
#include "node/driver.h"

/* Between two words to all others. */
#define HEADS_EVERY_MS 2000

/* Between two lines of the log about one peer. */
#define HEADS_TOLD_EVERY_MS 60000

/* Hashes that are kept, 128 KiB: a peer that is further behind is not looked at. */
#define HEADS_KEPT 4096

/* Bytes of blocks that heads_recall() reads at most, but for the last one. */
#define HEADS_RECALL_BYTES (4u * 1024 * 1024)

struct heads_peer {
    uint32_t id;
    struct peer_head ahead;  /* what it has at a height that is not applied here; height 0: none */
    struct peer_head theirs; /* the lowest block known to differ; height 0: none does */
    struct hash ours;        /* of that height */
    bool is_told;            /* what the log said last: that it differs */
    uint64_t told_ms;        /* when; 0: never */
};

struct heads {
    uint32_t self;
    uint64_t height; /* the last one applied */
    uint32_t count;  /* of hashes, of the heights up to that one */
    struct hash kept[HEADS_KEPT];
    size_t peer_count;
    struct heads_peer peers[MEMBERS_MAX];
    uint64_t due_ms;
};

/* For the log. */
struct heads_word {
    uint32_t peer;
    bool differs;
    struct peer_head theirs; /* when it differs */
    struct hash ours;
};

/* Of a node of that id whose state is there. */
void heads_init(struct heads *heads, uint32_t self, const struct ledger_position *position);
/* Finds hashes of lower heights, as long as each block of the log is the one that the next one
 * names. Before heads_applied(). Reads the disk. */
void heads_recall(struct heads *heads, struct disk *disk);

/* The next block was applied. */
void heads_applied(struct heads *heads, const struct hash *hash);

/* Who is listened to: the others of these. What was known of anybody else is forgotten. */
void heads_follow(struct heads *heads, const struct raft_members *members);
/* What that peer says that it has applied. */
void heads_hear(struct heads *heads, uint32_t from, const struct peer_head *head);

/* True when there is something for the log to say, which counts as told then. */
bool heads_tell(struct heads *heads, uint64_t now_ms, struct heads_word *out);

/* The lowest height at which that peer is known to have another block; 0: none. */
uint64_t heads_differs_at(const struct heads *heads, uint32_t peer);
/* Fills that in for every peer there. */
void heads_status(const struct heads *heads, struct status *status);

/* A HEAD frame. One that does not parse is dropped. */
void heads_receive(struct heads *heads, uint32_t from, struct bytes frame);
/* After every batch of events: tells the log, and sends what is due to the members in force. It has
 * no deadline of its own: elections and heartbeats wake the loop more often. */
void heads_tend(struct heads *heads, const struct driver *driver, struct links *links,
                uint64_t now_ms);

#endif
