#include "node/taker.h"

#include "proto/invariant.h"

#include <stdlib.h>

_Static_assert(PEER_ENTRY_SIZE == CHUNK_ENTRY_SIZE, "an entry is one");

/* How often the time-outs and the log are looked at. */
#define TICK_MS 100

void taker_init(struct taker *taker, bool is_on, uint64_t now_ms)
{
    *taker = (struct taker){.state = is_on ? TAKER_SEEKING : TAKER_OFF, .progress_ms = now_ms};
}

/* ---- lots ---- */

/* Whatever has come of it is worth nothing: it is asked for anew. */
static void lot_reset(struct lot *lot)
{
    lot->have = 0;
    lot->peer = 0;
    lot->request = 0;
}

static void drop_first(struct taker *taker)
{
    free(taker->lots[0].bytes);
    taker->lot_count--;
    memmove(&taker->lots[0], &taker->lots[1], taker->lot_count * sizeof taker->lots[0]);
}

static void forget_list(struct taker *taker)
{
    free(taker->chunks);
    taker->chunks = NULL;
    taker->chunk_count = taker->chunk_capacity = taker->next_chunk = 0;
    taker->size = 0;
    taker->tree = (struct chunk_tree){0};
    taker->list_peer = 0;
    taker->list_request = 0;
}

static void forget(struct taker *taker)
{
    while (taker->lot_count > 0)
        drop_first(taker);
    forget_list(taker);
}

void taker_clear(struct taker *taker)
{
    forget(taker);
    taker->state = TAKER_OFF;
}

/* With whatever is offered now. */
static void begin_anew(struct taker *taker, uint64_t now_ms)
{
    forget(taker);
    taker->is_to_forget = taker->state >= TAKER_FETCHING;
    taker->state = TAKER_SEEKING;
    taker->is_to_begin = false;
    taker->progress_ms = now_ms;
}

/* ---- peers ---- */

/* What was asked of it comes no more, or is not to be believed. */
static void leave(struct taker *taker, uint32_t peer)
{
    for (size_t i = 0; i < taker->lot_count; i++) {
        struct lot *lot = &taker->lots[i];
        if (lot->peer == peer && lot->have < lot->size)
            lot_reset(lot);
    }
    if (taker->list_peer == peer)
        forget_list(taker);
}

void taker_link(struct taker *taker, uint32_t peer, bool is_up)
{
    if (suppliers_link(&taker->suppliers, peer, is_up) && !is_up)
        leave(taker, peer);
}

static void blame(struct taker *taker, uint32_t peer, enum err err, uint64_t now_ms)
{
    suppliers_blame(&taker->suppliers, peer, err, now_ms);
    leave(taker, peer);
}

static size_t under_way(const struct taker *taker, uint32_t peer)
{
    size_t count = 0;
    for (size_t i = 0; i < taker->lot_count; i++)
        count += taker->lots[i].request != 0 && taker->lots[i].peer == peer;
    return count;
}

static bool offers_it(const struct taker *taker, const struct supplier *peer, uint64_t now_ms)
{
    return supplier_is_usable(peer, now_ms) && peer->offer == taker->checkpoint.height;
}

/* Who has least to do, and of those who was asked longest ago; the leader, who has other things to
 * do, when nobody else can be asked. NULL: none. */
static struct supplier *choose(struct taker *taker, uint32_t leader, uint64_t now_ms)
{
    struct supplier *best = NULL;
    size_t best_count = 0;
    for (size_t i = 0; i < taker->suppliers.count; i++) {
        struct supplier *peer = &taker->suppliers.rows[i];
        size_t count = under_way(taker, peer->id);
        if (!offers_it(taker, peer, now_ms))
            continue;
        bool is_spared = best != NULL && peer->id == leader;
        bool is_better = best == NULL || best->id == leader || count < best_count ||
                         (count == best_count && peer->asked < best->asked);
        if (!is_spared && is_better) {
            best = peer;
            best_count = count;
        }
    }
    return best_count < TAKE_PEER_LOTS_MAX ? best : NULL;
}

