/*
 * peer_read.h: the frames by which a node asks the leader how far it must have applied so that an
 * answer of its own misses nothing (a linearizable read, D 6.4).
 *
 *   9 READ_WANTED  any node, to the leader: what is committed by now?
 *   10 READ_INDEX  the leader's answer, after a quorum has said that it still leads
 *
 * Nothing says that an answer comes: who asks asks again, or another. `round` is the asker's name
 * for the reads that it asks for, never used before, not by an earlier process either: so that an
 * answer to reads before these is known for one. docs/internals/messages.md has every field; the
 * errors are those of peer.h.
 */
#ifndef PROTO_PEER_READ_H
#define PROTO_PEER_READ_H

#include "proto/peer.h"

/* Sizes of whole frames. */
enum { PEER_READ_WANTED_SIZE = 12, PEER_READ_INDEX_SIZE = 20 };

struct peer_read_wanted {
    uint64_t round;
};

struct peer_read_index {
    uint64_t round;
    uint64_t index; /* not 0 */
};

enum err peer_read_wanted_parse(struct bytes frame, struct peer_read_wanted *out) must_check;
void peer_read_wanted_write(struct writer *writer, const struct peer_read_wanted *wanted);

enum err peer_read_index_parse(struct bytes frame, struct peer_read_index *out) must_check;
void peer_read_index_write(struct writer *writer, const struct peer_read_index *index);

#endif
