#include "tests/sim/disk.h"

#include "proto/invariant.h"

void disk_format(struct disk *disk)
{
    disk->term = 0;
    disk->vote = 0;
    disk->commit = 0;
    disk->last = 0;
    disk->log[0] = 0;
    disk->queued = 0;
    disk->durable = 0;
    disk->syncing = 0;
}

bool disk_is_full(const struct disk *disk)
{
    return disk->queued - disk->durable == DISK_QUEUE_MAX;
}

void disk_queue(struct disk *disk, struct disk_write write)
{
    invariant(!disk_is_full(disk));
    write.sequence = ++disk->queued;
    disk->queue[write.sequence % DISK_QUEUE_MAX] = write;
}

const struct disk_write *disk_settle(struct disk *disk, const struct blocks *blocks)
{
    invariant(disk->durable < disk->queued);
    const struct disk_write *write = &disk->queue[++disk->durable % DISK_QUEUE_MAX];
    if (write->save) {
        disk->term = write->term;
        disk->vote = write->vote;
    }
    if (write->cut && write->keep < disk->last)
        disk->last = write->keep;
    uint32_t number = write->head;
    for (uint32_t i = 0; i < write->count; i++) {
        disk->log[disk->last + write->count - i] = number;
        number = blocks->block[number].parent;
    }
    disk->last += write->count;
    if (write->commit > disk->commit)
        disk->commit = write->commit;
    return write;
}

void disk_lose(struct disk *disk)
{
    disk->queued = disk->durable;
    disk->syncing = 0;
}

uint64_t disk_queued_bytes(const struct disk *disk, const struct blocks *blocks)
{
    uint64_t bytes = 0;
    for (uint64_t sequence = disk->durable + 1; sequence <= disk->queued; sequence++) {
        const struct disk_write *write = &disk->queue[sequence % DISK_QUEUE_MAX];
        if (write->count == 0)
            continue;
        uint32_t before =
            blocks_at(blocks, write->head, blocks->block[write->head].index - write->count);
        bytes += blocks->block[write->head].bytes - blocks->block[before].bytes;
    }
    return bytes;
}
