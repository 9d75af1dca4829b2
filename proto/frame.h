/*
 * frame.h: byte strings one after the other, each a 4-byte size (1 or more) and that many bytes:
 * the entries of a block, the blocks of an APPEND, the transactions of a SUBMIT.
 */
#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include "proto/reader.h"
#include "proto/writer.h"

#define FRAME_HEAD_SIZE 4

/* The next one, a view; empty after an error: ERR_TRUNCATED, ERR_OUT_OF_RANGE (size 0),
 * ERR_TOO_LARGE (above `size_max`). */
struct bytes frame_read(struct reader *reader, size_t size_max);

/* The next `count` of them, checked as above: one view with their heads; empty after an error. */
struct bytes frames_read(struct reader *reader, uint32_t count, size_t size_max);

void frame_write(struct writer *writer, struct bytes content);

#endif
