/*
 * items.h: the devices that one statement speaks about.
 *
 * On the wire an array of
 *   uint                 one IMEI (14 digits as a number)
 *   [tac, bstr]          a TAC and serial numbers, three bytes each, strictly ascending
 *   [from, to]           a range of IMEIs within one TAC, from < to, both included
 * in strictly ascending order of their first IMEI, without overlap: a set of devices has one
 * encoding, so that two equal statements have equal bytes. A range is one item and is never
 * expanded: a claim on a range is a claim of its own.
 */
#ifndef PROTO_ITEMS_H
#define PROTO_ITEMS_H

#include "proto/cbor.h"
#include "proto/imei.h"
#include "proto/limits.h"

/* A device, or a range of them: `from` == `to` for one. Both in one TAC. */
struct item {
    struct imei from;
    struct imei to;
};

static inline bool item_is_range(const struct item *item)
{
    return item->from.value != item->to.value;
}

/* Reads and checks the whole array; sets `count` to the number of devices and ranges, 1 to
 * TX_ITEMS_MAX, and returns its bytes for item_walk(). Errors stick in the reader:
 * ERR_NOT_CANONICAL for order and overlap, ERR_OUT_OF_RANGE, ERR_TOO_LARGE. */
struct bytes items_read(struct reader *reader, size_t *count);

/* Walks an array that items_read() has checked. */
struct item_walk {
    struct reader reader;
    size_t elements;      /* array elements not yet begun */
    uint32_t tac;         /* of the packed element under way */
    struct bytes serials; /* what is left of it */
};

struct item_walk item_walk(struct bytes items);
bool item_walk_next(struct item_walk *walk, struct item *out);

/* Writes `count` items in the shortest form: runs of single IMEIs of one TAC are packed. They must
 * be in ascending order without overlap (ERR_NOT_CANONICAL otherwise). Also see items_size(). */
void items_write(struct writer *writer, const struct item *items, size_t count);

/* An upper bound of the bytes that items_write() takes for these items. */
size_t items_size_max(const struct item *items, size_t count);

/* One TAC of a TAC_ALLOCATE statement: [tac, brand, model], strictly ascending by TAC. */
struct tac_item {
    uint32_t tac;
    char brand[TAC_TEXT_SIZE_MAX + 1];
    char model[TAC_TEXT_SIZE_MAX + 1];
};

/* As items_read(), for an array of TACs. Texts may be empty; see cbor_text_copy(). */
struct bytes tac_items_read(struct reader *reader, size_t *count);

struct tac_item_walk {
    struct reader reader;
    size_t elements;
};

struct tac_item_walk tac_item_walk(struct bytes items);
bool tac_item_walk_next(struct tac_item_walk *walk, struct tac_item *out);

void tac_items_write(struct writer *writer, const struct tac_item *items, size_t count);

#endif
