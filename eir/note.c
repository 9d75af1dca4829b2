#include "eir/note.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 1024, KEPT_CAPACITY = 16 * 1024 };

void notes_close(struct notes *notes)
{
    free(notes->list);
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
        .sequence = (uint32_t)notes->count,
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
    if (by == 0)
        by = order(note_place(a), note_place(b));
    return by != 0 ? by : order(a->sequence, b->sequence);
}

static int compare_any(const void *a, const void *b)
{
    return compare(a, b);
}

void notes_sort(struct notes *notes)
{
    size_t sorted = 1;
    while (sorted < notes->count && compare(&notes->list[sorted - 1], &notes->list[sorted]) < 0)
        sorted++;
    if (sorted < notes->count)
        qsort(notes->list, notes->count, sizeof notes->list[0], compare_any);
}
