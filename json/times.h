/*
 * times.h: times and durations as people read and write them.
 */
#ifndef JSON_TIMES_H
#define JSON_TIMES_H

#include "proto/err.h"

#include <stddef.h>
#include <stdint.h>

enum { TIME_TEXT_SIZE = 32, AGE_TEXT_SIZE = 32 };

/* "2025-11-21T01:17:00Z" (RFC 3339, UTC, whole seconds). */
void time_format(uint64_t time_ms, char text[TIME_TEXT_SIZE]);

/* RFC 3339 with Z or an offset and any fraction (kept to the millisecond), or Unix milliseconds in
 * digits. ERR_OUT_OF_RANGE. */
enum err time_parse(const char *text, uint64_t *time_ms) must_check;

/* "0.3 s", "12 s", "5 min", "3 h", "2 d". */
void age_format(uint64_t age_ms, char text[AGE_TEXT_SIZE]);

#endif
