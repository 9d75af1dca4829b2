#include "node/writer.h"

#include "node/mail.h"
#include "node/worker.h"

#include <stdatomic.h>
#include <stdlib.h>

/* Writes joined in one LMDB transaction: bounds the memory of a round, not its speed. */
enum { ROUND_WRITES_MAX = 64 };

struct writer_thread {
    struct worker worker;
    struct disk *disk;
    struct queue *mail;
    struct mail_written *spare; /* to tell that there is no memory to tell */
    atomic_size_t bytes;        /* of blocks, not yet durable */
};

struct job {
    struct queue_item item;
    uint64_t write;
    struct disk_write order;
    struct disk_peer learned; /* for order.learned */
    struct bytes *encoded;    /* views of the blocks, for order.blocks */
    struct block_ref *blocks[];
};

static void job_drop(struct queue_item *item)
{
    struct job *job = (struct job *)item;
    for (size_t i = 0; i < job->order.block_count; i++)
        block_ref_drop(job->blocks[i]);
    free(job->encoded);
    free(job);
}

/* ERR_MEMORY when what is durable cannot be told: then the node cannot go on, and is told that. */
static enum err report(struct writer_thread *writer, uint64_t write, enum err err)
{
    struct mail_written *mail = malloc(sizeof *mail);
    if (mail == NULL) {
        err = err == ERR_OK ? ERR_MEMORY : err;
        mail = writer->spare;
        writer->spare = NULL;
    }
    *mail = (struct mail_written){
        .mail = {.item = {.weight = sizeof *mail}, .kind = MAIL_WRITTEN},
        .write = write,
        .last = disk_state(writer->disk).last,
        .err = err,
    };
    if (queue_put_always(writer->mail, &mail->mail.item) != ERR_OK)
        free(mail);
    return err;
}

/* Takes up to a round's worth of jobs off the list, writes them as one, reports. */
static enum err write_round(void *context, struct queue_item **items)
{
    struct writer_thread *writer = context;
    struct disk_write orders[ROUND_WRITES_MAX];
    struct job *jobs[ROUND_WRITES_MAX];
    uint64_t last = 0;
    size_t count = 0;
    for (; *items != NULL && count < ROUND_WRITES_MAX; count++) {
        jobs[count] = (struct job *)worker_take(items);
        orders[count] = jobs[count]->order;
        last = jobs[count]->write;
    }
    enum err err = disk_write(writer->disk, orders, count);
    err = report(writer, last, err);
    for (size_t i = 0; i < count; i++) {
        atomic_fetch_sub(&writer->bytes, jobs[i]->item.weight);
        job_drop(&jobs[i]->item);
    }
    return err;
}

enum err writer_start(struct disk *disk, struct queue *mail, struct writer_thread **out)
{
    *out = NULL;
    struct writer_thread *writer = calloc(1, sizeof *writer);
    if (writer == NULL)
        return ERR_MEMORY;
    writer->spare = malloc(sizeof *writer->spare);
    writer->disk = disk;
    writer->mail = mail;
    writer->worker = (struct worker){
        .name = "writer", .round = write_round, .drop = job_drop, .context = writer};
    enum err err = writer->spare == NULL ? ERR_MEMORY : worker_start(&writer->worker, SIZE_MAX);
    if (err != ERR_OK) {
        free(writer->spare);
        free(writer);
        return err;
    }
    *out = writer;
    return ERR_OK;
}

size_t writer_backlog(struct writer_thread *writer)
{
    return atomic_load(&writer->bytes);
}

void writer_stop(struct writer_thread *writer)
{
    if (writer == NULL)
        return;
    worker_stop(&writer->worker);
    worker_destroy(&writer->worker);
    free(writer->spare);
    free(writer);
}

enum err writer_queue(struct writer_thread *writer, uint64_t write, const struct write_order *order)
{
    size_t count = order->block_count;
    struct job *job = malloc(sizeof *job + count * sizeof job->blocks[0]);
    struct bytes *encoded = malloc((count + 1) * sizeof *encoded);
    if (job == NULL || encoded == NULL) {
        free(job);
        free(encoded);
        return ERR_MEMORY;
    }
    *job = (struct job){.write = write, .encoded = encoded};
    if (order->learned != NULL)
        job->learned = *order->learned;
    for (size_t i = 0; i < count; i++) {
        job->blocks[i] = block_ref_hold(order->blocks[i]);
        encoded[i] = job->blocks[i]->block.encoded;
        job->item.weight += encoded[i].size;
    }
    job->order = (struct disk_write){
        .save = order->save,
        .term = order->term,
        .vote = order->vote,
        .learned = &job->learned,
        .learned_count = order->learned != NULL,
        .cut = order->cut,
        .keep = order->keep,
        .commit = order->commit,
        .blocks = encoded,
        .block_count = count,
    };
    atomic_fetch_add(&writer->bytes, job->item.weight);
    enum err err = queue_put_always(&writer->worker.queue, &job->item);
    if (err != ERR_OK) {
        atomic_fetch_sub(&writer->bytes, job->item.weight);
        job_drop(&job->item);
    }
    return err;
}
