/*
 * shelf_map.h: from a TAC to its shelf.
 *
 * A TAC that was ever put keeps its place, 16 bytes at most half of which are in use. One thread
 * writes; readers look up between grace_enter() and grace_leave(), and use a shelf until then.
 */
#ifndef EIR_SHELF_MAP_H
#define EIR_SHELF_MAP_H

#include "eir/shelf.h"

#include <stdatomic.h>

struct shelf_slot {
    _Atomic(const struct shelf *) shelf; /* set before `tac` is */
    _Atomic uint32_t tac;                /* + 1; 0: free */
};

struct shelf_map {
    uint32_t bits; /* 2^bits slots */
    uint32_t count;
    struct shelf_slot slots[];
};

/* An empty one with 2^bits slots; NULL when there is no room. */
struct shelf_map *shelf_map_new(struct heap *heap, uint32_t bits);

/* True when no other TAC should be put into it. */
bool shelf_map_is_full(const struct shelf_map *map);

/* One with twice the slots and the same shelves; NULL when there is no room. */
struct shelf_map *shelf_map_grown(const struct shelf_map *map, struct heap *heap);

/* NULL when the TAC was never put. Any thread. */
const struct shelf *shelf_map_find(const struct shelf_map *map, uint32_t tac);

/* Puts the shelf of a TAC, in place of another one or as a new one: then the map is not full. */
void shelf_map_put(struct shelf_map *map, uint32_t tac, const struct shelf *shelf);

#endif