/* ---- the list ---- */

static enum err add_entry(struct taker *taker, const struct chunk *chunk)
{
    enum err err = chunk_tree_add(&taker->tree, chunk);
    if (err != ERR_OK)
        return err;
    if (taker->chunk_count == TAKE_CHUNKS_MAX || chunk->size > SIZE_MAX / 2 - taker->size)
        return ERR_TOO_LARGE;
    if (taker->chunk_count == taker->chunk_capacity) {
        size_t capacity = taker->chunk_capacity == 0 ? 1024 : 2 * taker->chunk_capacity;
        struct chunk *grown = realloc(taker->chunks, capacity * sizeof *grown);
        if (grown == NULL)
            return ERR_MEMORY;
        taker->chunks = grown;
        taker->chunk_capacity = capacity;
    }
    taker->chunks[taker->chunk_count++] = *chunk;
    taker->size += chunk->size;
    return ERR_OK;
}

static enum err add_page(struct taker *taker, const struct peer_list *list)
{
    struct reader reader = reader_over(list->entries);
    if (list->count == 0 && !list->is_last)
        return ERR_TRUNCATED; /* or it would go on for ever */
    for (uint32_t i = 0; i < list->count; i++) {
        struct chunk chunk;
        chunk_entry_read(&reader, &chunk);
        enum err err = reader.err == ERR_OK ? add_entry(taker, &chunk) : reader.err;
        if (err != ERR_OK)
            return err;
    }
    if (!list->is_last)
        return ERR_OK;
    struct hash root = chunk_tree_root(&taker->tree);
    return hash_equal(&root, &taker->checkpoint.state_root) ? ERR_OK : ERR_CHECKPOINT;
}

static void take_page(struct taker *taker, uint32_t from, const struct peer_list *list,
                      uint64_t now_ms)
{
    taker->list_request = 0;
    if (list->checkpoint != taker->checkpoint.height) {
        forget_list(taker); /* it offers another one by now */
        return;
    }
    enum err err = add_page(taker, list);
    if (err == ERR_MEMORY) {
        begin_anew(taker, now_ms);
        return;
    }
    if (err != ERR_OK) {
        blame(taker, from, err, now_ms);
        return;
    }
    taker->progress_ms = now_ms;
    if (list->is_last) {
        taker->state = TAKER_FETCHING;
        taker->is_to_begin = true;
        taker->list_peer = 0;
    }
}

void taker_list(struct taker *taker, uint32_t from, const struct peer_list *list, uint64_t now_ms)
{
    struct supplier *peer = suppliers_find(&taker->suppliers, from);
    bool is_page =
        list->request != 0 && list->request == taker->list_request && from == taker->list_peer;
    if (peer == NULL || (!is_page && (taker->round == 0 || list->request != taker->round)))
        return;
    suppliers_heard(&taker->suppliers, from);
    peer->offer = list->checkpoint;
    if (is_page)
        take_page(taker, from, list, now_ms);
}

/* ---- the chunks ---- */

/* Whether all bytes of the lot are what the list says. */
static bool lot_is_right(const struct taker *taker, struct lot *lot)
{
    const struct chunk *chunks = taker->chunks + lot->first;
    if (lot->count == 1) {
        struct hash hash = hasher_end(&lot->hasher);
        return hash_equal(&hash, &chunks[0].hash);
    }
    const uint8_t *at = lot->bytes;
    for (size_t i = 0; i < lot->count; i++) {
        struct hash hash = hash_of(bytes_of(at, (size_t)chunks[i].size));
        if (!hash_equal(&hash, &chunks[i].hash))
            return false;
        at += chunks[i].size;
    }
    return true;
}

static size_t part_size(const struct lot *lot)
{
    size_t left = lot->size - lot->have;
    return left < PEER_CHUNKS_SIZE_MAX ? left : PEER_CHUNKS_SIZE_MAX;
}

