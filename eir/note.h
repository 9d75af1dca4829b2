/*
 * note.h: changes of one batch, in the order in which they are carried out.
 */
#ifndef EIR_NOTE_H
#define EIR_NOTE_H

#include "ledger/change.h"

/* A change of what stands in one TAC. A device is a range of one serial. */
struct note {
    uint32_t tac;
    uint32_t from; /* serials */
    uint32_t to;
    uint64_t time_ms; /* TAC */
    uint16_t organisation;
    uint8_t claim;
    uint8_t reason;
    uint8_t kind; /* enum change_kind */
};

struct notes {
    struct note *list;
    size_t count;
    size_t capacity;
    struct note *spare; /* to sort with, of spare_capacity */
    size_t spare_capacity;
};

void notes_close(struct notes *notes);
/* Forgets them, and keeps the memory of some. */
void notes_clear(struct notes *notes);

/* Any change but of an organisation. ERR_MEMORY. */
enum err notes_add(struct notes *notes, const struct change *change) must_check;

/*
 * By TAC; within one those about the TAC itself, then by place; those of one place as they were
 * added. ERR_MEMORY, and they are as before.
 */
enum err notes_sort(struct notes *notes) must_check;

/* The bits of (to - from): a range of width w that covers a serial begins less than 2^w below it,
 * as in docs/internals/storage.md. 0: a device. */
static inline unsigned note_width(const struct note *note)
{
    return note->from == note->to ? 0 : 32 - (unsigned)__builtin_clz(note->to - note->from);
}

/* What a note is about within its TAC, as a number, in the order of notes_sort(): below 2^20 a
 * device's serial; else width, from and to of a range, of 5, 20 and 20 bits. */
static inline uint64_t note_place(const struct note *note)
{
    unsigned width = note_width(note);
    return width == 0 ? note->from : (uint64_t)width << 40 | (uint64_t)note->from << 20 | note->to;
}

#endif
