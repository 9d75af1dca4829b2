#include "proto/block.h"

#include "proto/frame.h"
#include "proto/invariant.h"
#include "proto/limits.h"

static const uint8_t magic[4] = {'I', 'M', 'E', 'B'};

enum { BLOCK_VERSION = 1 };

const char *block_kind_word(enum block_kind kind)
{
    switch (kind) {
    case BLOCK_TRANSACTIONS: return "transactions";
    case BLOCK_NOOP: return "no-op";
    case BLOCK_CONFIGURATION: return "configuration";
    case BLOCK_CHECKPOINT: return "checkpoint";
    }
    return NULL;
}

static bool count_fits(enum block_kind kind, uint32_t count)
{
    switch (kind) {
    case BLOCK_TRANSACTIONS: return count >= 1 && count <= BLOCK_TX_MAX;
    case BLOCK_NOOP: return count == 0;
    case BLOCK_CONFIGURATION:
    case BLOCK_CHECKPOINT: return count == 1;
    }
    return false;
}

static bool payload_size_fits(uint32_t count, uint32_t size)
{
    uint64_t least = (uint64_t)count * (FRAME_HEAD_SIZE + 1);
    uint64_t most = count == 0 ? 0 : BLOCK_SIZE_MAX - BLOCK_HEADER_SIZE;
    return size >= least && size <= most;
}

/* What must hold of every header, read or written. */
static bool header_is_sound(const struct block_header *header)
{
    return header->height > 0 && header->term > 0 && header->leader > 0 &&
           header->time_ms <= TIME_MAX_MS && count_fits(header->kind, header->count) &&
           payload_size_fits(header->count, header->payload_size);
}

enum err block_header_parse(struct bytes input, struct block_header *out)
{
    struct reader reader = reader_over(input);
    struct bytes found_magic = reader_bytes(&reader, sizeof magic);
    uint8_t version = reader_u8(&reader);
    *out = (struct block_header){0};
    out->kind = (enum block_kind)reader_u8(&reader);
    uint16_t zero = reader_u16(&reader);
    out->height = reader_u64(&reader);
    out->term = reader_u64(&reader);
    out->time_ms = reader_u64(&reader);
    out->leader = reader_u32(&reader);
    out->count = reader_u32(&reader);
    out->payload_size = reader_u32(&reader);
    uint32_t more_zero = reader_u32(&reader);
    reader_copy(&reader, out->previous.bytes, HASH_SIZE);
    reader_copy(&reader, out->payload_root.bytes, HASH_SIZE);

    if (!reader_ok(&reader))
        return reader.err;
    if (!bytes_equal(found_magic, bytes_of(magic, sizeof magic)) || version != BLOCK_VERSION)
        return ERR_BAD_VERSION;
    if (zero != 0 || more_zero != 0 || !header_is_sound(out))
        return ERR_OUT_OF_RANGE;
    return ERR_OK;
}

void block_header_write(struct writer *writer, const struct block_header *header)
{
    writer_bytes(writer, magic, sizeof magic);
    writer_u8(writer, BLOCK_VERSION);
    writer_u8(writer, (uint8_t)header->kind);
    writer_u16(writer, 0);
    writer_u64(writer, header->height);
    writer_u64(writer, header->term);
    writer_u64(writer, header->time_ms);
    writer_u32(writer, header->leader);
    writer_u32(writer, header->count);
    writer_u32(writer, header->payload_size);
    writer_u32(writer, 0);
    writer_bytes(writer, header->previous.bytes, HASH_SIZE);
    writer_bytes(writer, header->payload_root.bytes, HASH_SIZE);
}

struct hash block_header_hash(const struct block_header *header)
{
    uint8_t buffer[BLOCK_HEADER_SIZE];
    struct writer writer = writer_over(buffer, sizeof buffer);
    block_header_write(&writer, header);
    invariant(writer.size == BLOCK_HEADER_SIZE);
    return hash_of(writer_view(&writer));
}

