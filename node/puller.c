#include "node/puller.h"

#include "proto/block.h"
#include "proto/invariant.h"
#include "proto/limits.h"

#include <stdlib.h>

/* A little less than a frame holds, as no block is exactly as large as the last ones. */
#define BUDGET_MAX ((size_t)PEER_BLOCKS_SIZE_MAX * 3 / 4)
#define BUDGET_MIN ((size_t)64 * 1024)

/* How often the time-outs are looked at. */
#define TICK_MS 100

void puller_init(struct puller *puller)
{
    *puller = (struct puller){.budget = BUDGET_MAX};
}

/* ---- pieces ---- */

static uint64_t last_of(const struct piece *piece)
{
    return piece->first + piece->count - 1;
}

static void drop_piece(struct puller *puller, size_t at)
{
    free(puller->pieces[at].bytes);
    puller->piece_count--;
    memmove(&puller->pieces[at], &puller->pieces[at + 1],
            (puller->piece_count - at) * sizeof puller->pieces[0]);
}

static void add_piece(struct puller *puller, const struct piece *piece)
{
    invariant(puller->piece_count < PULL_PIECES_MAX);
    size_t at = puller->piece_count;
    for (; at > 0 && puller->pieces[at - 1].first > piece->first; at--)
        puller->pieces[at] = puller->pieces[at - 1];
    invariant(at == 0 || last_of(&puller->pieces[at - 1]) < piece->first);
    puller->pieces[at] = *piece;
    puller->piece_count++;
}

void puller_clear(struct puller *puller)
{
    while (puller->piece_count > 0)
        drop_piece(puller, puller->piece_count - 1);
    puller->is_active = false;
}

/* ---- peers ---- */

void puller_link(struct puller *puller, uint32_t peer, bool is_up)
{
    if (!suppliers_link(&puller->suppliers, peer, is_up))
        return;
    for (size_t i = puller->piece_count; !is_up && i-- > 0;) {
        if (puller->pieces[i].state == PIECE_ASKED && puller->pieces[i].peer == peer)
            drop_piece(puller, i);
    }
}

/* The piece is not what it should be, and whoever sent it is not asked for a while. */
static void blame(struct puller *puller, size_t at, enum err err, uint64_t now_ms)
{
    suppliers_blame(&puller->suppliers, puller->pieces[at].peer, err, now_ms);
    drop_piece(puller, at);
}

static size_t under_way(const struct puller *puller, uint32_t id)
{
    size_t count = 0;
    for (size_t i = 0; i < puller->piece_count; i++)
        count += puller->pieces[i].state == PIECE_ASKED && puller->pieces[i].peer == id;
    return count;
}

static bool has_answered(const struct supplier *peer)
{
    return peer->patience_ms >= PULL_ANSWER_MS;
}

/* How many more pieces the peer may be asked for: one, until it has shown that it answers. */
static size_t room_of(const struct puller *puller, const struct supplier *peer)
{
    bool is_blind = puller->block_size == 0 || !has_answered(peer);
    size_t most = is_blind ? 1 : PULL_PEER_PIECES_MAX;
    size_t count = under_way(puller, peer->id);
    return count < most ? most - count : 0;
}

/* Who answers goes before who has not yet, then who has more room, then who was asked longest ago.
 */
static bool is_better(const struct puller *puller, const struct supplier *peer,
                      const struct supplier *than)
{
    size_t room = room_of(puller, peer);
    if (than == NULL || has_answered(peer) != has_answered(than))
        return than == NULL || has_answered(peer);
    size_t other = room_of(puller, than);
    return room != other ? room > other : peer->asked < than->asked;
}

/* The leader has other things to do: it is asked when nobody else can be. */
static struct supplier *choose_peer(struct puller *puller, uint64_t now_ms)
{
    struct supplier *best = NULL;
    struct supplier *leader = NULL;
    bool is_any = false;
    for (size_t i = 0; i < puller->suppliers.count; i++) {
        struct supplier *peer = &puller->suppliers.rows[i];
        if (!supplier_is_usable(peer, now_ms))
            continue;
        bool is_leader = peer->id == puller->leader;
        is_any |= !is_leader;
        if (room_of(puller, peer) == 0)
            continue;
        if (is_leader)
            leader = peer;
        else if (is_better(puller, peer, best))
            best = peer;
    }
    return is_any ? best : leader;
}

