/*
 * device_cargo.h: many devices, each with a reason, as the cargo of a shipment.
 */
#ifndef CLI_DEVICE_CARGO_H
#define CLI_DEVICE_CARGO_H

#include "cli/rows.h"
#include "cli/shipment.h"
#include "proto/reason.h"

/* A row of the cargo: sorted, rows of one reason come together, and in them the devices ascend. */
uint64_t device_row(struct imei imei, enum reason reason);
enum reason device_row_reason(uint64_t row);

struct device_cargo {
    const struct rows *rows; /* sorted, each once */
    struct item *items;      /* of one statement */
};

/* The cargo of these rows, for as long as both; `batch`: see struct cargo. */
struct cargo device_cargo_open(struct device_cargo *devices, const struct rows *rows,
                               enum operation operation, size_t batch);
void device_cargo_close(struct device_cargo *devices);

/* Rows of a statement when nobody says: most of its room with IMEIs of one TAC each, the worst
 * case.
 */
enum { DEVICE_BATCH_USUAL = 50000 };

#endif
