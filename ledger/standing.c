#include "ledger/standing.h"

#include "ledger/records.h"
#include "ledger/rows.h"
#include "ledger/state.h"
#include "proto/invariant.h"

#include <stdlib.h>

/* The rows of one table under one key, in order of their items. */
struct stream {
    struct cursor cursor;
    bool is_events;
    bool has_row;
    struct trace row;
};

/* A claim of the item under way that has been lifted since it was raised, now or at some time. */
struct ended {
    uint16_t organisation;
    enum claim_kind kind;
    bool is_raised; /* by the events before the place */
    uint64_t index;
};

struct standing_walk {
    struct state *state;
    uint64_t place;
    uint32_t tac;
    bool is_range;
    unsigned width;   /* of ranges: under way */
    struct imei last; /* of devices: nothing behind it is asked for */
    struct stream claims;
    struct stream events; /* not opened for PLACE_NOW */
    bool has_item;
    struct item item; /* under way: its claims, and then its ended ones */
    struct ended *ended;
    size_t ended_count;
    size_t ended_told;
    size_t ended_capacity;
};

/* ---- places ---- */

enum err view_place(struct view *view, uint64_t height, uint64_t *place)
{
    struct state *state = view_state(view);
    uint64_t low = 0;
    uint64_t high = view_position(view).transactions;
    while (low < high && state->txn.err == ERR_OK) {
        uint64_t middle = low + (high - low) / 2;
        struct record record = {0};
        if (record_get(state, middle, &record) && record.height <= height)
            low = middle + 1;
        else
            high = middle;
    }
    *place = low;
    return state->txn.err;
}

/* ---- rows ---- */

static int item_order(const struct item *a, const struct item *b)
{
    if (a->from.value != b->from.value)
        return a->from.value < b->from.value ? -1 : 1;
    return (a->to.value > b->to.value) - (a->to.value < b->to.value);
}

/* Takes the row that the cursor found. */
static void stream_take(struct standing_walk *walk, struct stream *stream, bool is_there,
                        struct bytes row)
{
    stream->has_row = is_there;
    if (!is_there)
        return;
    enum err err = stream->is_events ? event_unpack(walk->tac, walk->is_range, row, &stream->row)
                                     : claim_unpack(walk->tac, walk->is_range, row, &stream->row);
    state_fail(walk->state, err);
    stream->has_row = err == ERR_OK;
}

static void stream_next(struct standing_walk *walk, struct stream *stream)
{
    struct bytes row = {0};
    bool is_there = cursor_next_value(&stream->cursor, &row);
    stream_take(walk, stream, is_there, row);
}

/* Goes to the first row under the key from that item on. */
static void stream_seek(struct standing_walk *walk, struct stream *stream, const struct row *key,
                        const struct item *item)
{
    struct bytes row = {0};
    const struct trace least = {.item = *item};
    struct row from = stream->is_events ? event_pack(&least) : claim_pack(&least);
    if (stream->cursor.handle == NULL)
        return;
    bool is_there = cursor_seek_value(&stream->cursor, row_view(key), row_view(&from), &row);
    stream_take(walk, stream, is_there, row);
}

/* The smallest width from `width` on that the TAC has in this table; above the largest when there
 * is none. */
static unsigned stream_width(struct standing_walk *walk, struct stream *stream, unsigned width)
{
    struct row from = span_key(walk->tac, width);
    struct row tac = tac_key(walk->tac);
    struct bytes key = {0};
    if (stream->cursor.handle == NULL || !cursor_seek(&stream->cursor, row_view(&from), &key, NULL))
        return SPAN_WIDTH_MAX + 1;
    if (key.size != from.size) {
        state_fail(walk->state, ERR_DAMAGED);
        return SPAN_WIDTH_MAX + 1;
    }
    if (memcmp(key.data, tac.data, tac.size) != 0)
        return SPAN_WIDTH_MAX + 1;
    if (key.data[tac.size] > SPAN_WIDTH_MAX)
        state_fail(walk->state, ERR_DAMAGED);
    return key.data[tac.size];
}

/* Begins the next width that has rows; false when there is none. */
static bool next_width(struct standing_walk *walk)
{
    static const struct item first = {{0}, {1}};
    if (!walk->is_range || walk->width >= SPAN_WIDTH_MAX)
        return false;
    unsigned of_claims = stream_width(walk, &walk->claims, walk->width + 1);
    unsigned of_events = stream_width(walk, &walk->events, walk->width + 1);
    walk->width = of_claims < of_events ? of_claims : of_events;
    if (walk->width > SPAN_WIDTH_MAX || walk->state->txn.err != ERR_OK)
        return false;
    struct row key = span_key(walk->tac, walk->width);
    stream_seek(walk, &walk->claims, &key, &first);
    stream_seek(walk, &walk->events, &key, &first);
    return true;
}

/* ---- what was lifted ---- */