/* ---- answers ---- */

void puller_streamed(struct puller *puller)
{
    puller->is_streamed = true;
}

void puller_anchor(struct puller *puller, const struct puller_view *view, uint32_t from,
                   const struct peer_anchor *anchor, uint64_t now_ms)
{
    /* Anchors of another leader than the one that the pieces were shown to are none. */
    if (from != view->leader || anchor->term != view->term || from != puller->leader ||
        anchor->term != puller->term)
        return;
    for (size_t i = 0; i < puller->piece_count; i++) {
        struct piece *piece = &puller->pieces[i];
        if (piece->state != PIECE_HELD || piece->asked_ms == 0 || last_of(piece) != anchor->height)
            continue;
        if (hash_equal(&piece->hash, &anchor->hash))
            piece->state = PIECE_ANCHORED;
        else
            blame(puller, i, ERR_BROKEN_CHAIN, now_ms);
        return;
    }
}

/* Each block follows the one before it; `hash` is the last one's. Whether a payload belongs to its
 * header is checked when the piece is delivered, as of any APPEND: once is enough. */
static enum err check_blocks(const struct peer_blocks *blocks, struct hash *hash)
{
    struct reader reader = reader_over(blocks->frames);
    struct bytes encoded;
    for (uint64_t height = blocks->first; block_frame_next(&reader, &encoded); height++) {
        struct block_header header;
        enum err err = block_header_parse(encoded, &header);
        if (err != ERR_OK)
            return err;
        if (header.height != height ||
            (height > blocks->first && !hash_equal(&header.previous, hash)))
            return ERR_BROKEN_CHAIN;
        *hash = block_header_hash(&header);
    }
    return ERR_OK;
}

static void hold(struct puller *puller, size_t at, const struct peer_blocks *blocks)
{
    struct piece *piece = &puller->pieces[at];
    piece->bytes = malloc(blocks->frames.size);
    if (piece->bytes == NULL) {
        drop_piece(puller, at);
        return;
    }
    memcpy(piece->bytes, blocks->frames.data, blocks->frames.size);
    piece->size = blocks->frames.size;
    piece->count = blocks->count;
    piece->state = PIECE_HELD;
    piece->asked_ms = 0;
    puller->block_size = blocks->frames.size / blocks->count;
    puller->budget = puller->budget > BUDGET_MAX / 2 ? BUDGET_MAX : 2 * puller->budget;
}

void puller_blocks(struct puller *puller, uint32_t from, const struct peer_blocks *blocks,
                   uint64_t now_ms)
{
    size_t at = 0;
    while (at < puller->piece_count && (puller->pieces[at].state != PIECE_ASKED ||
                                        puller->pieces[at].request != blocks->request))
        at++;
    if (at == puller->piece_count || puller->pieces[at].peer != from)
        return;
    if (blocks->first != puller->pieces[at].first || blocks->count > puller->pieces[at].count) {
        blame(puller, at, ERR_OUT_OF_RANGE, now_ms);
        return;
    }
    if (blocks->count == 0) {
        suppliers_bar(&puller->suppliers, from, now_ms + PULL_LACKS_MS);
        drop_piece(puller, at);
        return;
    }
    suppliers_heard(&puller->suppliers, from);
    enum err err = check_blocks(blocks, &puller->pieces[at].hash);
    if (err != ERR_OK)
        blame(puller, at, err, now_ms);
    else
        hold(puller, at, blocks);
}

/* ---- time ---- */

static void begin(struct puller *puller, uint64_t now_ms)
{
    puller->is_active = true;
    puller->is_streamed = false;
    puller->renewed_ms = 0;
    puller->retry_ms = 0;
    puller->progress_ms = now_ms;
}

/* Pieces that are on disk, or that this node has from elsewhere by now. */
static void drop_done(struct puller *puller, const struct puller_view *view)
{
    for (size_t i = puller->piece_count; i-- > 0;) {
        const struct piece *piece = &puller->pieces[i];
        uint64_t done = piece->state == PIECE_DELIVERED ? view->durable : view->commit;
        if (last_of(piece) <= done)
            drop_piece(puller, i);
    }
}

