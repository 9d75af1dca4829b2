/*
 * making.h: a workshop, one shelf, and notes on their way to it.
 */
#ifndef TESTS_EIR_MAKING_H
#define TESTS_EIR_MAKING_H

#include "eir/shelf.h"

#include "tests/unit/ledger/scene.h"

struct making {
    struct workshop workshop;
    struct notes notes;
    struct leaves leaves;
    struct shelf *shelf;
};

/* Organisations 1 to `organisations` are known. */
static inline struct making *making_open(uint16_t organisations)
{
    struct making *making = calloc(1, sizeof *making);
    ck_assert_ptr_nonnull(making);
    for (uint16_t i = 1; i <= organisations; i++) {
        struct change change = {.kind = CHANGE_ORGANISATION, .organisation = i};
        snprintf(change.name.text, sizeof change.name.text, "organisation-%u", i);
        assert_ok(classes_organisation(&making->workshop.classes, &making->workshop.heap, &change));
    }
    return making;
}

/* Carries out the notes, and forgets them. */
static inline enum err making_change(struct making *making)
{
    struct shelf *shelf;
    assert_ok(notes_sort(&making->notes));
    enum err err = shelf_change(making->shelf, making->notes.list, making->notes.count,
                                &making->workshop, &making->leaves, &shelf);
    notes_clear(&making->notes);
    if (err != ERR_OK)
        return err;
    struct shelf *before = making->shelf;
    making->shelf = shelf;
    shelf_retire(before, shelf, &making->workshop.heap);
    return ERR_OK;
}

/* Everything that was taken is given back. */
static inline void making_close(struct making *making)
{
    shelf_retire(making->shelf, NULL, &making->workshop.heap);
    workshop_close(&making->workshop);
    ck_assert_uint_eq(making->workshop.heap.bytes, 0);
    notes_close(&making->notes);
    free(making->leaves.list);
    free(making);
}

#endif
