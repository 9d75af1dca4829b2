/*
 * disk.h: the simulated disk of one node: what is durable, and the writes that are not yet.
 *
 * It keeps the promise of consensus/disk.h: writes reach it whole and in order, and a crash leaves
 * what was durable and some first ones of the queued writes.
 */
#ifndef TESTS_SIM_DISK_H
#define TESTS_SIM_DISK_H

#include "tests/sim/blocks.h"

#define LOG_MAX        8192 /* entries of a log */
#define DISK_QUEUE_MAX 2048

struct disk_write {
    uint64_t sequence; /* from 1 */
    uint64_t term;
    uint64_t keep;
    uint64_t commit; /* never above the last block after the write */
    uint32_t vote;
    uint32_t head; /* the last block that is appended */
    uint32_t count;
    bool save;
    bool cut;
};

struct disk {
    uint64_t term;
    uint64_t commit;
    uint64_t last;
    uint32_t vote;
    uint32_t log[LOG_MAX + 1]; /* block numbers by index; log[0] is the root */

    uint64_t queued;  /* sequence of the last write that was queued */
    uint64_t durable; /* and of the last that is durable */
    uint64_t syncing; /* the write that ends the batch under way; 0: idle */
    struct disk_write queue[DISK_QUEUE_MAX];
};

void disk_format(struct disk *disk);
bool disk_is_full(const struct disk *disk);

/* Queues a write and gives it its sequence number. */
void disk_queue(struct disk *disk, struct disk_write write);

/* Makes the oldest queued write durable. The result is valid until the next is queued. */
const struct disk_write *disk_settle(struct disk *disk, const struct blocks *blocks);

/* Forgets what is queued. */
void disk_lose(struct disk *disk);

/* Bytes of the writes that a sync beginning now would make durable. */
uint64_t disk_queued_bytes(const struct disk *disk, const struct blocks *blocks);

/* Whether the block stands at its place on this disk. */
static inline bool disk_holds(const struct disk *disk, const struct blocks *blocks, uint32_t number)
{
    uint64_t index = blocks->block[number].index;
    return index <= disk->last && disk->log[index] == number;
}

#endif