/* A single large chunk comes in parts: its hash is made as they come, so that no part of it takes
 * long. */
static void take_part(struct taker *taker, struct lot *lot, struct bytes bytes, uint64_t now_ms)
{
    memcpy(lot->bytes + lot->have, bytes.data, bytes.size);
    if (lot->have == 0)
        hasher_begin(&lot->hasher);
    if (lot->count == 1)
        hasher_add(&lot->hasher, bytes.data, bytes.size);
    lot->have += bytes.size;
    lot->request = 0;
    if (lot->have < lot->size || lot_is_right(taker, lot)) {
        taker->progress_ms = now_ms;
        return;
    }
    uint32_t peer = lot->peer;
    lot_reset(lot);
    blame(taker, peer, ERR_DAMAGED, now_ms);
}

void taker_chunks(struct taker *taker, uint32_t from, const struct peer_chunks *chunks,
                  uint64_t now_ms)
{
    struct lot *lot = NULL;
    for (size_t i = 0; i < taker->lot_count && chunks->request != 0; i++) {
        if (taker->lots[i].request == chunks->request && taker->lots[i].peer == from)
            lot = &taker->lots[i];
    }
    struct supplier *peer = suppliers_find(&taker->suppliers, from);
    if (lot == NULL || peer == NULL)
        return;
    suppliers_heard(&taker->suppliers, from);
    peer->offer = chunks->checkpoint;
    if (chunks->bytes.size == 0) {
        suppliers_bar(&taker->suppliers, from, now_ms + TAKE_LACKS_MS);
        lot_reset(lot);
    } else if (chunks->checkpoint != taker->checkpoint.height ||
               chunks->bytes.size != part_size(lot)) {
        blame(taker, from, ERR_OUT_OF_RANGE, now_ms);
    } else {
        take_part(taker, lot, chunks->bytes, now_ms);
    }
}

/* The next chunks that are in no lot. False: there are none, or there is no room. */
static bool cut_lot(struct taker *taker)
{
    size_t held = 0;
    struct lot lot = {.first = taker->next_chunk};
    for (size_t i = 0; i < taker->lot_count; i++)
        held += taker->lots[i].size;
    for (size_t at = lot.first; at < taker->chunk_count; at++, lot.count++) {
        size_t size = (size_t)taker->chunks[at].size;
        if (lot.count > 0 && size > PEER_CHUNKS_SIZE_MAX - lot.size)
            break;
        lot.size += size;
        if (lot.size >= PEER_CHUNKS_SIZE_MAX) {
            lot.count++;
            break;
        }
    }
    bool has_room =
        taker->lot_count == 0 || (taker->lot_count < TAKE_LOTS_MAX && held < TAKE_BYTES_MAX &&
                                  lot.size <= TAKE_BYTES_MAX - held);
    if (lot.count == 0 || !has_room)
        return false;
    lot.bytes = malloc(lot.size);
    if (lot.bytes == NULL)
        return false;
    taker->next_chunk += lot.count;
    taker->lots[taker->lot_count++] = lot;
    return true;
}

void taker_confirm(struct taker *taker, const struct checkpoint *checkpoint, uint64_t now_ms)
{
    if (taker->state != TAKER_SEEKING)
        return;
    taker->state = TAKER_LISTING;
    taker->checkpoint = *checkpoint;
    taker->progress_ms = now_ms;
}

void taker_loaded(struct taker *taker, uint64_t now_ms)
{
    if (taker->lot_count == 0 || !taker->lots[0].is_loading)
        return; /* of a load that is over */
    drop_first(taker);
    taker->progress_ms = now_ms;
}

/* ---- time ---- */

