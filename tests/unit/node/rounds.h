/*
 * rounds.h: what a played leader says of how far its follower's questions must see.
 */
#ifndef TESTS_UNIT_NODE_ROUNDS_H
#define TESTS_UNIT_NODE_ROUNDS_H

#include "proto/peer_read.h"
#include "tests/unit/node/daemon.h"

static inline void tell(struct node *node, uint64_t round, uint64_t index)
{
    uint8_t bytes[PEER_READ_INDEX_SIZE];
    struct peer_read_index answer = {.round = round, .index = index};
    struct writer writer = writer_over(bytes, sizeof bytes);
    peer_read_index_write(&writer, &answer);
    node_send(node, 2, PEER_CONTROL, writer_view(&writer));
}

/* Answers each round that the leader was asked for by that index, and says how many others than
 * `round` they were.
 */
static inline uint64_t serve_rounds(struct group *group, uint64_t *round, uint64_t index)
{
    uint64_t rounds = 0;
    beat(group);
    while (node_has_frame(group->leader)) {
        struct peer_read_wanted wanted;
        struct links_frame frame = node_take(group->leader);
        if (peer_read_wanted_parse(frame.bytes, &wanted) == ERR_OK) {
            rounds += wanted.round != *round;
            *round = wanted.round;
            tell(group->leader, *round, index);
        }
        links_frame_free(&frame);
    }
    return rounds;
}

#endif
