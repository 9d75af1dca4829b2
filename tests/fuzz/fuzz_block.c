/* Blocks: what parses is built again from its parts with the same bytes. */
#include "proto/block.h"
#include "proto/frame.h"
#include "proto/invariant.h"
#include "proto/limits.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { AT_ROOT = 80 };

static uint8_t mended[BLOCK_SIZE_MAX];
static uint8_t built[BLOCK_SIZE_MAX];

static void check_header(struct bytes input)
{
    struct block_header header;
    if (block_header_parse(input, &header) != ERR_OK)
        return;
    uint8_t again[BLOCK_HEADER_SIZE];
    struct writer writer = writer_over(again, sizeof again);
    block_header_write(&writer, &header);
    invariant(bytes_equal(writer_view(&writer), bytes_of(input.data, BLOCK_HEADER_SIZE)));
    struct hash hash = block_header_hash(&header);
    struct hash expected = hash_of(writer_view(&writer));
    invariant(hash_equal(&hash, &expected));
}

static void check_block(const struct block *block, struct bytes input)
{
    struct block_build build;
    struct bytes entry;
    block_build(&build, built, sizeof built);
    for (struct block_walk walk = block_walk(block); block_walk_next(&walk, &entry);)
        invariant(block_build_add(&build, entry) == ERR_OK);
    struct block_header header = block->header;
    invariant(bytes_equal(block_build_end(&build, &header), input));
    invariant(bytes_equal(block->encoded, input));

    /* The block that follows this one does, and this one does not follow itself. */
    header.height++;
    header.previous = block->hash;
    invariant(header.height == 0 ||
              block_follows(&header, block->header.height, &block->hash, block->header.term,
                            block->header.time_ms) == ERR_OK);
    invariant(block_follows(&block->header, block->header.height, &block->hash, block->header.term,
                            block->header.time_ms) == ERR_BROKEN_CHAIN);
}

/* No fuzzer guesses a root: gives the block the right one. What ERR_DAMAGED was said of lacked
 * nothing else. */
static void check_mended(struct bytes input)
{
    struct merkle_frontier leaves = {0};
    struct reader reader =
        reader_over(bytes_of(input.data + BLOCK_HEADER_SIZE, input.size - BLOCK_HEADER_SIZE));
    while (reader_left(&reader) > 0) {
        struct hash leaf = merkle_leaf(frame_read(&reader, SIZE_MAX));
        merkle_frontier_add(&leaves, &leaf);
    }
    invariant(reader_done(&reader) == ERR_OK);

    struct hash root = merkle_frontier_root(&leaves);
    memcpy(mended, input.data, input.size);
    memcpy(mended + AT_ROOT, root.bytes, HASH_SIZE);
    struct block block;
    invariant(block_parse(bytes_of(mended, input.size), &block) == ERR_OK);
    check_block(&block, bytes_of(mended, input.size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes input = bytes_of(data, size);
    check_header(input);
    struct block block;
    enum err err = block_parse(input, &block);
    if (err == ERR_OK)
        check_block(&block, input);
    if (err == ERR_DAMAGED)
        check_mended(input);
    return 0;
}
