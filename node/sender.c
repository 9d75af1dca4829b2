#include "node/sender.h"

#include "node/log.h"
#include "proto/invariant.h"

/* Frames the blocks from message->index + 1 on into parts[1…]. */
static enum err gather(struct sender *sender, const struct raft_message *message)
{
    for (uint32_t i = 0; i < message->count; i++) {
        enum err err = chain_block(sender->chain, message->index + 1 + i, &sender->blocks[i]);
        if (err != ERR_OK)
            return err;
        struct bytes encoded = sender->blocks[i]->block.encoded;
        struct writer size = writer_over(sender->sizes[i], sizeof sender->sizes[i]);
        writer_u32(&size, (uint32_t)encoded.size);
        sender->parts[1 + 2 * i] = bytes_of(sender->sizes[i], sizeof sender->sizes[i]);
        sender->parts[2 + 2 * i] = encoded;
    }
    return ERR_OK;
}

static void hand_to_links(struct sender *sender, const struct raft_message *message)
{
    uint8_t head[1 + RAFT_MESSAGE_HEAD_SIZE];
    struct writer writer = writer_over(head, sizeof head);
    peer_raft_write(&writer, message);
    sender->parts[0] = writer_view(&writer);
    enum peer_channel channel = message->count > 0 ? PEER_BULK : PEER_CONTROL;
    enum err err = links_send(sender->links, message->to, channel, sender->parts,
                              1 + 2 * (size_t)message->count);
    if (err != ERR_OK)
        log_event(LOG_DEBUG, "unsent", "to=%u kind=%s why=%s", message->to,
                  raft_message_word(message->kind), err_name(err));
}

static enum err send_frame(struct sender *sender, const struct raft_message *message)
{
    invariant(message->count <= RAFT_APPEND_MAX);
    memset(sender->blocks, 0, message->count * sizeof sender->blocks[0]);
    enum err err = gather(sender, message);
    if (err == ERR_OK)
        hand_to_links(sender, message);
    for (uint32_t i = 0; i < message->count; i++)
        block_ref_drop(sender->blocks[i]);
    return err;
}

/* Fills in an APPEND for a follower that is behind the core's ring. */
static enum err fill_from_disk(const struct sender *sender, struct raft_message *message)
{
    struct chain_link link;
    enum err err = chain_link(sender->chain, message->index, &link);
    if (err != ERR_OK)
        return err;
    message->log_term = link.term;
    size_t bytes = 0;
    uint32_t count = 0;
    while (count < message->count && message->index + count < sender->chain->tip.height) {
        err = chain_link(sender->chain, message->index + count + 1, &link);
        if (err != ERR_OK)
            return err;
        bytes += link.size;
        if (count > 0 && bytes > sender->message_bytes)
            break;
        count++;
    }
    message->count = count;
    return ERR_OK;
}

enum err sender_send(struct sender *sender, const struct raft_outgoing *outgoing)
{
    struct raft_message message = outgoing->message;
    enum err err = outgoing->from_disk ? fill_from_disk(sender, &message) : ERR_OK;
    return err == ERR_OK ? send_frame(sender, &message) : err;
}
