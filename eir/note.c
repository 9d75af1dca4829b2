#include "eir/note.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 1024, KEPT_CAPACITY = 64 * 1024 };

void notes_close(struct notes *notes)
{
    free(notes->list);
    free(notes->spare);
    *notes = (struct notes){0};
}

void notes_clear(struct notes *notes)
{
    notes->count = 0;
    if (notes->capacity > KEPT_CAPACITY)
        notes_close(notes);
}

static enum err make_room(struct notes *notes)
{
    if (notes->count < notes->capacity)
        return ERR_OK;
    size_t capacity = notes->capacity == 0 ? FIRST_CAPACITY : 2 * notes->capacity;
    struct note *list = realloc(notes->list, capacity * sizeof list[0]);
    if (list == NULL)
        return ERR_MEMORY;
    notes->list = list;
    notes->capacity = capacity;
    return ERR_OK;
}

enum err notes_add(struct notes *notes, const struct change *change)
{
    enum err err = make_room(notes);
    if (err != ERR_OK)
        return err;
    bool is_tac = change->kind == CHANGE_TAC;
    notes->list[notes->count] = (struct note){
        .tac = is_tac ? change->tac : imei_tac(change->item.from),
        .from = imei_serial(change->item.from),
        .to = imei_serial(change->item.to),
        .time_ms = change->time_ms,
        .organisation = change->organisation,
        .claim = (uint8_t)change->claim,
        .reason = (uint8_t)change->reason,
        .kind = (uint8_t)change->kind,
    };
    notes->count++;
    return ERR_OK;
}

/* Which of two numbers comes first. */
static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int compare(const struct note *a, const struct note *b)
{
    bool is_tac[2] = {a->kind == CHANGE_TAC, b->kind == CHANGE_TAC};
    int by = order(a->tac, b->tac);
    if (by == 0)
        by = order(is_tac[1], is_tac[0]);
    return by != 0 ? by : order(note_place(a), note_place(b));
}

/* ---- in order ---- */

/* The end of the notes from `at` on that are in order. */
static size_t run_end(const struct note *notes, size_t at, size_t count)
{
    if (at == count)
        return at;
    do
        at++;
    while (at < count && compare(&notes[at - 1], &notes[at]) <= 0);
    return at;
}

/* The runs [0, middle) and [middle, end) as one. */
static void merge(const struct note *from, size_t middle, size_t end, struct note *to)
{
    size_t left = 0;
    size_t right = middle;
    while (left < middle && right < end)
        *to++ = compare(&from[right], &from[left]) < 0 ? from[right++] : from[left++];
    memcpy(to, &from[left], (middle - left) * sizeof *to);
    memcpy(to + (middle - left), &from[right], (end - right) * sizeof *to);
}

static enum err make_spare(struct notes *notes)
{
    if (notes->spare_capacity >= notes->count)
        return ERR_OK;
    struct note *spare = realloc(notes->spare, notes->capacity * sizeof spare[0]);
    if (spare == NULL)
        return ERR_MEMORY;
    notes->spare = spare;
    notes->spare_capacity = notes->capacity;
    return ERR_OK;
}

/* One run of each two; how many there are then. */
static size_t merge_runs(struct notes *notes)
{
    size_t runs = 0;
    for (size_t at = 0; at < notes->count; runs++) {
        size_t middle = run_end(notes->list, at, notes->count);
        size_t end = run_end(notes->list, middle, notes->count);
        merge(&notes->list[at], middle - at, end - at, &notes->spare[at]);
        at = end;
    }
    struct note *list = notes->list;
    size_t capacity = notes->capacity;
    notes->list = notes->spare;
    notes->capacity = notes->spare_capacity;
    notes->spare = list;
    notes->spare_capacity = capacity;
    return runs;
}

/* Those of a statement are in order already: a few runs. */
enum err notes_sort(struct notes *notes)
{
    if (run_end(notes->list, 0, notes->count) == notes->count)
        return ERR_OK;
    enum err err = make_spare(notes);
    while (err == ERR_OK && merge_runs(notes) > 1)
        ;
    return err;
}
