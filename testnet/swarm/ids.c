#include "testnet/swarm/ids.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 4096 };

/* The place where it is, or where it would be. Ids are hashes: their first bytes are spread evenly.
 */
static size_t place_of(const struct ids *ids, const struct hash *id)
{
    uint64_t start;
    memcpy(&start, id->bytes, sizeof start);
    size_t at = start & (ids->capacity - 1);
    while (ids->places[at] != IDS_NONE && !hash_equal(&ids->hashes[ids->places[at]], id))
        at = (at + 1) & (ids->capacity - 1);
    return at;
}

/* Half of the places are free. */
static enum err grow(struct ids *ids)
{
    size_t capacity = ids->capacity == 0 ? FIRST_CAPACITY : 2 * ids->capacity;
    struct hash *hashes = realloc(ids->hashes, capacity / 2 * sizeof *hashes);
    if (hashes == NULL)
        return ERR_MEMORY;
    ids->hashes = hashes;
    uint32_t *places = malloc(capacity * sizeof *places);
    if (places == NULL)
        return ERR_MEMORY;
    memset(places, 0xff, capacity * sizeof *places);
    free(ids->places);
    ids->places = places;
    ids->capacity = capacity;
    for (uint32_t i = 0; i < ids->count; i++)
        ids->places[place_of(ids, &ids->hashes[i])] = i;
    return ERR_OK;
}

enum err ids_number(struct ids *ids, const struct hash *id, uint32_t *out)
{
    *out = ids_find(ids, id);
    if (*out != IDS_NONE)
        return ERR_OK;
    if (2 * ids->count >= ids->capacity && grow(ids) != ERR_OK)
        return ERR_MEMORY;
    *out = (uint32_t)ids->count;
    ids->places[place_of(ids, id)] = *out;
    ids->hashes[ids->count++] = *id;
    return ERR_OK;
}

uint32_t ids_find(const struct ids *ids, const struct hash *id)
{
    return ids->capacity == 0 ? IDS_NONE : ids->places[place_of(ids, id)];
}

void ids_free(struct ids *ids)
{
    free(ids->hashes);
    free(ids->places);
    *ids = (struct ids){0};
}
