#include "testnet/proxy/way.h"

#include <stdlib.h>

void way_init(struct way *way, struct path *path, const struct path *back)
{
    *way = (struct way){.path = path, .back = back};
}

static struct chunk *unlink_first(struct way *way)
{
    struct chunk *chunk = way->first;
    way->first = chunk->next;
    if (way->first == NULL)
        way->last = NULL;
    way->size -= chunk->size;
    way->path->waiting -= chunk->size;
    return chunk;
}

void way_destroy(struct way *way)
{
    while (way->first != NULL)
        free(unlink_first(way));
}

bool way_is_full(const struct way *way, uint64_t now_us)
{
    return way->size >= WAY_FULL || way_room_us(way) > now_us;
}

uint64_t way_room_us(const struct way *way)
{
    uint64_t free_us = way->path->free_us;
    return free_us > PATH_QUEUE_US ? free_us - PATH_QUEUE_US : 0;
}

/* ---- sending ---- */

static uint64_t timeout_us(const struct way *way)
{
    return path_round_trip(way->path, way->back) + PATH_SPREAD_US;
}

static uint64_t doubled(uint64_t timeout)
{
    return 2 * timeout < PATH_TIMEOUT_MAX_US ? 2 * timeout : PATH_TIMEOUT_MAX_US;
}

/* How much later than it should, for what of it is lost. */
static uint64_t lateness_us(struct way *way, size_t size)
{
    uint64_t behind = path_lose(way->path, (size + PATH_PACKET_SIZE - 1) / PATH_PACKET_SIZE);
    uint64_t timeout = timeout_us(way);
    uint64_t late = 0;
    if (behind == 0)
        return 0;
    if (behind > 3)
        late = path_round_trip(way->path, way->back);
    else
        late = timeout;
    /* A path that loses all is as good as cut, and no longer than that. */
    while (late < PATH_TIMEOUT_MAX_US && path_lose(way->path, 1) > 0)
        late += timeout = doubled(timeout);
    return late;
}

enum err way_send(struct way *way, struct bytes bytes, uint64_t now_us)
{
    struct chunk *chunk = malloc(sizeof *chunk + bytes.size);
    if (chunk == NULL)
        return ERR_MEMORY;
    uint64_t due_us = path_send(way->path, bytes.size, now_us) + lateness_us(way, bytes.size);
    *chunk = (struct chunk){.due_us = due_us, .size = bytes.size};
    if (bytes.size > 0)
        memcpy(chunk->data, bytes.data, bytes.size);
    if (way->last == NULL)
        way->first = chunk;
    else
        way->last->next = chunk;
    way->last = chunk;
    way->size += bytes.size;
    way->path->waiting += bytes.size;
    return ERR_OK;
}

/* ---- arriving ---- */

uint64_t way_next_us(const struct way *way)
{
    if (way->first == NULL)
        return WAY_NEVER;
    return way->retry_us > way->first->due_us ? way->retry_us : way->first->due_us;
}

/* The chunk that arrives at `at_us` gets through. */
static bool passes(struct way *way, uint64_t at_us, size_t size)
{
    if (!path_is_open(way->path, at_us))
        return false;
    if (path_is_open(way->back, at_us)) {
        way->unanswered = 0;
        return true;
    }
    if (way->unanswered >= WAY_WINDOW)
        return false;
    way->unanswered += size;
    return true;
}

struct chunk *way_take(struct way *way, uint64_t now_us)
{
    uint64_t next_us = way_next_us(way);
    if (next_us > now_us)
        return NULL;
    if (!passes(way, now_us, way->first->size)) {
        way->timeout_us = way->retry_us == 0 ? timeout_us(way) : doubled(way->timeout_us);
        way->retry_us = now_us + way->timeout_us;
        return NULL;
    }
    way->retry_us = 0;
    struct chunk *chunk = unlink_first(way);
    way->path->bytes += chunk->size;
    return chunk;
}