static struct ended *ended_of(struct standing_walk *walk, uint16_t organisation,
                              enum claim_kind kind)
{
    for (size_t i = 0; i < walk->ended_count; i++) {
        if (walk->ended[i].organisation == organisation && walk->ended[i].kind == kind)
            return &walk->ended[i];
    }
    if (walk->ended_count == walk->ended_capacity) {
        size_t capacity = walk->ended_capacity == 0 ? 16 : 2 * walk->ended_capacity;
        struct ended *grown = realloc(walk->ended, capacity * sizeof *grown);
        if (grown == NULL) {
            state_fail(walk->state, ERR_MEMORY);
            return NULL;
        }
        walk->ended = grown;
        walk->ended_capacity = capacity;
    }
    walk->ended[walk->ended_count] = (struct ended){.organisation = organisation, .kind = kind};
    return &walk->ended[walk->ended_count++];
}

/* An event is told from its transaction: what it raised, or lifted. Events of one claim alternate,
 * so the last one before the place says whether it stood. */
static void take_event(struct standing_walk *walk, const struct trace *event)
{
    struct record record = {0};
    if (!record_get(walk->state, event->index, &record))
        return;
    const struct operation_row *operation = operation_row(record.operation);
    if (operation == NULL || operation->claim == CLAIM_NONE) {
        state_fail(walk->state, ERR_DAMAGED);
        return;
    }
    struct ended *ended = ended_of(walk, event->organisation, operation->claim);
    if (ended == NULL)
        return;
    ended->is_raised = operation->form == FORM_RAISE;
    ended->index = event->index;
}

static void take_events(struct standing_walk *walk)
{
    struct stream *events = &walk->events;
    walk->ended_count = 0;
    walk->ended_told = 0;
    while (events->has_row && item_order(&events->row.item, &walk->item) == 0) {
        if (events->row.index < walk->place)
            take_event(walk, &events->row);
        stream_next(walk, events);
    }
}

/* ---- the walk ---- */

/* Goes to the next item that has rows. */
static bool next_item(struct standing_walk *walk)
{
    walk->has_item = false;
    while (!walk->claims.has_row && !walk->events.has_row) {
        if (!next_width(walk))
            return false;
    }
    const struct stream *first = &walk->claims;
    if (!first->has_row ||
        (walk->events.has_row && item_order(&walk->events.row.item, &first->row.item) < 0))
        first = &walk->events;
    walk->item = first->row.item;
    walk->has_item = walk->is_range || walk->item.from.value <= walk->last.value;
    if (walk->has_item)
        take_events(walk);
    return walk->has_item;
}

/* The next claim of the item under way. */
static bool next_of_item(struct standing_walk *walk, struct standing *out)
{
    struct stream *claims = &walk->claims;
    while (claims->has_row && item_order(&claims->row.item, &walk->item) == 0) {
        struct trace claim = claims->row;
        stream_next(walk, claims);
        if (claim.index >= walk->place)
            continue;
        *out = (struct standing){claim.item, claim.kind, claim.organisation, claim.index};
        return true;
    }
    while (walk->ended_told < walk->ended_count) {
        const struct ended *ended = &walk->ended[walk->ended_told++];
        if (!ended->is_raised)
            continue;
        *out = (struct standing){walk->item, ended->kind, ended->organisation, ended->index};
        return true;
    }
    return false;
}

bool standing_next(struct standing_walk *walk, struct standing *out)
{
    while (walk->state->txn.err == ERR_OK) {
        if (walk->has_item && next_of_item(walk, out))
            return walk->state->txn.err == ERR_OK;
        if (!next_item(walk))
            return false;
    }
    return false;
}

static enum err walk_new(struct view *view, uint64_t place, bool is_range,
                         struct standing_walk **out)
{
    struct state *state = view_state(view);
    struct standing_walk *walk = calloc(1, sizeof *walk);
    *out = walk;
    if (walk == NULL)
        return ERR_MEMORY;
    const struct tables *tables = state->tables;
    walk->state = state;
    walk->place = place;
    walk->is_range = is_range;
    walk->claims.cursor = cursor_open(&state->txn, is_range ? tables->spans : tables->claims);
    walk->events.is_events = true;
    if (place < view_position(view).transactions)
        walk->events.cursor =
            cursor_open(&state->txn, is_range ? tables->span_events : tables->events);
    return ERR_OK;
}

enum err standing_devices(struct view *view, struct imei from, struct imei to, uint64_t place,
                          struct standing_walk **out)
{
    invariant(imei_tac(from) == imei_tac(to));
    enum err err = walk_new(view, place, false, out);
    if (err != ERR_OK)
        return err;
    struct standing_walk *walk = *out;
    const struct item first = {from, from};
    struct row key = item_key(&first);
    walk->tac = imei_tac(from);
    walk->last = to;
    stream_seek(walk, &walk->claims, &key, &first);
    stream_seek(walk, &walk->events, &key, &first);
    return ERR_OK;
}

enum err standing_ranges(struct view *view, uint32_t tac, uint64_t place,
                         struct standing_walk **out)
{
    enum err err = walk_new(view, place, true, out);
    if (err == ERR_OK)
        (*out)->tac = tac;
    return err;
}

