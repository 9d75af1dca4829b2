/*
 * held.h: messages of the core that wait until the writes before them are durable.
 *
 * Belongs to the loop's thread.
 */
#ifndef NODE_HELD_H
#define NODE_HELD_H

#include "consensus/raft.h"

/* Messages that wait at once. A disk that stands still while others go on sending would gather them
 * without end; beyond this those to other nodes are lost, as on any network. */
#define HELD_MAX 4096

struct held_entry;

struct held {
    struct held_entry *first;
    struct held_entry **last;
    size_t count;
};

void held_init(struct held *held);
void held_clear(struct held *held);

/* Keeps the message until `write` is durable; a message to `self` is kept whatever waits. Writes
 * come in ascending order. ERR_MEMORY when a message to `self` is lost: a node that loses its own
 * votes and acknowledgements leads nobody; others take a lost message for what it is. */
enum err held_put(struct held *held, uint64_t write, const struct raft_outgoing *outgoing,
                  uint32_t self) must_check;

/* Takes out the first message, when all that it waits for is durable up to `write`. */
bool held_take(struct held *held, uint64_t write, struct raft_outgoing *out);

#endif