/* The peer has not answered for as long as it had. */
static void note_silence(struct puller *puller, struct supplier *peer, uint64_t now_ms)
{
    if (peer->patience_ms >= PULL_ANSWER_MS)
        puller->budget = puller->budget > 2 * BUDGET_MIN ? puller->budget / 2 : BUDGET_MIN;
    supplier_was_silent(peer, now_ms);
}

static void drop_late(struct puller *puller, uint64_t now_ms)
{
    for (size_t i = puller->piece_count; i-- > 0;) {
        const struct piece *piece = &puller->pieces[i];
        struct supplier *peer = suppliers_find(&puller->suppliers, piece->peer);
        if (piece->state != PIECE_ASKED ||
            (peer != NULL && now_ms - piece->asked_ms < peer->patience_ms))
            continue;
        if (peer != NULL && supplier_is_usable(peer, now_ms))
            note_silence(puller, peer, now_ms); /* once for all that it was asked */
        drop_piece(puller, i);
    }
}

/* What one leader said is not the next one's word: it is asked anew. */
static void note_leader(struct puller *puller, const struct puller_view *view)
{
    if (view->leader == puller->leader && view->term == puller->term)
        return;
    puller->leader = view->leader;
    puller->term = view->term;
    puller->renewed_ms = 0;
    for (size_t i = 0; i < puller->piece_count; i++) {
        struct piece *piece = &puller->pieces[i];
        if (piece->state == PIECE_ANCHORED)
            piece->state = PIECE_HELD;
        if (piece->state == PIECE_HELD)
            piece->asked_ms = 0;
    }
}

/* Begins, goes on or ends. */
static void pass(struct puller *puller, const struct puller_view *view, uint64_t now_ms)
{
    uint64_t behind = view->known > view->tip ? view->known - view->tip : 0;
    note_leader(puller, view);
    puller->durable = view->durable;
    if (!puller->is_active) {
        if (view->leader != 0 && behind > PULL_BEGIN && now_ms >= puller->rest_ms)
            begin(puller, now_ms);
        return;
    }
    drop_done(puller, view);
    drop_late(puller, now_ms);
    if (view->commit >= view->known)
        puller->progress_ms = now_ms;
    if (puller->is_streamed && behind <= PULL_END) {
        puller_clear(puller);
    } else if (now_ms - puller->progress_ms >= PULL_GIVE_UP_MS) {
        puller_clear(puller);
        puller->rest_ms = now_ms + PULL_GIVE_UP_MS;
    }
    if (behind > PULL_END)
        puller->is_streamed = false; /* what came of old leaders' pushing */
}

uint64_t puller_deadline_ms(const struct puller *puller, uint64_t now_ms)
{
    return puller->is_active ? now_ms + TICK_MS : UINT64_MAX;
}

/* ---- what is to be done ---- */

static bool next_blame(struct puller *puller, struct puller_action *out)
{
    *out = (struct puller_action){.what = PULLER_BLAME};
    return suppliers_next_blame(&puller->suppliers, &out->peer, &out->err);
}

/* The first piece above the commit index, when nothing lies between. */
static bool next_delivery(struct puller *puller, const struct puller_view *view, uint64_t now_ms,
                          struct puller_action *out)
{
    /* The core is waiting for its disk, most likely. */
    if (now_ms < puller->retry_ms && view->durable == puller->retry_durable)
        return false;
    for (size_t i = 0; i < puller->piece_count; i++) {
        const struct piece *piece = &puller->pieces[i];
        if (piece->state == PIECE_DELIVERED)
            continue;
        if (piece->state != PIECE_ANCHORED || piece->first > view->commit + 1)
            return false;
        *out = (struct puller_action){
            .what = PULLER_DELIVER,
            .peer = piece->peer,
            .blocks = {.first = piece->first,
                       .count = piece->count,
                       .frames = bytes_of(piece->bytes, piece->size)},
        };
        return true;
    }
    return false;
}

