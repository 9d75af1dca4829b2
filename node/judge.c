#include "node/judge.h"

#include "ledger/view.h"

/* True when our log has that very block: of one height and term there is one (inspect.h). */
static bool is_present(const struct chain *chain, const struct block_header *header)
{
    struct chain_link own;
    return header->height <= chain->tip.height &&
           chain_link(chain, header->height, &own) == ERR_OK && own.term == header->term;
}

/* ERR_BUSY: the state is not at the checkpoint that the block speaks of. */
static enum err judge_checkpoint(const struct block *block, struct ledger *ledger)
{
    struct block_walk walk = block_walk(block);
    struct bytes entry = {0};
    struct checkpoint said;
    struct checkpoint last = ledger_checkpoint(ledger);
    (void)block_walk_next(&walk, &entry);
    enum err err = checkpoint_parse(entry, &said);
    if (err != ERR_OK)
        return err;
    if (last.height < said.height)
        return ERR_BUSY;
    return checkpoint_equal(&said, &last) ? ERR_OK : ERR_CHECKPOINT;
}

/* True when a change of members that the state does not know stands in the log below `height`. */
static bool has_change_above(const struct chain *chain, uint64_t applied, uint64_t height)
{
    for (uint64_t at = applied + 1; at < height && at <= chain->tip.height; at++) {
        struct chain_link own;
        if (chain_link(chain, at, &own) != ERR_OK || own.kind == BLOCK_CONFIGURATION)
            return true;
    }
    return false;
}

/* ERR_BUSY: the statement that wanted them may be in a block that is not applied yet. */
static enum err judge_members(const struct chain *chain, struct ledger *ledger,
                              struct inspected *inspected, size_t place, uint64_t keep)
{
    uint64_t height = inspected->blocks[place]->block.header.height;
    uint64_t applied = ledger_position(ledger).height;
    struct view *view;
    if (has_change_above(chain, applied, keep + 1))
        return ERR_BUSY;
    enum err err = view_open(ledger, &view);
    if (err == ERR_OK) {
        err = view_check_members(view, &inspected->members[place]);
        view_close(view);
    }
    if (err == ERR_MEMBERS)
        return applied + 1 < height ? ERR_BUSY : ERR_MEMBERS;
    if (err != ERR_OK)
        inspected->own = err;
    return err;
}

/* A message that begins elsewhere is the core's to refuse: it says where this log ends. */
static bool follows_own(const struct chain *chain, const struct block_header *first)
{
    struct chain_link before;
    return first->height - 1 <= chain->tip.height &&
           chain_link(chain, first->height - 1, &before) == ERR_OK &&
           hash_equal(&before.hash, &first->previous);
}

enum err judge_blocks(const struct chain *chain, struct ledger *ledger, struct inspected *inspected,
                      size_t *taken)
{
    size_t present = 0;
    bool has_change = false;
    *taken = inspected->count;
    if (inspected->count == 0 || !follows_own(chain, &inspected->blocks[0]->block.header))
        return ERR_OK;
    while (present < inspected->count &&
           is_present(chain, &inspected->blocks[present]->block.header))
        present++;
    /* What stays of our log: all below the first new block. */
    uint64_t keep = inspected->blocks[0]->block.header.height - 1 + present;
    for (size_t i = present; i < inspected->count; i++) {
        const struct block *block = &inspected->blocks[i]->block;
        enum err err = ERR_OK;
        if (block->header.kind == BLOCK_CHECKPOINT)
            err = judge_checkpoint(block, ledger);
        if (block->header.kind == BLOCK_CONFIGURATION)
            err = has_change ? ERR_BUSY : judge_members(chain, ledger, inspected, i, keep);
        has_change |= block->header.kind == BLOCK_CONFIGURATION;
        if (err != ERR_OK)
            *taken = i;
        if (err != ERR_OK)
            return err == ERR_BUSY ? ERR_OK : err;
    }
    return ERR_OK;
}
