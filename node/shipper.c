#include "node/shipper.h"

#include "node/frames.h"
#include "node/log.h"
#include "proto/frame.h"
#include "proto/invariant.h"

#include <stdlib.h>

struct job {
    uv_work_t work;
    struct shipper *shipper;
    uint32_t peer;
    bool is_anchor;
    uint64_t term; /* of an anchor */
    struct peer_blocks_wanted wanted;
    enum err err;
    size_t size; /* of the answer */
    uint8_t frame[];
};

/* ---- on the pool ---- */

static enum err read_anchor(struct job *job)
{
    struct block_header header;
    uint32_t size;
    enum err err = disk_header(job->shipper->disk, job->wanted.first, &header, &size);
    if (err != ERR_OK)
        return err;
    struct peer_anchor anchor = {
        .term = job->term,
        .height = job->wanted.first,
        .hash = block_header_hash(&header),
    };
    struct writer writer = writer_over(job->frame, PEER_ANCHOR_SIZE);
    peer_anchor_write(&writer, &anchor);
    invariant(writer_ok(&writer));
    job->size = writer.size;
    return ERR_OK;
}

/* Reads the block behind `frames` bytes of others, and writes its size before it. */
static enum err read_block(struct job *job, uint64_t height, size_t *frames)
{
    uint8_t *place = job->frame + PEER_BLOCKS_HEAD_SIZE + *frames;
    struct block block;
    size_t room = PEER_BLOCKS_SIZE_MAX - *frames;
    if (room <= FRAME_HEAD_SIZE)
        return ERR_TOO_LARGE;
    enum err err = disk_read(job->shipper->disk, height, place + FRAME_HEAD_SIZE,
                             room - FRAME_HEAD_SIZE, &block);
    if (err != ERR_OK)
        return err;
    struct writer writer = writer_over(place, FRAME_HEAD_SIZE);
    writer_u32(&writer, (uint32_t)block.encoded.size);
    *frames += FRAME_HEAD_SIZE + block.encoded.size;
    return ERR_OK;
}

static enum err read_blocks(struct job *job)
{
    struct peer_blocks blocks = {.request = job->wanted.request, .first = job->wanted.first};
    size_t size = 0;
    enum err err = ERR_OK;
    while (err == ERR_OK && blocks.count < job->wanted.count) {
        err = read_block(job, blocks.first + blocks.count, &size);
        blocks.count += err == ERR_OK;
    }
    if (err != ERR_OK && err != ERR_TOO_LARGE)
        return err;
    struct writer writer = writer_over(job->frame, PEER_BLOCKS_HEAD_SIZE);
    peer_blocks_head_write(&writer, &blocks);
    invariant(writer_ok(&writer));
    job->size = writer.size + size;
    return ERR_OK;
}

static void read_answer(uv_work_t *work)
{
    struct job *job = work->data;
    job->err = job->is_anchor ? read_anchor(job) : read_blocks(job);
}

/* ---- on the loop ---- */

/* The peer's number of such jobs; NULL when there is no place to count another peer's. */
static uint32_t *count_of(struct shipper *shipper, uint32_t peer, bool is_anchor)
{
    size_t place = MEMBERS_MAX;
    for (size_t i = 0; i < MEMBERS_MAX; i++) {
        bool is_free = shipper->rows[i].blocks == 0 && shipper->rows[i].anchors == 0;
        if (shipper->rows[i].peer == peer) {
            place = i;
            break;
        }
        if (is_free)
            place = i;
    }
    if (place == MEMBERS_MAX)
        return NULL;
    shipper->rows[place].peer = peer;
    return is_anchor ? &shipper->rows[place].anchors : &shipper->rows[place].blocks;
}

static void send_answer(struct shipper *shipper, struct job *job)
{
    struct bytes frame = bytes_of(job->frame, job->size);
    if (job->is_anchor) {
        frame_send(shipper->links, job->peer, PEER_CONTROL, frame, "anchor");
        return;
    }
    if (frame_send(shipper->links, job->peer, PEER_BULK, frame, "blocks"))
        return;
    /* There is no way for blocks to that peer yet, or it is full: it need not wait for them. */
    struct peer_blocks none = {.request = job->wanted.request, .first = job->wanted.first};
    struct writer writer = writer_over(job->frame, PEER_BLOCKS_HEAD_SIZE);
    peer_blocks_head_write(&writer, &none);
    frame_send(shipper->links, job->peer, PEER_CONTROL, writer_view(&writer), "none");
}

static void answer(uv_work_t *work, int status)
{
    struct job *job = work->data;
    struct shipper *shipper = job->shipper;
    uint32_t *count = count_of(shipper, job->peer, job->is_anchor);
    invariant(status == 0); /* nothing is cancelled */
    invariant(count != NULL && *count > 0);
    shipper->count--;
    (*count)--;
    if (!shipper->is_stopped && job->err == ERR_OK)
        send_answer(shipper, job);
    /* Too many readers are no reason to stop, nor what was asked for and cut meanwhile. */
    if (!shipper->is_stopped && err_kind(job->err) == ERR_KIND_BROKEN)
        shipper->fail(shipper->context, job->err, "a committed block cannot be read");
    free(job);
}

static void start(struct shipper *shipper, const struct job *draft, size_t room, uint32_t most)
{
    uint32_t *count = count_of(shipper, draft->peer, draft->is_anchor);
    if (shipper->is_stopped || count == NULL || *count >= most)
        return;
    struct job *job = malloc(sizeof *job + room);
    if (job == NULL)
        return;
    *job = *draft;
    job->shipper = shipper;
    job->work.data = job;
    shipper->count++;
    (*count)++;
    invariant(uv_queue_work(shipper->loop, &job->work, read_answer, answer) == 0);
}

void shipper_blocks(struct shipper *shipper, uint32_t peer, const struct peer_blocks_wanted *wanted,
                    uint64_t until)
{
    struct job draft = {.peer = peer, .wanted = *wanted};
    uint64_t left = wanted->first > until ? 0 : until - wanted->first + 1;
    if (draft.wanted.count > left)
        draft.wanted.count = (uint32_t)left;
    size_t frames = left == 0 ? 0 : PEER_BLOCKS_SIZE_MAX;
    start(shipper, &draft, PEER_BLOCKS_HEAD_SIZE + frames, SHIPPER_BLOCKS_MAX);
}

void shipper_anchor(struct shipper *shipper, uint32_t peer, uint64_t height, uint64_t term)
{
    struct job draft = {
        .peer = peer,
        .is_anchor = true,
        .term = term,
        .wanted = {.first = height, .count = 1},
    };
    start(shipper, &draft, PEER_ANCHOR_SIZE, SHIPPER_ANCHORS_MAX);
}

void shipper_stop(struct shipper *shipper)
{
    shipper->is_stopped = true;
}

bool shipper_is_idle(const struct shipper *shipper)
{
    return shipper->count == 0;
}
