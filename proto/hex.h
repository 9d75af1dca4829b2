/*
 * hex.h: lower-case hexadecimal text of bytes.
 */
#ifndef PROTO_HEX_H
#define PROTO_HEX_H

#include "proto/bytes.h"
#include "proto/err.h"

/* Writes 2 * size digits and a terminator: `text` has room for 2 * size + 1. */
void hex_encode(const void *data, size_t size, char *text);

/* Exactly 2 * size digits of either case, no more; else ERR_BAD_HEX, and `data` is zeroed. */
enum err hex_decode(const char *text, size_t text_size, void *data, size_t size) must_check;

#endif
