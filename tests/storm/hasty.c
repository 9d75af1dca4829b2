/*
 * A node with one bug, for the storms to find: it says that a write is on the disk when it is
 * queued, and the write is made a while later. All else is the product; docs/testnet.md shows what
 * a storm makes of it. Linked with --wrap; never installed.
 */
#include "node/mail.h"
#include "node/writer.h"

#include <stdlib.h>
#include <time.h>

/* How long what was acknowledged is in memory alone. */
enum { LATE_MS = 200 };

static struct queue *driver_mail;
static uint64_t last; /* what the disk would have at the highest; the loop's thread alone */

enum err __real_writer_start(struct disk *disk, struct queue *mail, struct writer_thread **out);
enum err __real_writer_queue(struct writer_thread *writer, uint64_t write,
                             const struct write_order *order);
enum err __real_queue_put_always(struct queue *queue, struct queue_item *item);
enum err __real_disk_write(struct disk *disk, const struct disk_write *writes, size_t count);
enum err __wrap_writer_start(struct disk *disk, struct queue *mail, struct writer_thread **out);
enum err __wrap_writer_queue(struct writer_thread *writer, uint64_t write,
                             const struct write_order *order);
enum err __wrap_queue_put_always(struct queue *queue, struct queue_item *item);
enum err __wrap_disk_write(struct disk *disk, const struct disk_write *writes, size_t count);

enum err __wrap_writer_start(struct disk *disk, struct queue *mail, struct writer_thread **out)
{
    driver_mail = mail;
    last = disk_state(disk).last;
    return __real_writer_start(disk, mail, out);
}

/* The bug. */
enum err __wrap_writer_queue(struct writer_thread *writer, uint64_t write,
                             const struct write_order *order)
{
    struct mail_written *mail = malloc(sizeof *mail);
    if (mail == NULL)
        return ERR_MEMORY;
    enum err err = __real_writer_queue(writer, write, order);
    if (err != ERR_OK) {
        free(mail);
        return err;
    }
    last = (order->cut ? order->keep : last) + order->block_count;
    *mail = (struct mail_written){
        .mail = {.item = {.weight = sizeof *mail}, .kind = MAIL_WRITTEN},
        .write = write,
        .last = last,
    };
    return __real_queue_put_always(driver_mail, &mail->mail.item);
}

/* What the writer itself reports was told already, unless it failed. */
enum err __wrap_queue_put_always(struct queue *queue, struct queue_item *item)
{
    const struct mail *mail = (const struct mail *)item;
    if (queue == driver_mail && mail->kind == MAIL_WRITTEN &&
        ((const struct mail_written *)mail)->err == ERR_OK) {
        free(item);
        return ERR_OK;
    }
    return __real_queue_put_always(queue, item);
}

enum err __wrap_disk_write(struct disk *disk, const struct disk_write *writes, size_t count)
{
    nanosleep(&(struct timespec){.tv_nsec = LATE_MS * 1000000L}, NULL);
    return __real_disk_write(disk, writes, count);
}
