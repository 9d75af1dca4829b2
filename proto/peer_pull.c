#include "proto/peer_pull.h"

#include "proto/frame.h"
#include "proto/invariant.h"
#include "proto/limits.h"

/* ---- ANCHOR_WANTED ---- */

enum err peer_anchor_wanted_parse(struct bytes frame, struct peer_anchor_wanted *out)
{
    struct reader reader = peer_frame_body(frame, PEER_ANCHOR_WANTED);
    reader_zeroes(&reader, 3);
    out->height = reader_u64(&reader);
    if (out->height == 0)
        reader_fail(&reader, ERR_OUT_OF_RANGE);
    return reader_done(&reader);
}

void peer_anchor_wanted_write(struct writer *writer, const struct peer_anchor_wanted *wanted)
{
    invariant(wanted->height > 0);
    peer_frame_start(writer, PEER_ANCHOR_WANTED);
    writer_u64(writer, wanted->height);
}

/* ---- ANCHOR ---- */

enum err peer_anchor_parse(struct bytes frame, struct peer_anchor *out)
{
    struct reader reader = peer_frame_body(frame, PEER_ANCHOR);
    reader_zeroes(&reader, 3);
    out->term = reader_u64(&reader);
    out->height = reader_u64(&reader);
    reader_copy(&reader, out->hash.bytes, HASH_SIZE);
    if (out->term == 0 || out->height == 0)
        reader_fail(&reader, ERR_OUT_OF_RANGE);
    return reader_done(&reader);
}

void peer_anchor_write(struct writer *writer, const struct peer_anchor *anchor)
{
    invariant(anchor->term > 0);
    invariant(anchor->height > 0);
    peer_frame_start(writer, PEER_ANCHOR);
    writer_u64(writer, anchor->term);
    writer_u64(writer, anchor->height);
    writer_bytes(writer, anchor->hash.bytes, HASH_SIZE);
}

/* ---- BLOCKS_WANTED ---- */

static bool range_is_sound(uint64_t first, uint32_t count)
{
    return first > 0 && count <= PEER_BLOCKS_MAX && first <= UINT64_MAX - count;
}

enum err peer_blocks_wanted_parse(struct bytes frame, struct peer_blocks_wanted *out)
{
    struct reader reader = peer_frame_body(frame, PEER_BLOCKS_WANTED);
    reader_zeroes(&reader, 3);
    out->request = reader_u64(&reader);
    out->first = reader_u64(&reader);
    out->count = reader_u32(&reader);
    if (!range_is_sound(out->first, out->count) || out->count == 0)
        reader_fail(&reader, ERR_OUT_OF_RANGE);
    return reader_done(&reader);
}

void peer_blocks_wanted_write(struct writer *writer, const struct peer_blocks_wanted *wanted)
{
    invariant(range_is_sound(wanted->first, wanted->count));
    invariant(wanted->count > 0);
    peer_frame_start(writer, PEER_BLOCKS_WANTED);
    writer_u64(writer, wanted->request);
    writer_u64(writer, wanted->first);
    writer_u32(writer, wanted->count);
}

/* ---- BLOCKS ---- */

/* A block above BLOCK_SIZE_MAX is refused by itself, so one alone is never above the whole. */
static bool size_is_sound(size_t size)
{
    return size <= PEER_BLOCKS_SIZE_MAX;
}

enum err peer_blocks_parse(struct bytes frame, struct peer_blocks *out)
{
    struct reader reader = peer_frame_body(frame, PEER_BLOCKS);
    reader_zeroes(&reader, 3);
    out->request = reader_u64(&reader);
    out->first = reader_u64(&reader);
    out->count = reader_u32(&reader);
    if (!range_is_sound(out->first, out->count))
        reader_fail(&reader, ERR_OUT_OF_RANGE);
    out->frames = frames_read(&reader, out->count, BLOCK_SIZE_MAX);
    if (!size_is_sound(out->frames.size))
        reader_fail(&reader, ERR_TOO_LARGE);
    enum err err = reader_done(&reader);
    if (err != ERR_OK)
        out->frames = bytes_of(NULL, 0);
    return err;
}

void peer_blocks_head_write(struct writer *writer, const struct peer_blocks *blocks)
{
    invariant(range_is_sound(blocks->first, blocks->count));
    peer_frame_start(writer, PEER_BLOCKS);
    writer_u64(writer, blocks->request);
    writer_u64(writer, blocks->first);
    writer_u32(writer, blocks->count);
}

void peer_blocks_write(struct writer *writer, const struct peer_blocks *blocks)
{
    invariant(size_is_sound(blocks->frames.size));
    peer_blocks_head_write(writer, blocks);
    writer_bytes(writer, blocks->frames.data, blocks->frames.size);
}