static void note_silence(struct taker *taker, uint32_t id, uint64_t asked_ms, uint64_t now_ms)
{
    struct supplier *peer = suppliers_find(&taker->suppliers, id);
    if (peer != NULL && now_ms - asked_ms < peer->patience_ms)
        return;
    if (peer != NULL && supplier_is_usable(peer, now_ms))
        supplier_was_silent(peer, now_ms); /* once for all that it was asked */
    leave(taker, id);
}

static void pass(struct taker *taker, uint64_t now_ms)
{
    for (size_t i = 0; i < taker->lot_count; i++) {
        if (taker->lots[i].request != 0)
            note_silence(taker, taker->lots[i].peer, taker->lots[i].asked_ms, now_ms);
    }
    if (taker->list_request != 0)
        note_silence(taker, taker->list_peer, taker->list_ms, now_ms);
    bool can_stall = taker->state == TAKER_LISTING || taker->state == TAKER_FETCHING;
    if (can_stall && now_ms - taker->progress_ms >= TAKE_STALL_MS)
        begin_anew(taker, now_ms);
}

uint64_t taker_deadline_ms(const struct taker *taker, uint64_t now_ms)
{
    return taker->state == TAKER_OFF || taker->state == TAKER_ENDING ? UINT64_MAX
                                                                     : now_ms + TICK_MS;
}

/* ---- what is to be done ---- */

/* Every peer is asked what it offers, one after the other, once a round. */
static bool next_offer_question(struct taker *taker, uint64_t now_ms, struct taker_action *out)
{
    if (taker->round == 0 || now_ms - taker->round_ms >= TAKE_RENEW_MS) {
        taker->round = ++taker->request;
        taker->round_ms = now_ms;
        taker->round_at = 0;
    }
    while (taker->round_at < taker->suppliers.count) {
        const struct supplier *peer = &taker->suppliers.rows[taker->round_at++];
        if (!supplier_is_usable(peer, now_ms))
            continue;
        *out = (struct taker_action){
            .what = TAKER_ASK_LIST, .peer = peer->id, .list_wanted = {.request = taker->round}};
        return true;
    }
    return false;
}

/* How many usable peers offer that state. */
static size_t offers_of(const struct taker *taker, uint64_t height, uint64_t now_ms)
{
    size_t count = 0;
    for (size_t i = 0; i < taker->suppliers.count; i++) {
        const struct supplier *peer = &taker->suppliers.rows[i];
        count += supplier_is_usable(peer, now_ms) && peer->offer == height;
    }
    return count;
}

/* One offer after the other, those of most peers first. */
static bool next_look(struct taker *taker, const struct taker_view *view, uint64_t now_ms,
                      struct taker_action *out)
{
    size_t count = taker->suppliers.count;
    if (now_ms - taker->look_ms < TICK_MS || count == 0)
        return false;
    taker->look_ms = now_ms;
    size_t wanted = count - taker->look % count; /* as many peers as offer it */
    taker->look++;
    for (size_t i = 0; i < count; i++) {
        uint64_t height = taker->suppliers.rows[i].offer;
        if (height == 0 || height >= view->settled || offers_of(taker, height, now_ms) != wanted)
            continue;
        *out = (struct taker_action){.what = TAKER_LOOK, .height = height};
        return true;
    }
    return false;
}

static bool next_page(struct taker *taker, const struct taker_view *view, uint64_t now_ms,
                      struct taker_action *out)
{
    if (taker->list_request != 0)
        return false;
    struct supplier *peer = suppliers_find(&taker->suppliers, taker->list_peer);
    if (taker->list_peer == 0 || peer == NULL || !offers_it(taker, peer, now_ms)) {
        forget_list(taker);
        peer = choose(taker, view->leader, now_ms);
    }
    if (peer == NULL)
        return false;
    taker->list_peer = peer->id;
    taker->list_request = peer->asked = ++taker->request;
    taker->list_ms = now_ms;
    *out = (struct taker_action){
        .what = TAKER_ASK_LIST,
        .peer = peer->id,
        .list_wanted = {.request = taker->list_request,
                        .checkpoint = taker->checkpoint.height,
                        .after = taker->tree.last.value},
    };
    return true;
}

