#include "node/inspect.h"

#include "node/trail.h"
#include "proto/checkpoint.h"

#include "node/members.h"

void inspected_drop(struct inspected *inspected)
{
    for (size_t i = 0; i < inspected->count; i++)
        block_ref_drop(inspected->blocks[i]);
    inspected->count = 0;
}

/* What the message is not to blame for. */
static enum err note_own(struct inspected *out, enum err err)
{
    out->own = err;
    return err;
}

/* Our own block of that height and term, if there is one, must be this one. */
static enum err check_own(const struct chain *chain, const struct chain_link *said,
                          struct chain_link *own, struct inspected *out)
{
    if (said->height > chain->tip.height)
        return ERR_NOT_FOUND;
    enum err err = chain_link(chain, said->height, own);
    if (err != ERR_OK)
        return note_own(out, err);
    if (own->term != said->term)
        return ERR_NOT_FOUND;
    return hash_equal(&own->hash, &said->hash) ? ERR_OK : ERR_DIVERGED;
}

static enum err check_block(const struct chain *chain, const struct raft_message *message,
                            const struct block *block, const struct chain_link *before,
                            struct inspected *out)
{
    const struct block_header *header = &block->header;
    if (header->term > message->term)
        return ERR_BROKEN_CHAIN;
    struct chain_link own;
    struct chain_link said = {.height = header->height, .term = header->term, .hash = block->hash};
    enum err err =
        block_follows(header, before->height, &before->hash, before->term, before->time_ms);
    if (err == ERR_OK)
        err = check_own(chain, &said, &own, out);
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

/* Where the blocks of a message follow on. */
struct footing {
    struct chain_link before; /* the block before the next */
    bool is_own;              /* the first follows a block of ours */
    bool knows_checkpoint;
    uint64_t checkpoint; /* the last one before the next block */
};

/* What the first block must follow: our own block at message->index. When we have none of that term
 * there, the core refuses the message, and only its inner order can be checked. */
static enum err find_before(const struct chain *chain, const struct raft_message *message,
                            const struct block *first, struct footing *footing,
                            struct inspected *out)
{
    const struct chain_link said = {
        .height = message->index,
        .term = message->log_term,
        .hash = first->header.previous,
    };
    enum err err = check_own(chain, &said, &footing->before, out);
    footing->is_own = err == ERR_OK;
    if (err != ERR_NOT_FOUND)
        return err;
    footing->before = said;
    return ERR_OK;
}

/* Its entry parses, and names the checkpoint before it. What it says of that is for the ledger to
 * judge. */
static enum err check_checkpoint(const struct chain *chain, const struct raft_message *message,
                                 const struct block *block, struct footing *footing,
                                 struct inspected *out)
{
    struct block_walk walk = block_walk(block);
    struct bytes entry = {0};
    struct checkpoint checkpoint;
    (void)block_walk_next(&walk, &entry);
    enum err err = checkpoint_parse(entry, &checkpoint);
    if (err == ERR_OK && footing->is_own && !footing->knows_checkpoint) {
        struct trail trail;
        err = note_own(out, trail_find(chain, message->index, &trail));
        footing->knows_checkpoint = err == ERR_OK;
        footing->checkpoint = trail.checkpoint;
    }
    if (err == ERR_OK && footing->knows_checkpoint && checkpoint.height != footing->checkpoint)
        err = ERR_CHECKPOINT;
    footing->knows_checkpoint = true;
    footing->checkpoint = block->header.height;
    return err;
}

/* The next block, and what the core is told of it. */
static enum err take_block(struct bytes encoded, struct inspected *out)
{
    size_t place = out->count;
    struct block_ref **ref = &out->blocks[place];
    enum err err = block_ref_make(encoded, ref);
    if (err != ERR_OK)
        return err;
    out->count++;
    const struct block *block = &(*ref)->block;
    out->entries[place] = (struct raft_entry){
        .term = block->header.term,
        .size = (uint32_t)encoded.size,
        .kind = chain_entry_kind(block->header.kind),
        .members = &out->members[place],
    };
    bool has_members = block->header.kind == BLOCK_CONFIGURATION;
    return has_members ? members_of_block(block, &out->members[place]) : ERR_OK;
}

static enum err inspect_all(const struct chain *chain, const struct raft_message *message,
                            struct bytes frames, uint64_t time_max_ms, struct inspected *out)
{
    struct reader reader = reader_over(frames);
    struct footing footing = {0};
    struct bytes encoded;
    while (block_frame_next(&reader, &encoded)) {
        enum err err = take_block(encoded, out);
        if (err != ERR_OK)
            return err;
        const struct block *block = &out->blocks[out->count - 1]->block;
        if (out->count == 1)
            err = find_before(chain, message, block, &footing, out);
        if (err == ERR_OK)
            err = check_block(chain, message, block, &footing.before, out);
        if (err == ERR_OK && block->header.kind == BLOCK_CHECKPOINT)
            err = check_checkpoint(chain, message, block, &footing, out);
        if (err == ERR_OK && block->header.time_ms > time_max_ms)
            err = ERR_CLOCK;
        if (err != ERR_OK)
            return err;
        footing.before = (struct chain_link){
            .height = block->header.height,
            .term = block->header.term,
            .time_ms = block->header.time_ms,
            .hash = block->hash,
        };
    }
    return ERR_OK;
}

enum err inspect_append(const struct chain *chain, const struct raft_message *message,
                        struct bytes frames, uint64_t wall_ms, uint64_t skew_max_ms,
                        struct inspected *out)
{
    out->count = 0;
    out->own = ERR_OK;
    if (message->count > RAFT_APPEND_MAX)
        return ERR_TOO_MANY;
    enum err err = inspect_all(chain, message, frames, wall_ms + skew_max_ms, out);
    if (err != ERR_OK)
        inspected_drop(out);
    return err;
}
