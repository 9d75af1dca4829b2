#include "tests/sim/blocks.h"

#include "proto/invariant.h"
#include "tests/sim/random.h"

void blocks_reset(struct blocks *blocks, const struct raft_members *genesis)
{
    blocks->count = 1;
    blocks->block[0] = (struct block){.hash = 1, .op = UINT32_MAX};
    blocks->members_count = 1;
    blocks->members[0] = *genesis;
}

bool blocks_have_room(const struct blocks *blocks)
{
    return blocks->count < BLOCKS_MAX && blocks->members_count < MEMBERS_SETS_MAX;
}

/* Skew-binary jumps: a jump doubles when the two before it were of equal length. */
static uint32_t jump_from(const struct blocks *blocks, uint32_t parent)
{
    const struct block *one = &blocks->block[parent];
    const struct block *two = &blocks->block[one->jump];
    const struct block *three = &blocks->block[two->jump];
    return one->index - two->index == two->index - three->index ? two->jump : parent;
}

uint32_t blocks_add(struct blocks *blocks, uint32_t parent, const struct block *draft,
                    const struct raft_members *members)
{
    invariant(blocks_have_room(blocks));
    uint32_t number = blocks->count++;
    const struct block *before = &blocks->block[parent];
    struct block *block = &blocks->block[number];
    *block = *draft;
    block->parent = parent;
    block->index = before->index + 1;
    block->jump = jump_from(blocks, parent);
    block->bytes = before->bytes + draft->size;
    block->config = draft->kind == RAFT_ENTRY_MEMBERS ? number : before->config;
    block->write = draft->kind == RAFT_ENTRY_NORMAL ? number : before->write;
    block->members = 0;
    if (draft->kind == RAFT_ENTRY_MEMBERS) {
        block->members = blocks->members_count++;
        blocks->members[block->members] = *members;
    }
    block->hash = random_mix(before->hash ^ random_mix(((uint64_t)number << 32) ^ draft->term));
    return number;
}

uint32_t blocks_at(const struct blocks *blocks, uint32_t head, uint32_t index)
{
    invariant(blocks->block[head].index >= index);
    while (blocks->block[head].index > index) {
        const struct block *block = &blocks->block[head];
        head = blocks->block[block->jump].index >= index ? block->jump : block->parent;
    }
    return head;
}

const struct raft_members *blocks_members(const struct blocks *blocks, uint32_t head)
{
    return &blocks->members[blocks->block[blocks->block[head].config].members];
}

struct raft_entry blocks_entry(const struct blocks *blocks, uint32_t number)
{
    const struct block *block = &blocks->block[number];
    return (struct raft_entry){
        .term = block->term,
        .size = block->size,
        .kind = block->kind,
        .members = block->kind == RAFT_ENTRY_MEMBERS ? &blocks->members[block->members] : NULL,
    };
}
