#include "eir/index.h"

#include "eir/shelf_map.h"
#include "proto/invariant.h"

#include <stdlib.h>

/* Of a new map, and of claims that are read before they are put on their shelves. */
enum { FIRST_BITS = 10, SCAN_NOTES = 1 << 18 };

struct index {
    struct ledger *ledger;
    _Atomic(struct shelf_map *) map; /* NULL: it has given up */
    _Atomic uint64_t height;
    _Atomic uint64_t time_ms;
    _Atomic uint64_t bytes;
    struct workshop workshop;
    enum err err; /* why it gives up, or has */
    bool has_given_up;
    /* Of the batch under way: */
    struct notes notes;
    struct changed_organisations {
        struct change *list;
        size_t count;
        size_t capacity;
    } organisations;
    struct leaves leaves;
    scan_progress *progress;
    void (*given_up)(void *context, enum err err);
    void *context;
};

static struct shelf_map *map_of(const struct index *index)
{
    return atomic_load_explicit(&index->map, memory_order_acquire);
}

/* ---- readers ---- */

static void found_add(struct found *found, const struct claim_class *class, bool is_range)
{
    found->claims[found->count++] = (struct found_claim){.class = class, .is_range = is_range};
}

static bool find_own(const struct index *index, const struct shelf *shelf, uint32_t serial,
                     struct found *out)
{
    size_t count;
    const uint32_t *rows = shelf_find(shelf, serial, &count);
    for (size_t i = 0; i < count; i++) {
        uint16_t class = row_class(rows[i]);
        if (class == CLASS_BEYOND)
            return false;
        found_add(out, classes_row(&index->workshop.classes, class), false);
    }
    return true;
}

static bool find_around(const struct index *index, const struct spans *spans, uint32_t serial,
                        struct found *out)
{
    struct class_set set = {0};
    spans_find(spans, serial, &set);
    for (size_t i = 0; i < sizeof set.words / sizeof set.words[0]; i++) {
        for (uint64_t left = set.words[i]; left != 0; left &= left - 1) {
            uint16_t class = (uint16_t)(64 * i + (size_t)__builtin_ctzll(left));
            if (class == CLASS_BEYOND)
                return false;
            found_add(out, classes_row(&index->workshop.classes, class), true);
        }
    }
    return true;
}

bool index_find(const struct index *index, struct imei imei, struct found *out)
{
    /* Before the shelf: what is found is of this height or of a later one. */
    out->height = atomic_load_explicit(&index->height, memory_order_acquire);
    out->time_ms = atomic_load_explicit(&index->time_ms, memory_order_acquire);
    out->is_cut = false;
    out->is_tac_known = false;
    out->tac_time_ms = 0;
    out->count = 0;
    const struct shelf_map *map = map_of(index);
    if (map == NULL)
        return false;
    const struct shelf *shelf = shelf_map_find(map, imei_tac(imei));
    if (shelf == NULL)
        return true;
    out->is_tac_known = shelf->is_tac_known;
    out->tac_time_ms = shelf->tac_time_ms;
    uint32_t serial = imei_serial(imei);
    return find_own(index, shelf, serial, out) &&
           (shelf->spans == NULL || find_around(index, shelf->spans, serial, out));
}

/* ---- the batch under way ---- */

static enum err organisations_add(struct changed_organisations *organisations,
                                  const struct change *change)
{
    if (organisations->count == organisations->capacity) {
        size_t capacity = organisations->capacity + 64;
        struct change *list = realloc(organisations->list, capacity * sizeof list[0]);
        if (list == NULL)
            return ERR_MEMORY;
        organisations->list = list;
        organisations->capacity = capacity;
    }
    organisations->list[organisations->count++] = *change;
    return ERR_OK;
}

static void note(void *context, const struct change *change)
{
    struct index *index = context;
    if (index->err != ERR_OK)
        return;
    index->err = change->kind == CHANGE_ORGANISATION
                     ? organisations_add(&index->organisations, change)
                     : notes_add(&index->notes, change);
}

static void drop(void *context)
{
    struct index *index = context;
    notes_clear(&index->notes);
    index->organisations.count = 0;
}

/* A map with room for one TAC more, in which readers find what they found before. */
static enum err make_room(struct index *index)
{
    struct shelf_map *map = map_of(index);
    if (!shelf_map_is_full(map))
        return ERR_OK;
    struct shelf_map *grown = shelf_map_grown(map, &index->workshop.heap);
    if (grown == NULL)
        return ERR_MEMORY;
    atomic_store_explicit(&index->map, grown, memory_order_release);
    heap_retire(&index->workshop.heap, map);
    return ERR_OK;
}

/* Carries out what is noted of one TAC: readers find all of it, or nothing. */
static enum err change_tac(struct index *index, const struct note *notes, size_t count)
{
    enum err err = make_room(index);
    if (err != ERR_OK)
        return err;
    const struct shelf *before = shelf_map_find(map_of(index), notes->tac);
    struct shelf *after;
    err = shelf_change(before, notes, count, &index->workshop, &index->leaves, &after);
    if (err != ERR_OK)
        return err;
    shelf_map_put(map_of(index), notes->tac, after);
    shelf_retire(before, after, &index->workshop.heap);
    return ERR_OK;
}