static bool next_anchor(struct puller *puller, const struct puller_view *view, uint64_t now_ms,
                        struct puller_action *out)
{
    uint64_t height = 0;
    for (size_t i = 0; i < puller->piece_count && height == 0; i++) {
        struct piece *piece = &puller->pieces[i];
        bool is_due = piece->asked_ms == 0 || now_ms - piece->asked_ms >= PULL_RENEW_MS;
        if (piece->state != PIECE_HELD || !is_due)
            continue;
        piece->asked_ms = now_ms;
        height = last_of(piece);
    }
    if (height == 0 && puller->renewed_ms != 0 && now_ms - puller->renewed_ms < PULL_RENEW_MS)
        return false;
    puller->renewed_ms = now_ms;
    *out = (struct puller_action){
        .what = PULLER_ASK_ANCHOR,
        .peer = view->leader,
        .height = height == 0 ? view->known : height,
    };
    return true;
}

/* The lowest heights that nobody was asked for, up to what is committed, and the height that they
 * end before. False: there are none. As the lowest always come first, those that wait never take
 * all the room: the piece below them is under way, or its place is free. */
static bool find_gap(const struct puller *puller, const struct puller_view *view, uint64_t *first,
                     uint64_t *limit)
{
    *first = view->commit + 1;
    *limit = view->known + 1;
    for (size_t i = 0; i < puller->piece_count; i++) {
        const struct piece *piece = &puller->pieces[i];
        if (piece->first > *first) {
            *limit = piece->first;
            break;
        }
        if (last_of(piece) >= *first)
            *first = last_of(piece) + 1;
    }
    return *first < *limit;
}

/* How many blocks are asked for at once. */
static uint32_t piece_width(const struct puller *puller)
{
    size_t count = puller->block_size == 0 ? PEER_BLOCKS_MAX : puller->budget / puller->block_size;
    if (count == 0)
        return 1;
    return count < PEER_BLOCKS_MAX ? (uint32_t)count : PEER_BLOCKS_MAX;
}

static bool next_question(struct puller *puller, const struct puller_view *view, uint64_t now_ms,
                          struct puller_action *out)
{
    uint64_t first;
    uint64_t limit;
    if (puller->piece_count == PULL_PIECES_MAX || !find_gap(puller, view, &first, &limit))
        return false;
    struct supplier *peer = choose_peer(puller, now_ms);
    if (peer == NULL)
        return false;
    uint32_t width = piece_width(puller);
    struct piece piece = {
        .state = PIECE_ASKED,
        .first = first,
        .count = limit - first < width ? (uint32_t)(limit - first) : width,
        .peer = peer->id,
        .request = ++puller->request,
        .asked_ms = now_ms,
    };
    peer->asked = piece.request;
    add_piece(puller, &piece);
    *out = (struct puller_action){
        .what = PULLER_ASK_BLOCKS,
        .peer = peer->id,
        .wanted = {.request = piece.request, .first = piece.first, .count = piece.count},
    };
    return true;
}

bool puller_next(struct puller *puller, const struct puller_view *view, uint64_t now_ms,
                 struct puller_action *out)
{
    pass(puller, view, now_ms);
    if (next_blame(puller, out))
        return true;
    if (!puller->is_active || view->leader == 0)
        return false;
    return next_delivery(puller, view, now_ms, out) || next_anchor(puller, view, now_ms, out) ||
           next_question(puller, view, now_ms, out);
}

void puller_delivered(struct puller *puller, enum err err, uint64_t now_ms)
{
    size_t at = 0;
    while (at < puller->piece_count && puller->pieces[at].state != PIECE_ANCHORED)
        at++;
    invariant(at < puller->piece_count);
    if (err == ERR_OK) {
        struct piece *piece = &puller->pieces[at];
        free(piece->bytes);
        piece->bytes = NULL;
        piece->state = PIECE_DELIVERED;
        puller->progress_ms = now_ms;
    } else if (err_kind(err) == ERR_KIND_LIMIT || err == ERR_MEMORY) {
        puller->retry_ms = now_ms + TICK_MS;
        puller->retry_durable = puller->durable;
    } else {
        blame(puller, at, err, now_ms);
    }
}
