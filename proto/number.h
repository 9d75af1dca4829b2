/*
 * number.h: numbers as people and programs write them.
 */
#ifndef PROTO_NUMBER_H
#define PROTO_NUMBER_H

#include "proto/bytes.h"
#include "proto/err.h"

/* Decimal digits and nothing else, min to max; `text` is terminated. ERR_OUT_OF_RANGE: `out` is
 * left alone. */
enum err number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *out) must_check;

#endif
