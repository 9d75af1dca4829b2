#include "node/id_map.h"

#include "proto/invariant.h"

#include <stdlib.h>

enum err id_map_open(struct id_map *map)
{
    map->count = 0;
    map->buckets = calloc(ID_MAP_BUCKETS, sizeof map->buckets[0]);
    return map->buckets == NULL ? ERR_MEMORY : ERR_OK;
}

void id_map_close(struct id_map *map)
{
    free(map->buckets);
    *map = (struct id_map){.count = 0};
}

/* An id is a SHA-256 that its signer can choose only by trying: any of its bits will do. */
static struct id_entry **bucket_of(const struct id_map *map, const struct hash *id)
{
    size_t bucket = (size_t)id->bytes[0] << 16 | (size_t)id->bytes[1] << 8 | id->bytes[2];
    return &map->buckets[bucket % ID_MAP_BUCKETS];
}

struct id_entry *id_map_find(const struct id_map *map, const struct hash *id)
{
    struct id_entry *entry = *bucket_of(map, id);
    while (entry != NULL && !hash_equal(&entry->id, id))
        entry = entry->next;
    return entry;
}

void id_map_add(struct id_map *map, struct id_entry *entry)
{
    struct id_entry **bucket = bucket_of(map, &entry->id);
    entry->next = *bucket;
    *bucket = entry;
    map->count++;
}

void id_map_remove(struct id_map *map, struct id_entry *entry)
{
    struct id_entry **at = bucket_of(map, &entry->id);
    while (*at != entry) {
        invariant(*at != NULL);
        at = &(*at)->next;
    }
    *at = entry->next;
    map->count--;
}

struct id_entry *id_map_take(struct id_map *map, size_t *bucket)
{
    for (; *bucket < ID_MAP_BUCKETS; (*bucket)++) {
        struct id_entry *entry = map->buckets[*bucket];
        if (entry != NULL) {
            map->buckets[*bucket] = entry->next;
            map->count--;
            return entry;
        }
    }
    return NULL;
}