enum err standing_end(struct standing_walk *walk)
{
    if (walk == NULL)
        return ERR_OK;
    enum err err = walk->state->txn.err;
    cursor_close(&walk->claims.cursor);
    cursor_close(&walk->events.cursor);
    free(walk->ended);
    free(walk);
    return err;
}

/* ---- what lies where ---- */

/* The TAC of the first row from `from` on; IMEI_TACS when there is none. */
static uint32_t first_tac(struct state *state, struct table table, uint32_t from)
{
    struct row least = tac_key(from);
    struct cursor cursor = cursor_open(&state->txn, table);
    struct bytes key = {0};
    uint32_t tac = IMEI_TACS;
    if (cursor_seek(&cursor, row_view(&least), &key, NULL)) {
        struct reader reader = reader_over(key);
        tac = reader_u32(&reader);
        if (!reader_ok(&reader) || tac >= IMEI_TACS)
            state_fail(state, ERR_DAMAGED);
    }
    cursor_close(&cursor);
    return tac;
}

enum err standing_tac(struct view *view, uint32_t from, uint32_t *tac)
{
    struct state *state = view_state(view);
    if (from >= IMEI_TACS)
        return ERR_NOT_FOUND;
    uint32_t of_devices = first_tac(state, state->tables->claims, from);
    uint32_t of_ranges = first_tac(state, state->tables->spans, from);
    *tac = of_devices < of_ranges ? of_devices : of_ranges;
    if (state->txn.err != ERR_OK)
        return state->txn.err;
    return *tac < IMEI_TACS ? ERR_OK : ERR_NOT_FOUND;
}

enum err standing_count(struct view *view, uint64_t *count)
{
    struct state *state = view_state(view);
    *count = txn_count(&state->txn, state->tables->claims) +
             txn_count(&state->txn, state->tables->spans);
    return state->txn.err;
}

enum err view_standing_facts(struct view *view, uint64_t index, struct standing_facts *out)
{
    struct state *state = view_state(view);
    struct record record = {0};
    (void)record_get(state, index, &record);
    *out = (struct standing_facts){.time_ms = record.time_ms, .reason = record.reason};
    return state->txn.err;
}

/* ---- of one organisation ---- */

struct page {
    struct view *view;
    const struct standing_of *question;
    struct standing_answer *out;
    size_t looked;
    struct standing_facts facts; /* of the transaction `index`: neighbours often share it */
    uint64_t index;
};

static enum err page_fits(struct page *page, const struct standing *claim, bool *fits)
{
    const struct standing_of *question = page->question;
    *fits = claim->organisation == question->organisation && claim->kind == question->kind;
    if (!*fits || question->reason == REASON_NONE)
        return ERR_OK;
    if (page->index != claim->index) {
        enum err err = view_standing_facts(page->view, claim->index, &page->facts);
        if (err != ERR_OK)
            return err;
        page->index = claim->index;
    }
    *fits = page->facts.reason == question->reason;
    return ERR_OK;
}

/* The device that the page begins with is always told whole, or there might be no end of it. */
static bool page_ends_before(const struct page *page, struct imei imei)
{
    return (page->out->count == STANDING_ROWS_MAX || page->looked >= STANDING_LOOKED_MAX) &&
           imei.value != page->question->from.value;
}

/* The rest is for another page: from that device on, unless it is told already. */
static void page_end(struct page *page, struct imei imei)
{
    struct standing_answer *out = page->out;
    bool is_told = out->count > 0 && out->imeis[out->count - 1].value == imei.value;
    out->next.value = imei.value + is_told;
    out->more = out->next.value < IMEI_VALUES;
    if (!out->more)
        out->next.value = 0;
}

/* Adds a TAC's devices from `from` on. */
static enum err page_add(struct page *page, struct imei from)
{
    struct standing_answer *out = page->out;
    struct standing_walk *walk;
    struct standing claim;
    bool is_over = false;
    enum err err = standing_devices(page->view, from, imei_of(imei_tac(from), IMEI_SERIALS - 1),
                                    PLACE_NOW, &walk);
    while (err == ERR_OK && !is_over && standing_next(walk, &claim)) {
        bool fits;
        is_over = page_ends_before(page, claim.item.from);
        if (is_over) {
            page_end(page, claim.item.from);
            continue;
        }
        page->looked++;
        err = page_fits(page, &claim, &fits);
        if (err == ERR_OK && fits)
            out->imeis[out->count++] = claim.item.from;
    }
    enum err end = standing_end(walk);
    return err != ERR_OK ? err : end;
}

enum err view_standing_of(struct view *view, const struct standing_of *question,
                          struct standing_answer *out)
{
    struct page page = {view, question, out, .index = UINT64_MAX};
    uint32_t tac = imei_tac(question->from);
    struct imei from = question->from;
    out->count = 0;
    out->more = false;
    out->next = (struct imei){0};
    enum err err = page_add(&page, from);
    while (err == ERR_OK && !out->more) {
        err = standing_tac(view, tac + 1, &tac);
        if (err == ERR_OK)
            err = page_add(&page, imei_of(tac, 0));
    }
    return err == ERR_NOT_FOUND ? ERR_OK : err;
}
