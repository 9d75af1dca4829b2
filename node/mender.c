#include "node/mender.h"

#include "node/clock.h"
#include "node/frames.h"
#include "node/log.h"
#include "node/mail.h"
#include "proto/frame.h"
#include "proto/invariant.h"
#include "proto/peer_pull.h"

#include <stdlib.h>
#include <time.h>

/* How long a peer may take before another one is asked. */
#define ANSWER_MS 3000

/* How often the mail is looked into: there is nothing else to do. */
#define LOOK_MS 10

/* How often the log says what is waited for. */
#define TELL_MS 30000

struct mender {
    const struct mender_options *options;
    uint32_t peers[MEMBERS_MAX]; /* in touch */
    size_t peer_count;
    size_t turn;
    /* Wanted now: */
    uint64_t height;
    struct hash hash;
    uint64_t request;
    uint32_t asked;
    uint64_t asked_ms; /* 0: nobody */
    enum err err;      /* ERR_BUSY until it is mended, or cannot be */
    uint8_t frame[PEER_BLOCKS_HEAD_SIZE + FRAME_HEAD_SIZE + BLOCK_SIZE_MAX];
};

/* ---- what peers say ---- */

static void take_link(struct mender *mender, const struct mail_link *mail)
{
    size_t at = 0;
    while (at < mender->peer_count && mender->peers[at] != mail->peer)
        at++;
    if (mail->channel != PEER_CONTROL)
        return;
    if (mail->is_up && at == mender->peer_count && at < MEMBERS_MAX)
        mender->peers[mender->peer_count++] = mail->peer;
    if (!mail->is_up && at < mender->peer_count)
        mender->peers[at] = mender->peers[--mender->peer_count];
    if (!mail->is_up && mail->peer == mender->asked)
        mender->asked_ms = 0;
}

static void take_blocks(struct mender *mender, uint32_t from, struct bytes frame)
{
    struct peer_blocks blocks;
    struct bytes encoded;
    if (peer_blocks_parse(frame, &blocks) != ERR_OK || from != mender->asked ||
        blocks.request != mender->request || mender->err != ERR_BUSY)
        return;
    mender->asked_ms = 0;
    struct reader reader = reader_over(blocks.frames);
    if (!block_frame_next(&reader, &encoded))
        return; /* it does not have it either */
    enum err err = disk_mend(mender->options->disk, mender->height, encoded, &mender->hash);
    if (err == ERR_BROKEN_CHAIN)
        log_event(LOG_WARNING, "pull_refused", "from=%u why=%s text=\"%s\"", from, err_name(err),
                  err_sentence(err));
    else
        mender->err = err;
}

/* One block an answer: whoever mends asks for no more. */
static void give(struct mender *mender, uint32_t to, struct bytes frame)
{
    struct peer_blocks_wanted wanted;
    struct block block;
    struct disk *disk = mender->options->disk;
    if (peer_blocks_wanted_parse(frame, &wanted) != ERR_OK ||
        wanted.first > disk_state(disk).commit ||
        disk_read(disk, wanted.first, mender->frame + PEER_BLOCKS_HEAD_SIZE + FRAME_HEAD_SIZE,
                  BLOCK_SIZE_MAX, &block) != ERR_OK)
        return;
    struct peer_blocks blocks = {.request = wanted.request, .first = wanted.first, .count = 1};
    struct writer writer = writer_over(mender->frame, PEER_BLOCKS_HEAD_SIZE + FRAME_HEAD_SIZE);
    peer_blocks_head_write(&writer, &blocks);
    writer_u32(&writer, (uint32_t)block.encoded.size);
    invariant(writer_ok(&writer));
    struct bytes answer = bytes_of(mender->frame, writer.size + block.encoded.size);
    frame_send(mender->options->links, to, PEER_BULK, answer, "blocks");
}

/* All else, Raft's messages first of all, is not for a node that does not take part. */
static void take_frame(struct mender *mender, const struct links_frame *frame)
{
    enum peer_frame kind;
    if (peer_frame_kind(frame->bytes, &kind) != ERR_OK)
        return;
    if (kind == PEER_BLOCKS)
        take_blocks(mender, frame->from, frame->bytes);
    else if (kind == PEER_BLOCKS_WANTED)
        give(mender, frame->from, frame->bytes);
}

