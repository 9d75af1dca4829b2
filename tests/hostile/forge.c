#include "tests/hostile/forge.h"

#include "proto/frame.h"
#include "proto/invariant.h"
#include "proto/raft_message.h"

/* Heights whose forged hashes are remembered: as many as a follower may be behind. */
#define FORK_HEIGHTS 1024

static struct {
    uint64_t height[FORK_HEIGHTS];
    struct hash hash[FORK_HEIGHTS];
} branch;

static void add(struct block_build *build, struct bytes entry)
{
    enum err err = block_build_add(build, entry);
    invariant(err == ERR_OK);
}

struct bytes forge_block(const struct block *block, const struct hash *previous)
{
    static uint8_t buffer[BLOCK_SIZE_MAX];
    static const uint8_t rubbish[] = {0xa0};
    struct block_build build;
    block_build(&build, buffer, sizeof buffer);
    struct block_walk walk = block_walk(block);
    struct bytes entry;
    if (block->header.kind == BLOCK_TRANSACTIONS)
        add(&build, bytes_of(rubbish, sizeof rubbish));
    while (block->header.kind != BLOCK_TRANSACTIONS && block_walk_next(&walk, &entry))
        add(&build, entry);
    struct block_header header = block->header;
    header.previous = *previous;
    return block_build_end(&build, &header);
}

void fork_begin(void)
{
    memset(&branch, 0, sizeof branch);
}

static struct bytes fork_block(const struct block *block)
{
    uint64_t height = block->header.height;
    size_t before = (height - 1) % FORK_HEIGHTS;
    bool has_parted = branch.height[before] == height - 1 && height > 1;
    if (!has_parted && block->header.kind != BLOCK_TRANSACTIONS)
        return block->encoded;
    struct bytes forged =
        forge_block(block, has_parted ? &branch.hash[before] : &block->header.previous);
    struct block_header header;
    enum err err = block_header_parse(forged, &header);
    invariant(err == ERR_OK);
    branch.height[height % FORK_HEIGHTS] = height;
    branch.hash[height % FORK_HEIGHTS] = block_header_hash(&header);
    return forged;
}

void fork_write(struct writer *writer, struct bytes blocks)
{
    struct reader reader = reader_over(blocks);
    struct bytes encoded;
    while (block_frame_next(&reader, &encoded)) {
        struct block block;
        enum err err = block_parse(encoded, &block);
        invariant(err == ERR_OK);
        frame_write(writer, fork_block(&block));
    }
}
