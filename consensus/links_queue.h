/*
 * links_queue.h: bytes on their way to a connection: a ring of fixed capacity.
 *
 * A frame lies in it as on the wire, its size in 4 bytes before it, so that what is waiting goes
 * out as it lies, many small frames in one TLS record. The memory is touched as it fills: an idle
 * queue costs a page.
 */
#ifndef CONSENSUS_LINKS_QUEUE_H
#define CONSENSUS_LINKS_QUEUE_H

#include "proto/bytes.h"
#include "proto/err.h"

#define LINKS_FRAME_HEAD_SIZE 4

struct links_queue {
    uint8_t *data;
    size_t capacity;
    size_t first;
    size_t size;
};

enum err links_queue_init(struct links_queue *queue, size_t capacity) must_check;
void links_queue_destroy(struct links_queue *queue);

/* The frame made of the parts, whole or not at all: false when it does not fit. */
bool links_queue_put(struct links_queue *queue, const struct bytes *parts, size_t part_count);

/* The oldest bytes, as many as lie together; they stay where they are until taken. */
struct bytes links_queue_front(const struct links_queue *queue);
void links_queue_take(struct links_queue *queue, size_t size);

void links_queue_clear(struct links_queue *queue);

#endif
