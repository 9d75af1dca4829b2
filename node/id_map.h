/*
 * id_map.h: finds what belongs to a transaction id. Intrusive: what is put into the map begins with
 * (or holds) a `struct id_entry`; the map owns nothing and allocates only its buckets.
 */
#ifndef NODE_ID_MAP_H
#define NODE_ID_MAP_H

#include "proto/err.h"
#include "proto/hash.h"

#define ID_MAP_BUCKETS 16384u

struct id_entry {
    struct id_entry *next;
    struct hash id;
};

struct id_map {
    struct id_entry **buckets;
    size_t count;
};

enum err id_map_open(struct id_map *map) must_check;
void id_map_close(struct id_map *map);

struct id_entry *id_map_find(const struct id_map *map, const struct hash *id);
/* The id must not be in the map yet. */
void id_map_add(struct id_map *map, struct id_entry *entry);
/* The entry must be in the map. */
void id_map_remove(struct id_map *map, struct id_entry *entry);
/* Takes any one entry out; NULL when the map is empty. Start with *bucket = 0 and keep it. */
struct id_entry *id_map_take(struct id_map *map, size_t *bucket);

#endif
