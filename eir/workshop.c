#include "eir/workshop.h"

#include <stdlib.h>

enum { FIRST_CAPACITY = 2048 };

void workshop_close(struct workshop *workshop)
{
    classes_close(&workshop->classes, &workshop->heap);
    heap_settle(&workshop->heap);
    free(workshop->before.list);
    free(workshop->after.list);
}

enum err rows_reserve(struct claim_rows *rows, size_t more)
{
    if (rows->capacity - rows->count >= more)
        return ERR_OK;
    size_t capacity = rows->capacity < FIRST_CAPACITY ? FIRST_CAPACITY : 2 * rows->capacity;
    if (capacity - rows->count < more)
        capacity = rows->count + more;
    uint64_t *list = realloc(rows->list, capacity * sizeof list[0]);
    if (list == NULL)
        return ERR_MEMORY;
    rows->list = list;
    rows->capacity = capacity;
    return ERR_OK;
}

/* ---- the classes of one place ---- */

static void hand_take(struct workshop *workshop, uint16_t class)
{
    for (size_t i = 0; i < workshop->hand_count; i++)
        if (workshop->hand[i] == class)
            return;
    workshop->hand[workshop->hand_count++] = class;
}

static enum err hand_drop(struct workshop *workshop, const struct note *note)
{
    bool is_beyond = false;
    for (size_t i = 0; i < workshop->hand_count; i++) {
        uint16_t number = workshop->hand[i];
        is_beyond |= number == CLASS_BEYOND;
        if (number == CLASS_BEYOND)
            continue;
        const struct claim_class *class = classes_row(&workshop->classes, number);
        if (class->organisation != note->organisation || class->kind != note->claim)
            continue;
        workshop->hand[i] = workshop->hand[--workshop->hand_count];
        return ERR_OK;
    }
    return is_beyond ? ERR_OK : ERR_DAMAGED;
}

static enum err hand_change(struct workshop *workshop, const struct note *note)
{
    if (note->kind == CHANGE_LIFTED)
        return hand_drop(workshop, note);
    uint16_t number;
    enum err err = classes_number(&workshop->classes, &workshop->heap, note->organisation,
                                  (enum claim_kind)note->claim, (enum reason)note->reason, &number);
    if (err == ERR_OK)
        hand_take(workshop, number);
    return err;
}

static int compare_classes(const void *a, const void *b)
{
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

/* `after` has room for them. */
static void hand_put(struct workshop *workshop, uint64_t place)
{
    qsort(workshop->hand, workshop->hand_count, sizeof workshop->hand[0], compare_classes);
    for (size_t i = 0; i < workshop->hand_count; i++)
        workshop->after.list[workshop->after.count++] = place << CLASS_BITS | workshop->hand[i];
    workshop->hand_count = 0;
}

/* ---- rows and changes ---- */

enum err workshop_merge(struct workshop *workshop, const struct note *notes, size_t count)
{
    const struct claim_rows *before = &workshop->before;
    size_t row = 0;
    size_t note = 0;
    enum err err = rows_reserve(&workshop->after, before->count + count);
    while (err == ERR_OK && note < count) {
        uint64_t place = note_place(&notes[note]);
        while (row < before->count && row_place(before->list[row]) < place)
            workshop->after.list[workshop->after.count++] = before->list[row++];
        while (row < before->count && row_place(before->list[row]) == place)
            hand_take(workshop, row_class(before->list[row++]));
        while (err == ERR_OK && note < count && note_place(&notes[note]) == place)
            err = hand_change(workshop, &notes[note++]);
        hand_put(workshop, place);
    }
    while (err == ERR_OK && row < before->count)
        workshop->after.list[workshop->after.count++] = before->list[row++];
    return err;
}
