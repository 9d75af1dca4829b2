/*
 * peer_state.h: the frames by which a node takes the state of a checkpoint from its peers.
 *
 *   11 LIST_WANTED    who takes a state, to any peer: which chunks has the state that you offer?
 *   12 LIST           the peer's answer, on the bulk channel: a page of the list
 *   13 CHUNKS_WANTED  who takes a state, to any peer: give me these bytes of that state
 *   14 CHUNKS         the peer's answer, on the bulk channel: all of these bytes, or none
 *
 * What entries and chunks are says ledger/chunk.h; here they are bytes. A state is all its chunks
 * one after the other, in the order of their ids, so that who has the list can ask for a range of
 * its bytes: from `offset` in the chunk `first` on, and across the ends of chunks.
 *
 * Nothing says that an answer comes: who asks asks again, or another. `request` is the asker's name
 * for what it asked for. docs/internals/messages.md has every field; the errors are those of
 * peer.h.
 */
#ifndef PROTO_PEER_STATE_H
#define PROTO_PEER_STATE_H

#include "proto/peer.h"

/* Sizes of whole frames; of LIST and CHUNKS: before their entries or bytes. */
enum {
    PEER_LIST_WANTED_SIZE = 28,
    PEER_LIST_HEAD_SIZE = 24,
    PEER_CHUNKS_WANTED_SIZE = 40,
    PEER_CHUNKS_HEAD_SIZE = 24,
};

/* Bytes of one entry: CHUNK_ENTRY_SIZE. */
#define PEER_ENTRY_SIZE 53

/* Ids of chunks have 5 bytes. */
#define PEER_CHUNK_ID_MAX UINT64_C(0xFFFFFFFFFF)

struct peer_list_wanted {
    uint64_t request;
    uint64_t checkpoint; /* height; 0: only say which one you offer */
    uint64_t after;      /* entries of chunks with larger ids; 0: from the first on */
};

struct peer_list {
    bool is_last; /* no entry follows these */
    uint64_t request;
    uint64_t checkpoint; /* height of the one that is offered; 0: none */
    uint32_t count;      /* of entries: at most PEER_ENTRIES_MAX */
    struct bytes entries;
};

struct peer_chunks_wanted {
    uint64_t request;
    uint64_t checkpoint; /* height, not 0 */
    uint64_t first;      /* id of a chunk, not 0 */
    uint64_t offset;     /* in it */
    uint32_t size;       /* 1 to PEER_CHUNKS_SIZE_MAX */
};

struct peer_chunks {
    uint64_t request;
    uint64_t checkpoint; /* as in a LIST */
    struct bytes bytes;  /* as many as were asked for; none: this state is not here */
};

enum err peer_list_wanted_parse(struct bytes frame, struct peer_list_wanted *out) must_check;
void peer_list_wanted_write(struct writer *writer, const struct peer_list_wanted *wanted);

/* What the entries say is not looked at. */
enum err peer_list_parse(struct bytes frame, struct peer_list *out) must_check;
/* The frame without its entries; and the whole frame. */
void peer_list_head_write(struct writer *writer, const struct peer_list *list);
void peer_list_write(struct writer *writer, const struct peer_list *list);

enum err peer_chunks_wanted_parse(struct bytes frame, struct peer_chunks_wanted *out) must_check;
void peer_chunks_wanted_write(struct writer *writer, const struct peer_chunks_wanted *wanted);

/* What the bytes hold is not looked at. */
enum err peer_chunks_parse(struct bytes frame, struct peer_chunks *out) must_check;
/* The frame without its bytes, of which there are chunks->bytes.size; and the whole frame. */
void peer_chunks_head_write(struct writer *writer, const struct peer_chunks *chunks);
void peer_chunks_write(struct writer *writer, const struct peer_chunks *chunks);

#endif