static void carry_out(struct index *index)
{
    struct workshop *workshop = &index->workshop;
    for (size_t i = 0; i < index->organisations.count && index->err == ERR_OK; i++)
        index->err = classes_organisation(&workshop->classes, &workshop->heap,
                                          &index->organisations.list[i]);
    struct notes *notes = &index->notes;
    if (index->err == ERR_OK)
        index->err = notes_sort(notes);
    for (size_t first = 0; first < notes->count && index->err == ERR_OK;) {
        size_t end = first + 1;
        while (end < notes->count && notes->list[end].tac == notes->list[first].tac)
            end++;
        index->err = change_tac(index, &notes->list[first], end - first);
        first = end;
    }
    drop(index);
}

/* ---- giving up ---- */

static void empty(struct index *index)
{
    struct heap *heap = &index->workshop.heap;
    struct shelf_map *map = map_of(index);
    if (map == NULL)
        return;
    atomic_store_explicit(&index->map, NULL, memory_order_release);
    for (size_t i = 0; i < (size_t)1 << map->bits; i++)
        shelf_retire(atomic_load_explicit(&map->slots[i].shelf, memory_order_relaxed), NULL, heap);
    heap_retire(heap, map);
    heap_settle(heap);
}

static void give_up(struct index *index)
{
    if (index->has_given_up)
        return;
    index->has_given_up = true;
    empty(index);
    notes_close(&index->notes);
    if (index->given_up != NULL)
        index->given_up(index->context, index->err);
}

/* ---- following the ledger ---- */

static void commit(void *context, const struct ledger_position *position)
{
    struct index *index = context;
    if (index->err == ERR_OK)
        carry_out(index);
    if (index->err != ERR_OK)
        give_up(index);
    atomic_store_explicit(&index->bytes, sizeof *index + index->workshop.heap.bytes,
                          memory_order_relaxed);
    atomic_store_explicit(&index->time_ms, position->time_ms, memory_order_release);
    atomic_store_explicit(&index->height, position->height, memory_order_release);
}

/* ---- the start ---- */

static void note_scanned(void *context, const struct change *change)
{
    struct index *index = context;
    note(index, change);
    if (index->notes.count >= SCAN_NOTES && index->err == ERR_OK)
        carry_out(index);
}

static void tell_progress(void *context, uint64_t done, uint64_t all)
{
    struct index *index = context;
    if (index->progress != NULL)
        index->progress(index->context, done, all);
}

static enum err fill(struct index *index)
{
    struct view *view;
    enum err err = view_open(index->ledger, &view);
    if (err != ERR_OK)
        return err;
    err = view_scan(view, note_scanned, tell_progress, index);
    if (err == ERR_MEMORY && index->err == ERR_OK)
        index->err = ERR_MEMORY;
    struct ledger_position position = view_position(view);
    if (err == ERR_OK || err == ERR_MEMORY)
        commit(index, &position);
    view_close(view);
    return err == ERR_MEMORY ? ERR_OK : err;
}

enum err index_open(const struct index_options *options, struct index **out)
{
    *out = NULL;
    struct index *index = calloc(1, sizeof *index);
    if (index == NULL)
        return ERR_MEMORY;
    index->ledger = options->ledger;
    index->progress = options->progress;
    index->given_up = options->given_up;
    index->context = options->context;
    index->workshop.heap.bytes_max = options->bytes_max;
    struct shelf_map *map = shelf_map_new(&index->workshop.heap, FIRST_BITS);
    atomic_init(&index->map, map);
    if (map == NULL)
        index->err = ERR_MEMORY;
    enum err err = fill(index);
    if (err != ERR_OK) {
        index_close(index);
        return err;
    }
    const struct ledger_watch watch = {
        .change = note, .commit = commit, .drop = drop, .context = index};
    ledger_set_watch(index->ledger, &watch);
    *out = index;
    return ERR_OK;
}

void index_close(struct index *index)
{
    if (index == NULL)
        return;
    ledger_set_watch(index->ledger, NULL);
    empty(index);
    workshop_close(&index->workshop);
    notes_close(&index->notes);
    free(index->organisations.list);
    free(index->leaves.list);
    free(index);
}

uint64_t index_bytes(const struct index *index)
{
    return atomic_load_explicit(&index->bytes, memory_order_relaxed);
}

bool index_has_given_up(const struct index *index)
{
    return map_of(index) == NULL;
}

struct index_size index_size(const struct index *index)
{
    const struct shelf_map *map = map_of(index);
    struct index_size size = {.classes = index->workshop.classes.count,
                              .bytes = sizeof *index + index->workshop.heap.bytes,
                              .has_given_up = index->has_given_up};
    if (map == NULL)
        return size;
    for (size_t i = 0; i < (size_t)1 << map->bits; i++) {
        const struct shelf *shelf =
            atomic_load_explicit(&map->slots[i].shelf, memory_order_relaxed);
        if (shelf == NULL)
            continue;
        size.tacs++;
        for (size_t k = 0; k < shelf->leaf_count; k++)
            size.claims += shelf->leaves[k].count;
        size.ranges += shelf->spans == NULL ? 0 : shelf->spans->count;
    }
    return size;
}
