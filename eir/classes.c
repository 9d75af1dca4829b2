#include "eir/classes.h"

#include "proto/invariant.h"

#include <stdlib.h>

_Static_assert(CLASS_PLACES > CLASSES_MAX, "there is always a free place");

void classes_close(struct classes *classes, struct heap *heap)
{
    for (size_t i = 0; i < classes->count; i++)
        heap_retire(heap, classes_row(classes, (uint16_t)i));
    free(classes->organisations);
}

/* ---- rows ---- */

/* Publishes the row of a class with its organisation as it is now. */
static enum err row_set(struct classes *classes, struct heap *heap, uint16_t number,
                        const struct claim_class *class)
{
    const struct change *organisation = &classes->organisations[class->organisation];
    struct claim_class *row = heap_get(heap, sizeof *row);
    if (row == NULL)
        return ERR_MEMORY;
    *row = (struct claim_class){.kind = class->kind,
                                .reason = class->reason,
                                .organisation = class->organisation,
                                .roles = organisation->roles,
                                .country = organisation->country,
                                .name = organisation->name};
    const struct claim_class *before =
        number < classes->count ? classes_row(classes, number) : NULL;
    atomic_store_explicit(&classes->rows[number], row, memory_order_release);
    heap_retire(heap, before);
    return ERR_OK;
}

/* ---- organisations ---- */

static enum err make_room(struct classes *classes, uint16_t number)
{
    if (number < classes->organisation_count)
        return ERR_OK;
    size_t count = (size_t)number + 64;
    struct change *grown =
        realloc(classes->organisations, count * sizeof classes->organisations[0]);
    if (grown == NULL)
        return ERR_MEMORY;
    memset(&grown[classes->organisation_count], 0,
           (count - classes->organisation_count) * sizeof grown[0]);
    classes->organisations = grown;
    classes->organisation_count = count;
    return ERR_OK;
}

enum err classes_organisation(struct classes *classes, struct heap *heap,
                              const struct change *organisation)
{
    enum err err = make_room(classes, organisation->organisation);
    if (err != ERR_OK)
        return err;
    classes->organisations[organisation->organisation] = *organisation;
    for (uint16_t i = 0; i < classes->count && err == ERR_OK; i++) {
        const struct claim_class *class = classes_row(classes, i);
        if (class->organisation == organisation->organisation)
            err = row_set(classes, heap, i, class);
    }
    return err;
}

/* ---- numbers ---- */

static bool is_of(const struct claim_class *class, uint16_t organisation, enum claim_kind kind,
                  enum reason reason)
{
    return class->organisation == organisation && class->kind == kind && class->reason == reason;
}

/* Where the class stands in `places`, or would. */
static size_t place_of(const struct classes *classes, uint16_t organisation, enum claim_kind kind,
                       enum reason reason)
{
    uint32_t key = (uint32_t)organisation << 16 | (uint32_t)kind << 8 | (uint32_t)reason;
    size_t place = key * UINT32_C(0x9E3779B1) >> (32 - CLASS_PLACE_BITS);
    while (classes->places[place] != 0 &&
           !is_of(classes_row(classes, classes->places[place] - 1), organisation, kind, reason))
        place = (place + 1) % CLASS_PLACES;
    return place;
}

static enum err add(struct classes *classes, struct heap *heap, size_t place,
                    const struct claim_class *class, uint16_t *out)
{
    *out = CLASS_BEYOND;
    if (classes->count == CLASSES_MAX)
        return ERR_OK;
    enum err err = row_set(classes, heap, classes->count, class);
    if (err != ERR_OK)
        return err;
    *out = classes->count++;
    classes->places[place] = classes->count;
    return ERR_OK;
}

enum err classes_number(struct classes *classes, struct heap *heap, uint16_t organisation,
                        enum claim_kind kind, enum reason reason, uint16_t *out)
{
    *out = classes->last;
    if (classes->last < classes->count &&
        is_of(classes_row(classes, classes->last), organisation, kind, reason))
        return ERR_OK;
    if (organisation == 0 || organisation >= classes->organisation_count ||
        classes->organisations[organisation].organisation != organisation)
        return ERR_DAMAGED;
    size_t place = place_of(classes, organisation, kind, reason);
    const struct claim_class class = {.kind = kind, .reason = reason, .organisation = organisation};
    *out = (uint16_t)(classes->places[place] - 1);
    enum err err = classes->places[place] != 0 ? ERR_OK : add(classes, heap, place, &class, out);
    if (err == ERR_OK)
        classes->last = *out;
    return err;
}
