/*
 * touched.h: the devices and ranges that blocks spoke about, to look at again.
 *
 * More may be here than changed: statements that were refused count too. Eight bytes a device,
 * sixteen a range.
 */
#ifndef LISTS_TOUCHED_H
#define LISTS_TOUCHED_H

#include "lists/changes.h"
#include "proto/block.h"
#include "proto/statement.h"

struct touched {
    uint64_t *devices;
    size_t device_count;
    size_t device_capacity;
    struct item *ranges;
    size_t range_count;
    size_t range_capacity;
};

void touched_close(struct touched *touched);

/* Hears of the transactions of a block that are about organisations: they may change what claims
 * count for. */
typedef enum err touched_organisation(void *context, const struct transaction *transaction);

/* Adds what the block's transactions speak about. ERR_MEMORY, errors of `tell`. */
enum err touched_add(struct touched *touched, const struct block *block, touched_organisation *tell,
                     void *context) must_check;

/* Adds one device. ERR_MEMORY. */
enum err touched_add_device(struct touched *touched, struct imei imei) must_check;

/* Brings all into order; after this nothing is added. */
void touched_order(struct touched *touched);

/* The TACs in order: `at` begins as zero. The stretches of the next one, which live until the next
 * call, and whether ranges of it were touched. False at the end; ERR_MEMORY in `err`. */
struct touched_walk {
    const struct touched *touched;
    size_t device;
    size_t range;
    struct stretch *stretches;
    size_t capacity;
    enum err err;
};

struct touched_tac {
    uint32_t tac;
    const struct stretch *stretches;
    size_t count;
    bool has_ranges;
};

struct touched_walk touched_walk(const struct touched *touched);
bool touched_next(struct touched_walk *walk, struct touched_tac *out);
void touched_walk_close(struct touched_walk *walk);

#endif
