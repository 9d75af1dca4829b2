/*
 * sender.h: the core's messages on their way to the other nodes: framed, with the blocks that they
 * carry, from memory or from the disk.
 *
 * Belongs to the loop's thread.
 */
#ifndef NODE_SENDER_H
#define NODE_SENDER_H

#include "consensus/links.h"
#include "node/chain.h"

struct sender {
    const struct chain *chain;
    struct links *links;
    size_t message_bytes; /* of blocks in a message; one block always goes */
    /* Of the frame under way: */
    struct block_ref *blocks[RAFT_APPEND_MAX];
    uint8_t sizes[RAFT_APPEND_MAX][4];
    struct bytes parts[1 + 2 * RAFT_APPEND_MAX];
};

/* Sends it now, or loses it, as on any network: the core sends again. An error is one of this
 * node's own log: chain_link()'s and chain_block()'s. */
enum err sender_send(struct sender *sender, const struct raft_outgoing *outgoing) must_check;

#endif