static void take_mail(struct mender *mender)
{
    struct queue_item *items = queue_take(mender->options->mail);
    while (items != NULL) {
        struct mail *mail = (struct mail *)items;
        items = items->next;
        if (mail->kind == MAIL_LINK)
            take_link(mender, (const struct mail_link *)mail);
        else if (mail->kind == MAIL_FRAME)
            take_frame(mender, &((const struct mail_frame *)mail)->frame);
        mail_free(mail);
    }
}

/* ---- one block ---- */

static void ask(struct mender *mender)
{
    uint8_t frame[PEER_BLOCKS_WANTED_SIZE];
    if (mender->peer_count == 0)
        return;
    struct peer_blocks_wanted wanted = {++mender->request, mender->height, 1};
    struct writer writer = writer_over(frame, sizeof frame);
    peer_blocks_wanted_write(&writer, &wanted);
    mender->asked = mender->peers[mender->turn++ % mender->peer_count];
    mender->asked_ms = clock_monotonic_ms();
    frame_send(mender->options->links, mender->asked, PEER_CONTROL, writer_view(&writer), "wanted");
}

/* Which block it was. */
static enum err find_hash(struct mender *mender)
{
    struct disk *disk = mender->options->disk;
    const struct ledger_position *position = &mender->options->position;
    struct block_header next;
    uint32_t size;
    if (mender->height > disk_state(disk).commit)
        return ERR_DAMAGED; /* no peer needs to have it; and cut it cannot be: it may have counted
                             */
    enum err err = disk_header(disk, mender->height + 1, &next, &size);
    if (err == ERR_OK)
        mender->hash = next.previous;
    else if (mender->height == position->height)
        mender->hash = position->head;
    else
        return ERR_DAMAGED;
    return ERR_OK;
}

static enum err mend(struct mender *mender, uint64_t height)
{
    const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};
    uint64_t told_ms = 0;
    mender->height = height;
    mender->asked_ms = 0;
    enum err err = find_hash(mender);
    for (mender->err = ERR_BUSY; err == ERR_OK && mender->err == ERR_BUSY;) {
        uint64_t now_ms = clock_monotonic_ms();
        if (told_ms == 0 || now_ms - told_ms >= TELL_MS) {
            log_event(LOG_WARNING, "mending", "height=%llu peers=%zu", (unsigned long long)height,
                      mender->peer_count);
            told_ms = now_ms;
        }
        if (mender->asked_ms == 0 || now_ms - mender->asked_ms >= ANSWER_MS)
            ask(mender);
        nanosleep(&pause, NULL);
        take_mail(mender);
    }
    if (err == ERR_OK)
        err = mender->err;
    if (err == ERR_OK)
        log_event(LOG_WARNING, "block_mended", "height=%llu from=%u", (unsigned long long)height,
                  mender->asked);
    else
        log_event(LOG_ERROR, "block_damaged", "height=%llu why=%s", (unsigned long long)height,
                  err_name(err));
    return err;
}

/* From the end, so that the next block, which says which one this was, is whole. */
static enum err mend_all(struct mender *mender, uint8_t *buffer)
{
    struct disk *disk = mender->options->disk;
    enum err err = ERR_OK;
    uint64_t height = disk_state(disk).last;
    for (; err == ERR_OK && height >= mender->options->first; height--) {
        struct block block;
        err = disk_read(disk, height, buffer, BLOCK_SIZE_MAX, &block);
        if (err == ERR_DAMAGED)
            err = mend(mender, height);
    }
    return err;
}

enum err mender_run(const struct mender_options *options)
{
    struct mender *mender = calloc(1, sizeof *mender);
    uint8_t *buffer = malloc(BLOCK_SIZE_MAX);
    enum err err = ERR_MEMORY;
    if (mender != NULL && buffer != NULL) {
        mender->options = options;
        err = mend_all(mender, buffer);
    }
    free(buffer);
    free(mender);
    return err;
}
