/* Frames between nodes: what parses is written again with the same bytes, and is of one kind. */
#include "proto/frame.h"
#include "proto/invariant.h"
#include "proto/limits.h"
#include "proto/peer_pull.h"
#include "proto/peer_read.h"
#include "proto/peer_state.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool hello_again(struct bytes frame, struct writer *again)
{
    struct peer_hello hello;
    if (peer_hello_parse(frame, &hello) != ERR_OK)
        return false;
    peer_hello_write(again, &hello);

    /* The signature does not cover itself. */
    struct hash digest = peer_hello_digest(&hello);
    hello.signature.bytes[0] ^= 1;
    struct hash other = peer_hello_digest(&hello);
    invariant(hash_equal(&digest, &other));
    return true;
}

static bool raft_again(struct bytes frame, struct writer *again)
{
    struct raft_message message;
    struct bytes blocks;
    if (peer_raft_parse(frame, &message, &blocks) != ERR_OK)
        return false;
    peer_raft_write(again, &message);
    struct reader frames = reader_over(blocks);
    uint32_t count = 0;
    for (struct bytes block; block_frame_next(&frames, &block); count++)
        frame_write(again, block);
    invariant(reader_done(&frames) == ERR_OK);
    invariant(count == message.count);
    return true;
}

static bool submit_again(struct bytes frame, struct writer *again)
{
    struct bytes found;
    if (peer_submit_parse(frame, &found) != ERR_OK)
        return false;
    size_t count = 0;
    struct reader frames = reader_over(found);
    struct bytes *transactions = calloc(found.size / FRAME_HEAD_SIZE, sizeof *transactions);
    invariant(transactions != NULL);
    for (struct bytes each; block_frame_next(&frames, &each); count++) {
        invariant(each.size <= TX_SIZE_MAX);
        transactions[count] = each;
    }
    peer_submit_write(again, transactions, count);
    free(transactions);
    return true;
}

static bool refused_again(struct bytes frame, struct writer *again)
{
    struct peer_refused refused;
    if (peer_refused_parse(frame, &refused) != ERR_OK)
        return false;
    invariant(refused.err != ERR_OK);
    peer_refused_write(again, &refused);
    return true;
}

static bool anchor_wanted_again(struct bytes frame, struct writer *again)
{
    struct peer_anchor_wanted wanted;
    if (peer_anchor_wanted_parse(frame, &wanted) != ERR_OK)
        return false;
    peer_anchor_wanted_write(again, &wanted);
    return true;
}

static bool anchor_again(struct bytes frame, struct writer *again)
{
    struct peer_anchor anchor;
    if (peer_anchor_parse(frame, &anchor) != ERR_OK)
        return false;
    peer_anchor_write(again, &anchor);
    return true;
}

static bool blocks_wanted_again(struct bytes frame, struct writer *again)
{
    struct peer_blocks_wanted wanted;
    if (peer_blocks_wanted_parse(frame, &wanted) != ERR_OK)
        return false;
    invariant(wanted.count > 0 && wanted.count <= PEER_BLOCKS_MAX);
    peer_blocks_wanted_write(again, &wanted);
    return true;
}

static bool blocks_again(struct bytes frame, struct writer *again)
{
    struct peer_blocks blocks;
    if (peer_blocks_parse(frame, &blocks) != ERR_OK)
        return false;
    struct reader frames = reader_over(blocks.frames);
    uint32_t count = 0;
    for (struct bytes block; block_frame_next(&frames, &block); count++)
        invariant(block.size <= BLOCK_SIZE_MAX);
    invariant(reader_done(&frames) == ERR_OK);
    invariant(count == blocks.count);
    peer_blocks_write(again, &blocks);
    return true;
}

static bool read_wanted_again(struct bytes frame, struct writer *again)
{
    struct peer_read_wanted wanted;
    if (peer_read_wanted_parse(frame, &wanted) != ERR_OK)
        return false;
    peer_read_wanted_write(again, &wanted);
    return true;
}

static bool read_index_again(struct bytes frame, struct writer *again)
{
    struct peer_read_index index;
    if (peer_read_index_parse(frame, &index) != ERR_OK)
        return false;
    invariant(index.index > 0);
    peer_read_index_write(again, &index);
    return true;
}

static bool list_wanted_again(struct bytes frame, struct writer *again)
{
    struct peer_list_wanted wanted;
    if (peer_list_wanted_parse(frame, &wanted) != ERR_OK)
        return false;
    peer_list_wanted_write(again, &wanted);
    return true;
}

static bool list_again(struct bytes frame, struct writer *again)
{
    struct peer_list list;
    if (peer_list_parse(frame, &list) != ERR_OK)
        return false;
    invariant(list.count <= PEER_ENTRIES_MAX);
    peer_list_write(again, &list);
    return true;
}

static bool chunks_wanted_again(struct bytes frame, struct writer *again)
{
    struct peer_chunks_wanted wanted;
    if (peer_chunks_wanted_parse(frame, &wanted) != ERR_OK)
        return false;
    invariant(wanted.size > 0 && wanted.size <= PEER_CHUNKS_SIZE_MAX);
    peer_chunks_wanted_write(again, &wanted);
    return true;
}

static bool chunks_again(struct bytes frame, struct writer *again)
{
    struct peer_chunks chunks;
    if (peer_chunks_parse(frame, &chunks) != ERR_OK)
        return false;
    invariant(chunks.bytes.size <= PEER_CHUNKS_SIZE_MAX);
    peer_chunks_write(again, &chunks);
    return true;
}

static bool head_again(struct bytes frame, struct writer *again)
{
    struct peer_head head;
    if (peer_head_parse(frame, &head) != ERR_OK)
        return false;
    invariant(head.height > 0);
    peer_head_write(again, &head);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t room[PEER_MESSAGE_SIZE_MAX];
    static bool (*const functions[])(struct bytes, struct writer *) = {
        [PEER_HELLO] = hello_again,
        [PEER_RAFT] = raft_again,
        [PEER_SUBMIT] = submit_again,
        [PEER_REFUSED] = refused_again,
        [PEER_ANCHOR_WANTED] = anchor_wanted_again,
        [PEER_ANCHOR] = anchor_again,
        [PEER_BLOCKS_WANTED] = blocks_wanted_again,
        [PEER_BLOCKS] = blocks_again,
        [PEER_READ_WANTED] = read_wanted_again,
        [PEER_READ_INDEX] = read_index_again,
        [PEER_LIST_WANTED] = list_wanted_again,
        [PEER_LIST] = list_again,
        [PEER_CHUNKS_WANTED] = chunks_wanted_again,
        [PEER_CHUNKS] = chunks_again,
        [PEER_HEAD] = head_again,
    };
    struct bytes frame = bytes_of(data, size);
    enum peer_frame kind;
    bool has_kind = peer_frame_kind(frame, &kind) == ERR_OK;
    for (enum peer_frame each = PEER_HELLO; each <= PEER_HEAD; each++) {
        struct writer again = writer_over(room, sizeof room);
        if (!functions[each](frame, &again))
            continue;
        invariant(has_kind);
        invariant(each == kind);
        invariant(bytes_equal(writer_view(&again), frame));
    }
    return 0;
}
