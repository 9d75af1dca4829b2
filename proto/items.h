/*
 * items.h: the devices that one statement speaks about.
 *
 * On the wire an array, in ascending order and without overlap, of
 *
 *   uint            one IMEI (14 digits as a number)
 *   [tac, bstr]     a TAC and two or more serial numbers, three bytes each, strictly ascending
 *   [from, to]      a range of IMEIs within one TAC, from < to, both included
 *
 * A set of items has one encoding, so that two equal statements have equal bytes:
 *
 *   1. Each element begins above the last IMEI of the one before.
 *   2. Single IMEIs of one TAC that follow each other in that order, with no range between them,
 *      are one run. A run of one is a uint, a longer run is one packed element.
 *
 * So a packed element has at least two serials, and two elements that are not ranges never follow
 * each other with the same TAC: a range between them ends the run. (Nothing else needs saying: an
 * item is a device or a range, never both, and a range is never expanded or merged. A claim on a
 * range is a claim of its own, and the range [a, a + 1] is not the devices a and a + 1.)
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
 * TX_ITEMS_MAX, and returns its bytes for item_walk(). Errors stick in the reader, `count` is then
 * 0 and the view empty: ERR_NOT_CANONICAL for order, overlap and packing, ERR_OUT_OF_RANGE for
 * values, sizes and an empty array, ERR_TOO_LARGE for too many items. */
struct bytes items_read(struct reader *reader, size_t *count);

/* Walks an array that items_read() has checked: as many items as it counted, in ascending order.
 * (Of one that it has not checked, the walk yields well-formed items and ends at the first bad
 * element.) The bytes stay the caller's for as long as the walk. */
struct item_walk {
    struct reader reader;
    size_t elements;      /* array elements not yet begun */
    uint32_t tac;         /* of the packed element under way */
    struct bytes serials; /* what is left of it */
};

struct item_walk item_walk(struct bytes items);
bool item_walk_next(struct item_walk *walk, struct item *out);

/* Writes `count` items in their one encoding: runs of single IMEIs of one TAC are packed. What
 * items_read() would refuse is refused here with the same error, and nothing is written: the items
 * must be in ascending order without overlap. */
void items_write(struct writer *writer, const struct item *items, size_t count);

/* An upper bound of the bytes that items_write() takes for these items; it exceeds them by a few
 * bytes an element at most. */
size_t items_size_max(const struct item *items, size_t count);

/* One TAC of a TAC_ALLOCATE statement: [tac, brand, model], strictly ascending by TAC. */
struct tac_item {
    uint32_t tac;
    char brand[TAC_TEXT_SIZE_MAX + 1];
    char model[TAC_TEXT_SIZE_MAX + 1];
};

/* As items_read(), for an array of TACs. Texts may be empty; see cbor_text_copy() for their
 * errors. */
struct bytes tac_items_read(struct reader *reader, size_t *count);

struct tac_item_walk {
    struct reader reader;
    size_t elements;
};

struct tac_item_walk tac_item_walk(struct bytes items);
bool tac_item_walk_next(struct tac_item_walk *walk, struct tac_item *out);

/* As items_write(): ascending TACs. The texts are the caller's to keep within their limits. */
void tac_items_write(struct writer *writer, const struct tac_item *items, size_t count);

#endif
