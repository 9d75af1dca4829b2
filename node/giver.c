#include "node/giver.h"

#include "node/clock.h"
#include "node/frames.h"
#include "node/log.h"
#include "proto/invariant.h"
#include "proto/limits.h"

#include <stdlib.h>

struct give {
    uv_work_t work;
    struct give *next;
    struct giver *giver;
    uint32_t peer;
    bool is_list;
    struct peer_list_wanted list;
    struct peer_chunks_wanted chunks;
    enum err err;
    size_t capacity; /* of the answer's frame */
    size_t size;
    uint8_t frame[];
};

/* On the pool. */
static void read_answer(uv_work_t *work)
{
    struct give *give = work->data;
    struct offer *offer = give->giver->offer;
    struct writer frame = writer_over(give->frame, give->capacity);
    give->err = give->is_list ? offer_list(offer, &give->list, clock_monotonic_ms(), &frame)
                              : offer_chunks(offer, &give->chunks, &frame);
    give->size = frame.size;
}

static void answer(uv_work_t *work, int status);

static void start(struct giver *giver)
{
    struct give *give = giver->first;
    if (give != NULL)
        invariant(uv_queue_work(giver->loop, &give->work, read_answer, answer) == 0);
}

static void send_answer(const struct give *give)
{
    frame_send(give->giver->links, give->peer, PEER_BULK, bytes_of(give->frame, give->size),
               give->is_list ? "list" : "chunks");
}

static void drop_waiting(struct giver *giver)
{
    while (giver->first != NULL) {
        struct give *give = giver->first;
        giver->first = give->next;
        free(give);
    }
}

/* On the loop again. */
static void answer(uv_work_t *work, int status)
{
    struct give *give = work->data;
    struct giver *giver = give->giver;
    invariant(status == 0); /* nothing is cancelled */
    invariant(giver->first == give);
    giver->first = give->next;
    if (giver->is_stopped)
        drop_waiting(giver);
    else if (give->err == ERR_OK)
        send_answer(give);
    else if (err_kind(give->err) == ERR_KIND_BROKEN && give->err != ERR_MEMORY)
        giver->fail(giver->context, give->err, "the state that others take cannot be read");
    free(give);
    start(giver);
}

static void add(struct giver *giver, const struct give *draft, size_t capacity)
{
    struct give **place = &giver->first;
    size_t count = 0;
    for (; *place != NULL; place = &(*place)->next)
        count += (*place)->peer == draft->peer;
    if (giver->is_stopped || count >= GIVER_PEER_MAX)
        return;
    struct give *give = malloc(sizeof *give + capacity);
    if (give == NULL)
        return;
    *give = *draft;
    give->giver = giver;
    give->capacity = capacity;
    give->work.data = give;
    *place = give;
    if (giver->first == give)
        start(giver);
}

void giver_list(struct giver *giver, uint32_t peer, const struct peer_list_wanted *wanted)
{
    struct give draft = {.peer = peer, .is_list = true, .list = *wanted};
    size_t entries = wanted->checkpoint == 0 ? 0 : (size_t)PEER_ENTRIES_MAX * PEER_ENTRY_SIZE;
    add(giver, &draft, PEER_LIST_HEAD_SIZE + entries);
}

void giver_chunks(struct giver *giver, uint32_t peer, const struct peer_chunks_wanted *wanted)
{
    struct give draft = {.peer = peer, .chunks = *wanted};
    add(giver, &draft, PEER_CHUNKS_HEAD_SIZE + wanted->size);
}

void giver_stop(struct giver *giver)
{
    giver->is_stopped = true;
}

bool giver_is_idle(const struct giver *giver)
{
    return giver->first == NULL;
}
