#include "proto/checkpoint.h"

#include "proto/merkle.h"

static enum err check(const struct checkpoint *checkpoint)
{
    if (checkpoint->tree_size > UINT64_C(1) << MERKLE_LEVELS_MAX)
        return ERR_OUT_OF_RANGE;
    if (checkpoint->tree_size > 0)
        return checkpoint->height == 0 ? ERR_OUT_OF_RANGE : ERR_OK;
    const struct merkle_frontier empty = {0};
    struct hash root = merkle_frontier_root(&empty);
    return hash_equal(&checkpoint->tree_root, &root) ? ERR_OK : ERR_NOT_CANONICAL;
}

void checkpoint_read(struct reader *reader, struct checkpoint *out)
{
    out->height = reader_u64(reader);
    out->tree_size = reader_u64(reader);
    reader_copy(reader, out->tree_root.bytes, HASH_SIZE);
    reader_copy(reader, out->state_root.bytes, HASH_SIZE);
    enum err err = check(out);
    if (err != ERR_OK)
        reader_fail(reader, err);
}

enum err checkpoint_parse(struct bytes entry, struct checkpoint *out)
{
    struct reader reader = reader_over(entry);
    checkpoint_read(&reader, out);
    enum err err = reader_done(&reader);
    if (err != ERR_OK)
        *out = (struct checkpoint){0};
    return err;
}

void checkpoint_write(struct writer *writer, const struct checkpoint *checkpoint)
{
    writer_u64(writer, checkpoint->height);
    writer_u64(writer, checkpoint->tree_size);
    writer_bytes(writer, checkpoint->tree_root.bytes, HASH_SIZE);
    writer_bytes(writer, checkpoint->state_root.bytes, HASH_SIZE);
}

bool checkpoint_equal(const struct checkpoint *a, const struct checkpoint *b)
{
    return a->height == b->height && a->tree_size == b->tree_size &&
           hash_equal(&a->tree_root, &b->tree_root) && hash_equal(&a->state_root, &b->state_root);
}
