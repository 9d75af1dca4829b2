#include "ledger/history.h"

#include "proto/invariant.h"

static struct item device(struct imei imei)
{
    return (struct item){.from = imei, .to = imei};
}

void event_add(struct state *state, const struct trace *event)
{
    struct row key = item_key(&event->item);
    struct row row = event_pack(event);
    const struct table *table =
        item_is_range(&event->item) ? &state->tables->span_events : &state->tables->events;
    state_add(state, table, row_view(&key), row_view(&row));
}

/* ---- the first so many ---- */

static void traces_add(struct traces *traces, uint64_t rank, const struct trace *trace)
{
    size_t at = traces->count;
    while (at > 0 && traces->list[at - 1].rank > rank)
        at--;
    if (traces->count == traces->capacity)
        traces->more = true;
    if (at == traces->capacity)
        return;
    if (traces->count < traces->capacity)
        traces->count++;
    memmove(&traces->list[at + 1], &traces->list[at],
            (traces->count - 1 - at) * sizeof(traces->list[0]));
    traces->list[at] = (struct ranked){.rank = rank, .trace = *trace};
}

static void traces_begin(struct traces *traces)
{
    invariant(traces->capacity <= HISTORY_ROWS_MAX);
    traces->count = 0;
    traces->more = false;
}

static void keep_by_kind(void *traces, const struct trace *trace)
{
    traces_add(traces, (uint64_t)trace->kind * INDEX_END + trace->index, trace);
}

static void keep_by_index(void *traces, const struct trace *trace)
{
    traces_add(traces, trace->index, trace);
}

/* What a walk looks for, and who takes it. */
struct search {
    struct state *state;
    struct imei imei;
    uint64_t first;    /* index */
    size_t events_max; /* on the device itself */
    trace_visit *visit;
    void *context;
};

static void search_take(const struct search *search, const struct trace *trace)
{
    if (trace->index >= search->first)
        search->visit(search->context, trace);
}

/* ---- ranges around a device ---- */

/* The rows of a table of ranges whose range covers one serial. A range of width w that covers it
 * begins less than 2^w below it, so each width takes one seek and a walk from there; and as the
 * range is longer than 2^(w-1), whatever is walked over covers the serial or the one 2^(w-1) below
 * it: no row is met in vain but those. */
struct cover {
    struct state *state;
    struct cursor cursor;
    size_t row_size;
    uint32_t tac;
    uint32_t serial;
    unsigned width; /* under way, or the next to look for */
    bool is_inside; /* the cursor stands on a row of that width */
};

static struct cover cover_open(struct state *state, struct table table, size_t row_size,
                               struct imei imei)
{
    return (struct cover){.state = state,
                          .cursor = cursor_open(&state->txn, table),
                          .row_size = row_size,
                          .tac = imei_tac(imei),
                          .serial = imei_serial(imei),
                          .width = 1};
}

/* Goes to the next width that the TAC has; false when there is none. */
static bool cover_find_width(struct cover *cover)
{
    struct row from = span_key(cover->tac, cover->width);
    struct row tac = tac_key(cover->tac);
    struct bytes key = {0};
    if (!cursor_seek(&cover->cursor, row_view(&from), &key, NULL))
        return false;
    if (key.size != from.size) {
        state_fail(cover->state, ERR_DAMAGED);
        return false;
    }
    if (memcmp(key.data, tac.data, tac.size) != 0)
        return false;
    cover->width = key.data[tac.size];
    if (cover->width >= 1 && cover->width <= SPAN_WIDTH_MAX)
        return true;
    state_fail(cover->state, ERR_DAMAGED);
    return false;
}

/* The first row of the width under way where a range around the serial can begin. */
static bool cover_enter(struct cover *cover, struct bytes *row)
{
    uint32_t reach = (UINT32_C(1) << cover->width) - 1;
    struct row key = span_key(cover->tac, cover->width);
    struct row least =
        span_seek(cover->serial > reach ? cover->serial - reach : 0, cover->row_size);
    return cursor_seek_value(&cover->cursor, row_view(&key), row_view(&least), row);
}

