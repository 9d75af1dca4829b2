#include "eir/shelf_map.h"

#include "proto/invariant.h"

static size_t slot_count(const struct shelf_map *map)
{
    return (size_t)1 << map->bits;
}

/* Fibonacci hashing: TACs are given out in sequences. */
static size_t first_slot(const struct shelf_map *map, uint32_t tac)
{
    return (tac * UINT32_C(0x9E3779B1)) >> (32 - map->bits);
}

/* Where the TAC is, or would be: at most half of the slots are taken. */
static size_t slot_of(const struct shelf_map *map, uint32_t tac, uint32_t *found)
{
    size_t slot = first_slot(map, tac);
    for (;;) {
        *found = atomic_load_explicit(&map->slots[slot].tac, memory_order_acquire);
        if (*found == 0 || *found == tac + 1)
            return slot;
        slot = (slot + 1) & (slot_count(map) - 1);
    }
}

struct shelf_map *shelf_map_new(struct heap *heap, uint32_t bits)
{
    invariant(bits > 0 && bits < 32);
    size_t count = (size_t)1 << bits;
    struct shelf_map *map = heap_get(heap, sizeof *map + count * sizeof map->slots[0]);
    if (map == NULL)
        return NULL;
    map->bits = bits;
    map->count = 0;
    for (size_t i = 0; i < count; i++) {
        atomic_init(&map->slots[i].shelf, NULL);
        atomic_init(&map->slots[i].tac, 0);
    }
    return map;
}

bool shelf_map_is_full(const struct shelf_map *map)
{
    return map->count >= slot_count(map) / 2;
}

struct shelf_map *shelf_map_grown(const struct shelf_map *map, struct heap *heap)
{
    struct shelf_map *grown = shelf_map_new(heap, map->bits + 1);
    for (size_t i = 0; grown != NULL && i < slot_count(map); i++) {
        uint32_t tac = atomic_load_explicit(&map->slots[i].tac, memory_order_relaxed);
        if (tac != 0)
            shelf_map_put(grown, tac - 1,
                          atomic_load_explicit(&map->slots[i].shelf, memory_order_relaxed));
    }
    return grown;
}

const struct shelf *shelf_map_find(const struct shelf_map *map, uint32_t tac)
{
    uint32_t found;
    size_t slot = slot_of(map, tac, &found);
    return found == 0 ? NULL : atomic_load_explicit(&map->slots[slot].shelf, memory_order_acquire);
}

void shelf_map_put(struct shelf_map *map, uint32_t tac, const struct shelf *shelf)
{
    uint32_t found;
    size_t slot = slot_of(map, tac, &found);
    atomic_store_explicit(&map->slots[slot].shelf, shelf, memory_order_release);
    if (found != 0)
        return;
    invariant(!shelf_map_is_full(map));
    atomic_store_explicit(&map->slots[slot].tac, tac + 1, memory_order_release);
    map->count++;
}
