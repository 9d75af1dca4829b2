/*
 * checkpoint.h: what the ledger was at a height, in four numbers: the one entry of a checkpoint
 * block.
 *
 *    0  height      8   0: the genesis
 *    8  tree size   8   transactions up to that height
 *   16  tree root   32  RFC 6962 root over them
 *   48  state root  32  over the rows of the state (ledger/chunk.h)
 *
 * Nothing follows. The height is that of the checkpoint block before the one that holds the entry:
 * docs/internals/blocks.md says why.
 */
#ifndef PROTO_CHECKPOINT_H
#define PROTO_CHECKPOINT_H

#include "proto/hash.h"
#include "proto/reader.h"
#include "proto/writer.h"

#define CHECKPOINT_SIZE (8 + 8 + HASH_SIZE + HASH_SIZE)

struct checkpoint {
    uint64_t height;
    uint64_t tree_size;
    struct hash tree_root;
    struct hash state_root;
};

/* Parses the entry of a checkpoint block. ERR_TRUNCATED, ERR_TRAILING, ERR_OUT_OF_RANGE (a tree
 * larger than any, or one at height 0), ERR_NOT_CANONICAL (an empty tree with another root than
 * the hash of no bytes). After an error `out` is zero. */
enum err checkpoint_parse(struct bytes entry, struct checkpoint *out) must_check;

/* The same when it stands among other fields. Errors stick in the reader. */
void checkpoint_read(struct reader *reader, struct checkpoint *out);

void checkpoint_write(struct writer *writer, const struct checkpoint *checkpoint);

bool checkpoint_equal(const struct checkpoint *a, const struct checkpoint *b);

#endif
