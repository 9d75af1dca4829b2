#include "node/witness.h"

/* Room for a checkpoint block. */
enum { BLOCK_ROOM = 1024 };

/* The entry of the checkpoint block of that height. */
static enum err read_entry(struct disk *disk, uint64_t height, struct checkpoint *out)
{
    uint8_t room[BLOCK_ROOM];
    struct block block;
    struct bytes entry = {0};
    enum err err = disk_read(disk, height, room, sizeof room, &block);
    if (err != ERR_OK)
        return err;
    struct block_walk walk = block_walk(&block);
    bool has_entry = block_walk_next(&walk, &entry);
    if (block.header.kind != BLOCK_CHECKPOINT || !has_entry)
        return ERR_NOT_FOUND;
    return checkpoint_parse(entry, out);
}

enum err witness_ask(struct disk *disk, uint64_t last, uint64_t settled, uint64_t height,
                     struct checkpoint *out)
{
    uint64_t at = last;
    for (unsigned i = 0; i < WITNESS_STEPS_MAX && at > height; i++) {
        enum err err = read_entry(disk, at, out);
        if (err != ERR_OK)
            return err;
        if (out->height == height && at <= settled)
            return ERR_OK;
        if (out->height >= at)
            return ERR_NOT_FOUND;
        at = out->height;
    }
    return ERR_NOT_FOUND;
}
