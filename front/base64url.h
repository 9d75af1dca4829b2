/*
 * base64url.h: bytes from base64url without padding (RFC 7515 2, RFC 4648 5), read strictly: no
 * other sign, no bit set that stands for nothing.
 */
#ifndef FRONT_BASE64URL_H
#define FRONT_BASE64URL_H

#include "proto/bytes.h"
#include "proto/err.h"

/* ERR_BAD_TEXT; ERR_TOO_LARGE when `out` has no room for all. */
enum err base64url_decode(struct bytes text, uint8_t *out, size_t capacity,
                          size_t *size) must_check;

#endif
