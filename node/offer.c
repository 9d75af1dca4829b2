#include "node/offer.h"

#include "ledger/chunks.h"
#include "proto/limits.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

struct offer {
    struct ledger *ledger;
    pthread_mutex_t mutex;
    atomic_ullong wanted_ms; /* when somebody last asked; 0: nobody */
    atomic_bool is_taken;    /* there is a snapshot */
    struct chunks *chunks;   /* under the mutex, as all that follows */
    struct checkpoint checkpoint;
    uint64_t taken_ms;
    struct chunk cached; /* the chunk that was read last: a large one is asked for in parts */
    uint8_t *bytes;
    size_t capacity;
};

enum err offer_open(struct ledger *ledger, struct offer **out)
{
    struct offer *offer = *out = calloc(1, sizeof *offer);
    if (offer == NULL)
        return ERR_MEMORY;
    offer->ledger = ledger;
    pthread_mutex_init(&offer->mutex, NULL);
    return ERR_OK;
}

static void give_up(struct offer *offer)
{
    chunks_close(offer->chunks);
    free(offer->bytes);
    offer->chunks = NULL;
    offer->bytes = NULL;
    offer->capacity = 0;
    offer->cached = (struct chunk){0};
    offer->checkpoint = (struct checkpoint){0};
    atomic_store(&offer->is_taken, false);
}

void offer_close(struct offer *offer)
{
    if (offer == NULL)
        return;
    give_up(offer);
    pthread_mutex_destroy(&offer->mutex);
    free(offer);
}

void offer_want(struct offer *offer, uint64_t now_ms)
{
    atomic_store(&offer->wanted_ms, now_ms);
}

static bool is_wanted(struct offer *offer, uint64_t now_ms)
{
    uint64_t wanted_ms = atomic_load(&offer->wanted_ms);
    return wanted_ms != 0 && (now_ms < wanted_ms || now_ms - wanted_ms < OFFER_IDLE_MS);
}

/* ERR_NOT_FOUND when the state stands at no checkpoint now. That of the genesis is none: a new node
 * has it. */
static enum err take(struct offer *offer, uint64_t now_ms)
{
    if (offer->chunks != NULL)
        return ERR_OK;
    enum err err = chunks_open(offer->ledger, &offer->chunks);
    if (err != ERR_OK)
        return err;
    offer->checkpoint = chunks_checkpoint(offer->chunks);
    offer->taken_ms = now_ms;
    atomic_store(&offer->is_taken, true);
    if (offer->checkpoint.height > 0)
        return ERR_OK;
    give_up(offer);
    return ERR_NOT_FOUND;
}

void offer_seize(struct offer *offer, uint64_t now_ms)
{
    if (atomic_load(&offer->is_taken) || !is_wanted(offer, now_ms))
        return;
    pthread_mutex_lock(&offer->mutex);
    (void)take(offer, now_ms);
    pthread_mutex_unlock(&offer->mutex);
}

void offer_tend(struct offer *offer, uint64_t now_ms)
{
    if (!atomic_load(&offer->is_taken) || pthread_mutex_trylock(&offer->mutex) != 0)
        return;
    bool is_old = now_ms > offer->taken_ms && now_ms - offer->taken_ms >= OFFER_AGE_MS;
    if (offer->chunks != NULL && (is_old || !is_wanted(offer, now_ms)))
        give_up(offer);
    pthread_mutex_unlock(&offer->mutex);
}

/* ---- lists ---- */

/* Entries behind the frame's head, as many as a page has. */
static enum err write_entries(struct offer *offer, struct chunk_id after, struct writer *entries,
                              struct peer_list *list)
{
    struct chunk chunk;
    enum err err = ERR_OK;
    while (list->count < PEER_ENTRIES_MAX) {
        err = chunks_next(offer->chunks, after, &chunk);
        if (err != ERR_OK)
            break;
        chunk_entry_write(entries, &chunk);
        list->count++;
        after = chunk.id;
    }
    list->is_last = err == ERR_NOT_FOUND;
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}

