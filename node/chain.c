#include "node/chain.h"

#include "node/trail.h"
#include "proto/invariant.h"

#include <stdlib.h>

static struct chain_link link_of(const struct block_header *header, const struct hash *hash,
                                 uint32_t size)
{
    return (struct chain_link){
        .height = header->height,
        .term = header->term,
        .time_ms = header->time_ms,
        .hash = *hash,
        .size = size,
        .kind = header->kind,
    };
}

static enum err link_on_disk(const struct chain *chain, uint64_t height, struct chain_link *out)
{
    struct block_header header;
    uint32_t size;
    enum err err = disk_header(chain->disk, height, &header, &size);
    if (err != ERR_OK)
        return err;
    struct hash hash = block_header_hash(&header);
    *out = link_of(&header, &hash, size);
    return ERR_OK;
}

enum err chain_open(struct chain *chain, struct disk *disk, const struct genesis *genesis)
{
    *chain = (struct chain){
        .disk = disk,
        .genesis = {.time_ms = genesis->time_ms, .hash = genesis->network},
    };
    block_cache_init(&chain->cache, CHAIN_CACHE_BYTES);
    uint64_t last = disk_state(disk).last;
    chain->tip = chain->genesis;
    enum err err = last == 0 ? ERR_OK : link_on_disk(chain, last, &chain->tip);
    return err == ERR_OK ? trail_find(chain, last, &chain->trail) : err;
}

void chain_close(struct chain *chain)
{
    block_cache_clear(&chain->cache);
}

enum err chain_link(const struct chain *chain, uint64_t height, struct chain_link *out)
{
    if (height > chain->tip.height)
        return ERR_NOT_FOUND;
    if (height == chain->tip.height) {
        *out = chain->tip;
        return ERR_OK;
    }
    if (height == 0) {
        *out = chain->genesis;
        return ERR_OK;
    }
    const struct block_ref *ref = block_cache_get(&chain->cache, height);
    if (ref == NULL)
        return link_on_disk(chain, height, out);
    *out = link_of(&ref->block.header, &ref->block.hash, (uint32_t)ref->block.encoded.size);
    return ERR_OK;
}

enum err chain_block(const struct chain *chain, uint64_t height, struct block_ref **out)
{
    *out = NULL;
    struct block_ref *cached = block_cache_get(&chain->cache, height);
    if (cached != NULL) {
        *out = block_ref_hold(cached);
        return ERR_OK;
    }
    struct block_header header;
    uint32_t size;
    enum err err = disk_header(chain->disk, height, &header, &size);
    if (err != ERR_OK)
        return err;
    struct block_ref *ref = malloc(sizeof *ref + size);
    if (ref == NULL)
        return ERR_MEMORY;
    atomic_init(&ref->count, 1);
    err = disk_read(chain->disk, height, ref->bytes, size, &ref->block);
    if (err != ERR_OK) {
        free(ref);
        return err;
    }
    *out = ref;
    return ERR_OK;
}

void chain_append(struct chain *chain, struct block_ref *block)
{
    const struct block_header *header = &block->block.header;
    invariant(header->height == chain->tip.height + 1);
    invariant(hash_equal(&header->previous, &chain->tip.hash));
    block_cache_add(&chain->cache, block);
    chain->tip = link_of(header, &block->block.hash, (uint32_t)block->block.encoded.size);
    trail_add(&chain->trail, &chain->tip);
}

enum err chain_cut(struct chain *chain, uint64_t keep)
{
    struct chain_link tip;
    enum err err = chain_link(chain, keep, &tip);
    if (err != ERR_OK)
        return err;
    block_cache_cut(&chain->cache, keep);
    chain->tip = tip;
    return trail_find(chain, keep, &chain->trail);
}

void chain_trim(struct chain *chain, uint64_t height)
{
    block_cache_trim(&chain->cache, height);
}

enum raft_entry_kind chain_entry_kind(enum block_kind kind)
{
    switch (kind) {
    case BLOCK_NOOP: return RAFT_ENTRY_NOOP;
    case BLOCK_CONFIGURATION: return RAFT_ENTRY_MEMBERS;
    case BLOCK_TRANSACTIONS:
    case BLOCK_CHECKPOINT: break;
    }
    return RAFT_ENTRY_NORMAL;
}
