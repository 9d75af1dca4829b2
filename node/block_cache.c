#include "node/block_cache.h"

#include "proto/invariant.h"

#include <stdlib.h>

enum err block_ref_make(struct bytes encoded, struct block_ref **out)
{
    *out = NULL;
    struct block_ref *ref = malloc(sizeof *ref + encoded.size);
    if (ref == NULL)
        return ERR_MEMORY;
    memcpy(ref->bytes, encoded.data, encoded.size);
    atomic_init(&ref->count, 1);
    enum err err = block_parse(bytes_of(ref->bytes, encoded.size), &ref->block);
    if (err != ERR_OK) {
        free(ref);
        return err;
    }
    *out = ref;
    return ERR_OK;
}

struct block_ref *block_ref_hold(struct block_ref *ref)
{
    atomic_fetch_add(&ref->count, 1);
    return ref;
}

void block_ref_drop(struct block_ref *ref)
{
    if (ref != NULL && atomic_fetch_sub(&ref->count, 1) == 1)
        free(ref);
}

void block_cache_init(struct block_cache *cache, size_t bytes_max)
{
    *cache = (struct block_cache){.bytes_max = bytes_max};
}

static struct block_ref **slot_of(struct block_cache *cache, uint64_t height)
{
    return &cache->slots[height % BLOCK_CACHE_SLOTS];
}

static void forget(struct block_cache *cache, uint64_t height)
{
    struct block_ref **slot = slot_of(cache, height);
    invariant(*slot != NULL && (*slot)->block.header.height == height);
    cache->bytes -= (*slot)->block.encoded.size;
    block_ref_drop(*slot);
    *slot = NULL;
}

static bool is_empty(const struct block_cache *cache)
{
    return cache->first == 0;
}

static void forget_first(struct block_cache *cache)
{
    forget(cache, cache->first);
    cache->first++;
    if (cache->first > cache->last)
        cache->first = cache->last = 0;
}

void block_cache_add(struct block_cache *cache, struct block_ref *ref)
{
    uint64_t height = ref->block.header.height;
    invariant(is_empty(cache) || height == cache->last + 1);
    if (is_empty(cache))
        cache->first = height;
    else if (height - cache->first >= BLOCK_CACHE_SLOTS)
        forget_first(cache);
    if (is_empty(cache))
        cache->first = height;
    *slot_of(cache, height) = block_ref_hold(ref);
    cache->bytes += ref->block.encoded.size;
    cache->last = height;
}

void block_cache_cut(struct block_cache *cache, uint64_t keep)
{
    while (!is_empty(cache) && cache->last > keep) {
        forget(cache, cache->last);
        cache->last--;
        if (cache->last < cache->first)
            cache->first = cache->last = 0;
    }
}

void block_cache_trim(struct block_cache *cache, uint64_t height)
{
    while (!is_empty(cache) && cache->first <= height && cache->bytes > cache->bytes_max)
        forget_first(cache);
}

void block_cache_clear(struct block_cache *cache)
{
    block_cache_cut(cache, 0);
}

struct block_ref *block_cache_get(const struct block_cache *cache, uint64_t height)
{
    if (is_empty(cache) || height < cache->first || height > cache->last)
        return NULL;
    return cache->slots[height % BLOCK_CACHE_SLOTS];
}