static enum err list_under_mutex(struct offer *offer, const struct peer_list_wanted *wanted,
                                 uint64_t now_ms, struct writer *frame)
{
    struct peer_list list = {.request = wanted->request};
    struct writer entries =
        writer_over(frame->data + PEER_LIST_HEAD_SIZE, frame->capacity - PEER_LIST_HEAD_SIZE);
    enum err err = take(offer, now_ms);
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return err;
    list.checkpoint = offer->checkpoint.height;
    err = ERR_OK;
    if (list.checkpoint != 0 && wanted->checkpoint == list.checkpoint)
        err = write_entries(offer, (struct chunk_id){wanted->after}, &entries, &list);
    if (err != ERR_OK)
        return err;
    peer_list_head_write(frame, &list);
    frame->size += entries.size;
    return entries.err;
}

enum err offer_list(struct offer *offer, const struct peer_list_wanted *wanted, uint64_t now_ms,
                    struct writer *frame)
{
    pthread_mutex_lock(&offer->mutex);
    enum err err = list_under_mutex(offer, wanted, now_ms, frame);
    pthread_mutex_unlock(&offer->mutex);
    return err;
}

/* ---- chunks ---- */

static enum err read_chunk(struct offer *offer, const struct chunk *chunk)
{
    size_t size = (size_t)chunk->size;
    if (offer->cached.id.value == chunk->id.value)
        return ERR_OK;
    offer->cached.id.value = 0;
    if (size > offer->capacity) {
        free(offer->bytes);
        offer->capacity = 0;
        offer->bytes = malloc(size);
        if (offer->bytes == NULL)
            return ERR_MEMORY;
        offer->capacity = size;
    }
    enum err err = chunks_read(offer->chunks, chunk, offer->bytes, offer->capacity);
    if (err == ERR_OK)
        offer->cached = *chunk;
    return err;
}

/* ERR_NOT_FOUND when the state ends before. */
static enum err copy_bytes(struct offer *offer, const struct peer_chunks_wanted *wanted,
                           struct writer *out)
{
    uint64_t offset = wanted->offset;
    struct chunk_id after = {wanted->first - 1};
    while (out->size < wanted->size) {
        struct chunk chunk;
        enum err err = chunks_next(offer->chunks, after, &chunk);
        if (err == ERR_OK && after.value == wanted->first - 1 && chunk.id.value != wanted->first)
            err = ERR_NOT_FOUND;
        if (err == ERR_OK && offset >= chunk.size)
            err = ERR_NOT_FOUND;
        if (err == ERR_OK)
            err = read_chunk(offer, &chunk);
        if (err != ERR_OK)
            return err;
        size_t left = (size_t)(chunk.size - offset);
        size_t room = wanted->size - out->size;
        writer_bytes(out, offer->bytes + offset, left < room ? left : room);
        offset = 0;
        after = chunk.id;
    }
    return out->err;
}

static enum err chunks_under_mutex(struct offer *offer, const struct peer_chunks_wanted *wanted,
                                   struct writer *frame)
{
    struct peer_chunks answer = {.request = wanted->request};
    struct writer bytes =
        writer_over(frame->data + PEER_CHUNKS_HEAD_SIZE, frame->capacity - PEER_CHUNKS_HEAD_SIZE);
    answer.checkpoint = offer->checkpoint.height;
    enum err err = ERR_NOT_FOUND;
    if (offer->chunks != NULL && wanted->checkpoint == answer.checkpoint)
        err = copy_bytes(offer, wanted, &bytes);
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        return err;
    if (err == ERR_OK)
        answer.bytes = writer_view(&bytes);
    peer_chunks_head_write(frame, &answer);
    frame->size += answer.bytes.size;
    return ERR_OK;
}

enum err offer_chunks(struct offer *offer, const struct peer_chunks_wanted *wanted,
                      struct writer *frame)
{
    pthread_mutex_lock(&offer->mutex);
    enum err err = chunks_under_mutex(offer, wanted, frame);
    pthread_mutex_unlock(&offer->mutex);
    return err;
}
