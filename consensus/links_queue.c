#include "consensus/links_queue.h"

#include "proto/invariant.h"
#include "proto/writer.h"

#include <stdlib.h>

enum err links_queue_init(struct links_queue *queue, size_t capacity)
{
    *queue = (struct links_queue){.data = malloc(capacity), .capacity = capacity};
    return queue->data == NULL ? ERR_MEMORY : ERR_OK;
}

void links_queue_destroy(struct links_queue *queue)
{
    free(queue->data);
    *queue = (struct links_queue){0};
}

static void append(struct links_queue *queue, struct bytes bytes)
{
    if (bytes.size == 0)
        return;
    size_t at = (queue->first + queue->size) % queue->capacity;
    size_t to_end = queue->capacity - at;
    size_t here = bytes.size < to_end ? bytes.size : to_end;
    memcpy(queue->data + at, bytes.data, here);
    memcpy(queue->data, bytes.data + here, bytes.size - here);
    queue->size += bytes.size;
}

bool links_queue_put(struct links_queue *queue, const struct bytes *parts, size_t part_count)
{
    size_t room = queue->capacity - queue->size;
    if (room < LINKS_FRAME_HEAD_SIZE)
        return false;
    room -= LINKS_FRAME_HEAD_SIZE;
    size_t size = 0;
    for (size_t i = 0; i < part_count; i++) {
        if (room - size < parts[i].size)
            return false;
        size += parts[i].size;
    }
    uint8_t head[LINKS_FRAME_HEAD_SIZE];
    struct writer writer = writer_over(head, sizeof head);
    invariant(size <= UINT32_MAX);
    writer_u32(&writer, (uint32_t)size);
    append(queue, writer_view(&writer));
    for (size_t i = 0; i < part_count; i++)
        append(queue, parts[i]);
    return true;
}

struct bytes links_queue_front(const struct links_queue *queue)
{
    size_t to_end = queue->capacity - queue->first;
    return bytes_of(queue->data + queue->first, queue->size < to_end ? queue->size : to_end);
}

void links_queue_take(struct links_queue *queue, size_t size)
{
    invariant(size <= queue->size);
    queue->size -= size;
    /* An empty queue begins again at its start: the memory that is warm already. */
    queue->first = queue->size == 0 ? 0 : (queue->first + size) % queue->capacity;
}

void links_queue_clear(struct links_queue *queue)
{
    links_queue_take(queue, queue->size);
}
