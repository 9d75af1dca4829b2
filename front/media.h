/*
 * media.h: what a body is, and what a client takes: Content-Type and Accept (RFC 9110 8.3, 12.5.1).
 */
#ifndef FRONT_MEDIA_H
#define FRONT_MEDIA_H

#include "proto/bytes.h"

/* Whether the field names that type, "application/json", whatever its case and parameters; a
 * charset other than UTF-8 is another type. */
bool media_is(struct bytes content_type, const char *type);

/* Whether the field lets that type be sent: the range that fits it best counts, with a weight above
 * zero. An empty field lets everything. */
bool media_accepts(struct bytes accept, const char *type);

#endif
