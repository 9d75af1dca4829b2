#include "eir/freshness.h"

#include "proto/client.h"

void freshness_set(struct freshness_cell *cell, const struct freshness *freshness)
{
    atomic_store_explicit(&cell->height, freshness->height, memory_order_relaxed);
    atomic_store_explicit(&cell->time_ms, freshness->time_ms, memory_order_relaxed);
    atomic_store_explicit(&cell->fresh_at_ms, freshness->fresh_at_ms, memory_order_relaxed);
    atomic_store_explicit(&cell->is_unable, freshness->is_unable, memory_order_relaxed);
}

struct freshness freshness_get(const struct freshness_cell *cell)
{
    return (struct freshness){
        .height = atomic_load_explicit(&cell->height, memory_order_relaxed),
        .time_ms = atomic_load_explicit(&cell->time_ms, memory_order_relaxed),
        .fresh_at_ms = atomic_load_explicit(&cell->fresh_at_ms, memory_order_relaxed),
        .is_unable = atomic_load_explicit(&cell->is_unable, memory_order_relaxed),
    };
}

static uint64_t since(uint64_t now, uint64_t then)
{
    return now > then ? now - then : 0;
}

uint64_t freshness_age_ms(const struct freshness *freshness, uint64_t monotonic_ms,
                          uint64_t wall_ms)
{
    if (freshness->fresh_at_ms != 0)
        return since(monotonic_ms, freshness->fresh_at_ms);
    return wall_ms > freshness->time_ms ? wall_ms - freshness->time_ms : AGE_UNKNOWN;
}