static bool cover_next(struct cover *cover, struct bytes *row)
{
    for (;;) {
        if (!cover->is_inside && !cover_find_width(cover))
            return false;
        bool is_there =
            cover->is_inside ? cursor_next_value(&cover->cursor, row) : cover_enter(cover, row);
        uint32_t from = 0;
        uint32_t to = 0;
        if (is_there)
            state_fail(cover->state, span_unpack(*row, &from, &to));
        if (cover->state->txn.err != ERR_OK)
            return false;
        cover->is_inside = is_there && from <= cover->serial;
        if (!cover->is_inside)
            cover->width++;
        else if (to >= cover->serial)
            return true;
    }
}

/* ---- claims that stand ---- */

static void standing_on_device(const struct search *search)
{
    struct state *state = search->state;
    struct item item = device(search->imei);
    struct trace trace = {.item = item};
    struct row key = item_key(&item);
    struct row least = claim_pack(&trace);
    struct cursor cursor = cursor_open(&state->txn, state->tables->claims);
    struct bytes row = {0};
    bool more = cursor_seek_value(&cursor, row_view(&key), row_view(&least), &row);
    for (; more; more = cursor_next_value(&cursor, &row)) {
        enum err err = claim_unpack(imei_tac(search->imei), false, row, &trace);
        state_fail(state, err);
        if (err != ERR_OK || trace.item.from.value != search->imei.value)
            break;
        search_take(search, &trace);
    }
    cursor_close(&cursor);
}

static void standing_around(const struct search *search)
{
    struct state *state = search->state;
    struct cover cover = cover_open(state, state->tables->spans, SPAN_SIZE, search->imei);
    struct bytes row = {0};
    while (cover_next(&cover, &row)) {
        struct trace trace;
        enum err err = claim_unpack(cover.tac, true, row, &trace);
        state_fail(state, err);
        if (err == ERR_OK)
            search_take(search, &trace);
    }
    cursor_close(&cover.cursor);
}

/* ---- events ---- */

static void events_on_device(const struct search *search)
{
    struct state *state = search->state;
    struct item item = device(search->imei);
    struct trace trace = {.item = item, .index = search->first};
    struct row key = item_key(&item);
    struct row least = event_pack(&trace);
    struct cursor cursor = cursor_open(&state->txn, state->tables->events);
    struct bytes row = {0};
    bool more = cursor_seek_value(&cursor, row_view(&key), row_view(&least), &row);
    /* They lie in order of their index: one more than fits is enough. */
    for (size_t left = search->events_max; more && left > 0; left--) {
        enum err err = event_unpack(imei_tac(search->imei), false, row, &trace);
        state_fail(state, err);
        if (err != ERR_OK || trace.item.from.value != search->imei.value)
            break;
        search_take(search, &trace);
        more = cursor_next_value(&cursor, &row);
    }
    cursor_close(&cursor);
}

static void events_around(const struct search *search)
{
    struct state *state = search->state;
    struct cover cover =
        cover_open(state, state->tables->span_events, SPAN_EVENT_SIZE, search->imei);
    struct bytes row = {0};
    while (cover_next(&cover, &row)) {
        struct trace trace;
        enum err err = event_unpack(cover.tac, true, row, &trace);
        state_fail(state, err);
        if (err == ERR_OK)
            search_take(search, &trace);
    }
    cursor_close(&cover.cursor);
}

void history_standing_all(struct state *state, struct imei imei, trace_visit *visit, void *context)
{
    struct search search = {.state = state, .imei = imei, .visit = visit, .context = context};
    standing_on_device(&search);
    standing_around(&search);
}

void history_standing(struct state *state, struct imei imei, struct traces *out)
{
    traces_begin(out);
    history_standing_all(state, imei, keep_by_kind, out);
}

void history_changes(struct state *state, struct imei imei, uint64_t first, struct traces *out)
{
    struct search search = {.state = state,
                            .imei = imei,
                            .first = first,
                            .events_max = out->capacity + 1,
                            .visit = keep_by_index,
                            .context = out};
    traces_begin(out);
    if (first >= INDEX_END)
        return;
    standing_on_device(&search);
    standing_around(&search);
    events_on_device(&search);
    events_around(&search);
}
