#include "proto/raft_message.h"

#include "proto/frame.h"
#include "proto/invariant.h"
#include "proto/limits.h"

enum { FLAG_GRANTED = 1, FLAG_TRANSFER = 2 };

const char *raft_message_word(enum raft_message_kind kind)
{
    switch (kind) {
#define X(name, number, word)                                                                      \
    case RAFT_##name: return word;
        RAFT_MESSAGE_TABLE(X)
#undef X
    }
    return NULL;
}

/* The flags that mean something in a message of that kind. */
static unsigned flags_of(enum raft_message_kind kind)
{
    switch (kind) {
    case RAFT_PRE_VOTE:
    case RAFT_VOTE: return FLAG_TRANSFER;
    case RAFT_PRE_VOTE_REPLY:
    case RAFT_VOTE_REPLY:
    case RAFT_APPEND_REPLY: return FLAG_GRANTED;
    case RAFT_HEARTBEAT:
    case RAFT_HEARTBEAT_REPLY:
    case RAFT_APPEND:
    case RAFT_CAMPAIGN_NOW: return 0;
    }
    return 0;
}

static bool head_is_sound(const struct raft_message *message, unsigned flags)
{
    return raft_message_word(message->kind) != NULL && (flags & ~flags_of(message->kind)) == 0 &&
           message->from > 0 && message->to > 0 && message->from != message->to &&
           (message->count == 0 || message->kind == RAFT_APPEND);
}

enum err raft_message_parse(struct bytes input, struct raft_message *out, struct bytes *blocks)
{
    struct reader reader = reader_over(input);
    *out = (struct raft_message){0};
    out->kind = (enum raft_message_kind)reader_u8(&reader);
    unsigned flags = reader_u8(&reader);
    uint16_t zero = reader_u16(&reader);
    out->from = reader_u32(&reader);
    out->to = reader_u32(&reader);
    out->term = reader_u64(&reader);
    out->index = reader_u64(&reader);
    out->log_term = reader_u64(&reader);
    out->commit = reader_u64(&reader);
    out->context = reader_u64(&reader);
    out->count = reader_u32(&reader);
    out->granted = (flags & FLAG_GRANTED) != 0;
    out->transfer = (flags & FLAG_TRANSFER) != 0;

    if (reader_ok(&reader) && (zero != 0 || !head_is_sound(out, flags)))
        reader_fail(&reader, ERR_OUT_OF_RANGE);
    struct bytes frames = frames_read(&reader, out->count, BLOCK_SIZE_MAX);
    enum err err = reader_done(&reader);
    *blocks = err == ERR_OK ? frames : bytes_of(NULL, 0);
    return err;
}

bool block_frame_next(struct reader *frames, struct bytes *block)
{
    if (reader_left(frames) == 0)
        return false;
    *block = frame_read(frames, BLOCK_SIZE_MAX);
    return reader_ok(frames);
}

void raft_message_write(struct writer *writer, const struct raft_message *message)
{
    unsigned flags =
        (message->granted ? FLAG_GRANTED : 0u) | (message->transfer ? FLAG_TRANSFER : 0u);
    invariant(head_is_sound(message, flags));
    writer_u8(writer, (uint8_t)message->kind);
    writer_u8(writer, (uint8_t)flags);
    writer_u16(writer, 0);
    writer_u32(writer, message->from);
    writer_u32(writer, message->to);
    writer_u64(writer, message->term);
    writer_u64(writer, message->index);
    writer_u64(writer, message->log_term);
    writer_u64(writer, message->commit);
    writer_u64(writer, message->context);
    writer_u32(writer, message->count);
}