static bool ask_part(struct taker *taker, struct lot *lot, struct supplier *peer, uint64_t now_ms,
                     struct taker_action *out)
{
    lot->peer = peer->id;
    lot->request = peer->asked = ++taker->request;
    lot->asked_ms = now_ms;
    *out = (struct taker_action){
        .what = TAKER_ASK_CHUNKS,
        .peer = peer->id,
        .chunks_wanted = {.request = lot->request,
                          .checkpoint = taker->checkpoint.height,
                          .first = taker->chunks[lot->first].id.value,
                          .offset = lot->have,
                          .size = (uint32_t)part_size(lot)},
    };
    return true;
}

static bool next_part(struct taker *taker, const struct taker_view *view, uint64_t now_ms,
                      struct taker_action *out)
{
    for (size_t i = 0; i < TAKE_LOTS_MAX; i++) {
        if (i == taker->lot_count && !cut_lot(taker))
            return false;
        struct lot *lot = &taker->lots[i];
        if (lot->request != 0 || lot->have == lot->size)
            continue;
        struct supplier *peer = suppliers_find(&taker->suppliers, lot->peer);
        if (lot->have == 0 || peer == NULL || !offers_it(taker, peer, now_ms)) {
            lot_reset(lot);
            peer = choose(taker, view->leader, now_ms);
        }
        if (peer == NULL)
            return false;
        return ask_part(taker, lot, peer, now_ms, out);
    }
    return false;
}

/* In the order of the list; and the end. */
static bool next_load(struct taker *taker, struct taker_action *out)
{
    size_t at = 0;
    while (at < taker->lot_count && taker->lots[at].is_loading)
        at++;
    if (at < taker->lot_count) {
        struct lot *lot = &taker->lots[at];
        if (lot->have < lot->size)
            return false;
        lot->is_loading = true;
        *out = (struct taker_action){
            .what = TAKER_LOAD,
            .chunks = taker->chunks + lot->first,
            .count = lot->count,
            .bytes = lot->bytes,
        };
        lot->bytes = NULL;
        return true;
    }
    if (taker->lot_count > 0 || taker->next_chunk < taker->chunk_count)
        return false;
    taker->state = TAKER_ENDING;
    *out = (struct taker_action){.what = TAKER_END};
    return true;
}

static bool next_step(struct taker *taker, const struct taker_view *view, uint64_t now_ms,
                      struct taker_action *out)
{
    switch (taker->state) {
    case TAKER_OFF:
    case TAKER_ENDING: return false;
    case TAKER_SEEKING: return next_look(taker, view, now_ms, out);
    case TAKER_LISTING: return next_page(taker, view, now_ms, out);
    case TAKER_FETCHING: return next_load(taker, out) || next_part(taker, view, now_ms, out);
    }
    return false;
}

bool taker_next(struct taker *taker, const struct taker_view *view, uint64_t now_ms,
                struct taker_action *out)
{
    bool is_near = view->known > 0 && view->known <= view->settled + TAKE_NEAR;
    if (taker->state == TAKER_OFF || taker->state == TAKER_ENDING)
        return false;
    pass(taker, now_ms);
    *out = (struct taker_action){.what = TAKER_BLAME};
    if (suppliers_next_blame(&taker->suppliers, &out->peer, &out->err))
        return true;
    if (taker->is_to_forget || taker->is_to_begin) {
        *out = (struct taker_action){.what = taker->is_to_forget ? TAKER_FORGET : TAKER_BEGIN,
                                     .checkpoint = taker->checkpoint};
        taker->is_to_begin = taker->is_to_begin && taker->is_to_forget;
        taker->is_to_forget = false;
        return true;
    }
    if (taker->state == TAKER_SEEKING && !is_near)
        return false; /* the log first: what it says is all that is believed */
    return next_offer_question(taker, now_ms, out) || next_step(taker, view, now_ms, out);
}