/* Reads the payload's entries to its end and returns their root. */
static enum err root_of_payload(struct bytes payload, uint32_t count, struct hash *out)
{
    struct merkle_frontier leaves = {0};
    struct reader reader = reader_over(payload);
    for (uint32_t i = 0; i < count && reader_ok(&reader); i++) {
        struct hash leaf = merkle_leaf(frame_read(&reader, payload.size));
        merkle_frontier_add(&leaves, &leaf);
    }
    *out = merkle_frontier_root(&leaves);
    return reader_done(&reader);
}

enum err block_parse(struct bytes input, struct block *out)
{
    *out = (struct block){0};
    enum err err = block_header_parse(input, &out->header);
    if (err != ERR_OK)
        return err;

    struct reader reader = reader_over(input);
    struct bytes header = reader_bytes(&reader, BLOCK_HEADER_SIZE);
    struct bytes payload = reader_bytes(&reader, out->header.payload_size);
    err = reader_done(&reader);
    if (err != ERR_OK)
        return err;

    struct hash root;
    err = root_of_payload(payload, out->header.count, &root);
    if (err != ERR_OK)
        return err;
    if (!hash_equal(&root, &out->header.payload_root))
        return ERR_DAMAGED;
    out->encoded = input;
    out->payload = payload;
    out->hash = hash_of(header);
    return ERR_OK;
}

enum err block_follows(const struct block_header *header, uint64_t previous_height,
                       const struct hash *previous_hash, uint64_t previous_term,
                       uint64_t previous_time_ms)
{
    if (previous_height == UINT64_MAX || header->height != previous_height + 1)
        return ERR_BROKEN_CHAIN;
    if (!hash_equal(&header->previous, previous_hash))
        return ERR_BROKEN_CHAIN;
    if (header->term < previous_term || header->time_ms < previous_time_ms)
        return ERR_BROKEN_CHAIN;
    return ERR_OK;
}

struct block_walk block_walk(const struct block *block)
{
    return (struct block_walk){
        .reader = reader_over(block->payload),
        .left = block->header.count,
    };
}

bool block_walk_next(struct block_walk *walk, struct bytes *entry)
{
    if (walk->left == 0)
        return false;
    *entry = frame_read(&walk->reader, BLOCK_SIZE_MAX);
    invariant(reader_ok(&walk->reader)); /* block_parse() has read the same bytes */
    walk->left--;
    return true;
}

void block_build(struct block_build *build, void *buffer, size_t capacity)
{
    invariant(capacity >= BLOCK_HEADER_SIZE);
    *build = (struct block_build){
        .writer = writer_over(buffer, capacity < BLOCK_SIZE_MAX ? capacity : BLOCK_SIZE_MAX),
    };
    build->writer.size = BLOCK_HEADER_SIZE;
}

enum err block_build_add(struct block_build *build, struct bytes entry)
{
    size_t room = build->writer.capacity - build->writer.size;
    if (build->count == BLOCK_TX_MAX || room < FRAME_HEAD_SIZE ||
        room - FRAME_HEAD_SIZE < entry.size)
        return ERR_TOO_LARGE;
    frame_write(&build->writer, entry);
    struct hash leaf = merkle_leaf(entry);
    merkle_frontier_add(&build->leaves, &leaf);
    build->count++;
    return ERR_OK;
}

struct bytes block_build_end(struct block_build *build, struct block_header *header)
{
    invariant(writer_ok(&build->writer));
    header->count = build->count;
    header->payload_size = (uint32_t)(build->writer.size - BLOCK_HEADER_SIZE);
    header->payload_root = merkle_frontier_root(&build->leaves);
    invariant(header_is_sound(header));
    struct writer front = writer_over(build->writer.data, BLOCK_HEADER_SIZE);
    block_header_write(&front, header);
    return writer_view(&build->writer);
}
