/*
 * devices.h: devices as a person names them on the command line.
 */
#ifndef CLI_DEVICES_H
#define CLI_DEVICES_H

#include "conf/document.h"
#include "proto/items.h"

/*
 * The IMEI that a person wrote, as imei_parse() has it. Digits may be grouped as labels and
 * displays group them, by one blank, - or / each time: 35-693803-564380-9, 356938/03/564380/9,
 * 35693803-564380-9. Any other grouping is ERR_IMEI_DIGIT: it may be a range that was cut.
 */
enum err imei_take(const char *text, size_t size, struct imei_parsed *out) must_check;

/* "356938035643809", "FROM-TO" or "TAC:35693803". ERR_CONFIG with what is wrong and what to do. */
enum err device_parse(const char *text, struct item *out, struct complaint *complaint) must_check;

/* Brings items into the order of a statement and drops those named twice. ERR_CONFIG when one
 * overlaps another. */
enum err devices_order(struct item *items, size_t *count, struct complaint *complaint) must_check;

/* What is wrong with the digits of an IMEI, and what to do: for rows of a list, too. */
void imei_complain(struct complaint *complaint, const char *text, enum err err,
                   const struct imei_parsed *parsed);

#endif
