/*
 * block.h: one entry of the log: a header of 112 bytes and a payload.
 *
 *    0  magic "IMEB"        4
 *    4  version 1           1
 *    5  kind                1
 *    6  zero                2
 *    8  height              8   the Raft index; genesis is height 0 and has no block
 *   16  term                8
 *   24  time_ms             8   Unix time, the leader's claim; never less than the block before
 *   32  leader              4   node id
 *   36  count               4   entries of the payload
 *   40  payload size        4
 *   44  zero                4
 *   48  previous            32  hash of the block before; of block 1: the network id
 *   80  payload root        32  RFC 6962 root over the payload's entries
 *
 * The payload is `count` entries, each a 4-byte size (1 or more) and that many bytes (frame.h). The
 * hash of a block is SHA-256 of its header, which covers the payload by its root. All integers are
 * big-endian. docs/internals/blocks.md has the range of each field.
 */
#ifndef PROTO_BLOCK_H
#define PROTO_BLOCK_H

#include "proto/hash.h"
#include "proto/merkle.h"
#include "proto/reader.h"
#include "proto/writer.h"

#define BLOCK_HEADER_SIZE 112

enum block_kind {
    BLOCK_TRANSACTIONS = 1,  /* 1 to BLOCK_TX_MAX entries */
    BLOCK_NOOP = 2,          /* count 0: the first block of each leader */
    BLOCK_CONFIGURATION = 3, /* one entry: the members */
    BLOCK_CHECKPOINT = 4,    /* one entry: what the last one left (checkpoint.h) */
};

/* NULL when it is none. */
const char *block_kind_word(enum block_kind kind);

struct block_header {
    enum block_kind kind;
    uint64_t height;
    uint64_t term;
    uint64_t time_ms;
    uint32_t leader;
    uint32_t count;
    uint32_t payload_size;
    struct hash previous;
    struct hash payload_root;
};

/* A whole block: a view into the buffer it was parsed from. */
struct block {
    struct block_header header;
    struct bytes encoded; /* header and payload */
    struct bytes payload;
    struct hash hash;
};

/* Parses the header alone: the first BLOCK_HEADER_SIZE bytes of `input`, which may be longer.
 * ERR_TRUNCATED, ERR_BAD_VERSION (magic or version), ERR_OUT_OF_RANGE. */
enum err block_header_parse(struct bytes input, struct block_header *out) must_check;

void block_header_write(struct writer *writer, const struct block_header *header);

struct hash block_header_hash(const struct block_header *header);

/* Parses a whole block and recomputes its payload root: ERR_DAMAGED when it differs. Whether it
 * follows its predecessor is block_follows(). */
enum err block_parse(struct bytes input, struct block *out) must_check;

/* ERR_BROKEN_CHAIN unless the height is one more, `previous` is the hash before, the term and the
 * time do not go back. `previous_time_ms` and `previous_term` are 0 for block 1. */
enum err block_follows(const struct block_header *header, uint64_t previous_height,
                       const struct hash *previous_hash, uint64_t previous_term,
                       uint64_t previous_time_ms) must_check;

/* Walks the entries of a parsed block's payload. */
struct block_walk {
    struct reader reader;
    uint32_t left;
};

struct block_walk block_walk(const struct block *block);
bool block_walk_next(struct block_walk *walk, struct bytes *entry);

/*
 * Builds a block in a buffer of the caller's: block_build() leaves room for the header,
 * block_build_add() appends entries, block_build_end() fills the header in.
 */
struct block_build {
    struct writer writer;
    struct merkle_frontier leaves;
    uint32_t count;
};

void block_build(struct block_build *build, void *buffer, size_t capacity);
/* ERR_TOO_LARGE when the entry, or one more, does not fit the block's limits: nothing is added. The
 * entry has one byte or more. */
enum err block_build_add(struct block_build *build, struct bytes entry) must_check;
/* `header`: kind, height, term, time, leader and previous are the caller's; count, payload size
 * and root are set here, and a header that block_header_parse() would refuse ends the process.
 * Returns the block's bytes, a view into the buffer. */
struct bytes block_build_end(struct block_build *build, struct block_header *header);

#endif
