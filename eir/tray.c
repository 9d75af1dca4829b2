#include "eir/tray.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* Two lines: processors fetch lines in pairs. */
#define LINES_SIZE 128

struct tray {
    _Alignas(LINES_SIZE) struct trays *trays;
    struct tray *next;
    _Alignas(LINES_SIZE) _Atomic uint64_t put; /* written by the desk, as is `dropped` */
    _Atomic uint64_t dropped;
    uint64_t seen; /* the desk's copy of `taken`: it looks again when the tray seems full */
    _Alignas(LINES_SIZE) _Atomic uint64_t taken; /* written by the keeper */
    _Alignas(LINES_SIZE) _Atomic uint64_t slots[TRAY_SLOTS];
};

struct trays {
    struct siphash_key key;
    pthread_mutex_t mutex; /* of the list, and of what closed trays have dropped */
    struct tray *first;
    uint64_t dropped;
};

void tray_put(struct tray *tray, struct imei imei, const struct imsi *imsi)
{
    uint64_t put = atomic_load_explicit(&tray->put, memory_order_relaxed);
    if (put - tray->seen == TRAY_SLOTS)
        tray->seen = atomic_load_explicit(&tray->taken, memory_order_acquire);
    if (put - tray->seen == TRAY_SLOTS) {
        uint64_t dropped = atomic_load_explicit(&tray->dropped, memory_order_relaxed);
        atomic_store_explicit(&tray->dropped, dropped + 1, memory_order_relaxed);
        return;
    }
    struct sighting sighting = sighting_of(&tray->trays->key, imei, imsi);
    atomic_store_explicit(&tray->slots[put % TRAY_SLOTS], sighting_pack(&sighting),
                          memory_order_relaxed);
    atomic_store_explicit(&tray->put, put + 1, memory_order_release);
}

static size_t fetch(struct tray *tray, tray_take *take, void *context)
{
    uint64_t put = atomic_load_explicit(&tray->put, memory_order_acquire);
    uint64_t taken = atomic_load_explicit(&tray->taken, memory_order_relaxed);
    size_t count = (size_t)(put - taken);
    for (; taken != put; taken++) {
        uint64_t word =
            atomic_load_explicit(&tray->slots[taken % TRAY_SLOTS], memory_order_relaxed);
        struct sighting sighting = sighting_unpack(word);
        take(context, &sighting);
    }
    atomic_store_explicit(&tray->taken, taken, memory_order_release);
    return count;
}

size_t trays_fetch(struct trays *trays, tray_take *take, void *context)
{
    size_t count = 0;
    pthread_mutex_lock(&trays->mutex);
    for (struct tray *at = trays->first; at != NULL; at = at->next)
        count += fetch(at, take, context);
    pthread_mutex_unlock(&trays->mutex);
    return count;
}

uint64_t trays_dropped(struct trays *trays)
{
    pthread_mutex_lock(&trays->mutex);
    uint64_t dropped = trays->dropped;
    for (struct tray *at = trays->first; at != NULL; at = at->next)
        dropped += atomic_load_explicit(&at->dropped, memory_order_relaxed);
    pthread_mutex_unlock(&trays->mutex);
    return dropped;
}

/* ---- life ---- */

enum err trays_open(const struct siphash_key *key, struct trays **out)
{
    struct trays *trays = calloc(1, sizeof *trays);
    *out = trays;
    if (trays == NULL)
        return ERR_MEMORY;
    trays->key = *key;
    pthread_mutex_init(&trays->mutex, NULL);
    return ERR_OK;
}

void trays_close(struct trays *trays)
{
    if (trays == NULL)
        return;
    pthread_mutex_destroy(&trays->mutex);
    free(trays);
}

enum err tray_open(struct trays *trays, struct tray **out)
{
    struct tray *tray = aligned_alloc(LINES_SIZE, sizeof *tray);
    *out = tray;
    if (tray == NULL)
        return ERR_MEMORY;
    memset(tray, 0, sizeof *tray);
    tray->trays = trays;
    pthread_mutex_lock(&trays->mutex);
    tray->next = trays->first;
    trays->first = tray;
    pthread_mutex_unlock(&trays->mutex);
    return ERR_OK;
}

void tray_close(struct tray *tray)
{
    if (tray == NULL)
        return;
    struct trays *trays = tray->trays;
    pthread_mutex_lock(&trays->mutex);
    struct tray **at = &trays->first;
    while (*at != tray)
        at = &(*at)->next;
    *at = tray->next;
    trays->dropped += atomic_load_explicit(&tray->dropped, memory_order_relaxed);
    pthread_mutex_unlock(&trays->mutex);
    free(tray);
}
