/*
 * writer.h: the log writer: a thread that makes writes durable, many with one sync.
 *
 * Writes are queued in the order of the core's steps, numbered from 1, and reach the disk in that
 * order; what queues up during one sync goes with the next. Each round posts a MAIL_WRITTEN. After
 * an error nothing more is written.
 */
#ifndef NODE_WRITER_H
#define NODE_WRITER_H

#include "consensus/disk.h"
#include "node/block_cache.h"
#include "node/queue.h"

struct writer_thread;

enum err writer_start(struct disk *disk, struct queue *mail, struct writer_thread **out) must_check;
/* Bytes of blocks that are queued and not yet durable. Any thread. */
size_t writer_backlog(struct writer_thread *writer);
/* Finishes what is queued, then ends the thread. NULL is allowed. */
void writer_stop(struct writer_thread *writer);

struct write_order {
    bool save;
    uint64_t term;
    uint32_t vote;
    const struct disk_peer *learned; /* one, copied; NULL: none */
    bool cut;
    uint64_t keep;
    uint64_t commit;
    struct block_ref *const *blocks; /* counts are taken */
    size_t block_count;
};

/* Queues one write. ERR_MEMORY. */
enum err writer_queue(struct writer_thread *writer, uint64_t write,
                      const struct write_order *order) must_check;

#endif
