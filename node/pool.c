#include "node/pool.h"

#include <stdlib.h>

enum err pool_open(struct pool *pool, size_t bytes_max)
{
    *pool = (struct pool){.bytes_max = bytes_max, .last = &pool->first};
    return id_map_open(&pool->map);
}

static void entry_free(struct pool_entry *entry)
{
    tx_ref_drop(entry->tx);
    free(entry);
}

void pool_clear(struct pool *pool)
{
    size_t bucket = 0;
    struct id_entry *entry;
    while (pool->map.buckets != NULL && (entry = id_map_take(&pool->map, &bucket)) != NULL)
        entry_free((struct pool_entry *)entry);
    pool->first = pool->rest = NULL;
    pool->last = &pool->first;
    pool->waiting_bytes = pool->bytes = 0;
}

void pool_close(struct pool *pool)
{
    pool_clear(pool);
    id_map_close(&pool->map);
}

enum err pool_add(struct pool *pool, struct tx_ref *tx, uint64_t now_ms)
{
    size_t size = tx->tx.encoded.size;
    if (id_map_find(&pool->map, &tx->tx.id) != NULL)
        return ERR_OK;
    if (pool->bytes_max - pool->bytes < size)
        return ERR_BUSY;
    struct pool_entry *entry = malloc(sizeof *entry);
    if (entry == NULL)
        return ERR_MEMORY;
    *entry = (struct pool_entry){
        .entry = {.id = tx->tx.id},
        .tx = tx_ref_hold(tx),
        .admitted_ms = now_ms,
    };
    id_map_add(&pool->map, &entry->entry);
    *pool->last = entry;
    pool->last = &entry->next;
    pool->waiting_bytes += size;
    pool->bytes += size;
    return ERR_OK;
}

bool pool_await(struct pool *pool, const struct hash *id)
{
    struct pool_entry *entry = (struct pool_entry *)id_map_find(&pool->map, id);
    if (entry != NULL)
        entry->is_awaited = true;
    return entry != NULL;
}

bool pool_fill(void *context, struct block_build *build)
{
    struct pool *pool = context;
    struct pool_entry *entry = pool->first;
    bool is_awaited = false;
    for (; entry != NULL && block_build_add(build, entry->tx->tx.encoded) == ERR_OK;
         entry = entry->next)
        is_awaited |= entry->is_awaited;
    pool->rest = entry;
    return is_awaited;
}

void pool_filled(struct pool *pool)
{
    while (pool->first != pool->rest) {
        struct pool_entry *entry = pool->first;
        entry->is_in_block = true;
        pool->first = entry->next;
        pool->waiting_bytes -= entry->tx->tx.encoded.size;
    }
    if (pool->first == NULL)
        pool->last = &pool->first;
}

void pool_applied(struct pool *pool, const struct hash *id)
{
    struct pool_entry *entry = (struct pool_entry *)id_map_find(&pool->map, id);
    if (entry == NULL || !entry->is_in_block)
        return;
    id_map_remove(&pool->map, &entry->entry);
    pool->bytes -= entry->tx->tx.encoded.size;
    entry_free(entry);
}

uint64_t pool_oldest_ms(const struct pool *pool)
{
    return pool->first == NULL ? UINT64_MAX : pool->first->admitted_ms;
}

bool pool_is_empty(const struct pool *pool)
{
    return pool->map.count == 0;
}
