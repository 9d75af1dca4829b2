#include "proto/peer.h"

#include "proto/frame.h"
#include "proto/invariant.h"
#include "proto/limits.h"

/* Before what a HELLO's signature covers, so that it is no signature of anything else. */
static const char hello_context[] = "imei-ledger peer hello";

enum err peer_frame_kind(struct bytes frame, enum peer_frame *out)
{
    *out = (enum peer_frame)0;
    if (frame.size == 0)
        return ERR_TRUNCATED;
    if (frame.size > PEER_MESSAGE_SIZE_MAX)
        return ERR_TOO_LARGE;
    if (frame.data[0] < PEER_HELLO || frame.data[0] > PEER_HEAD)
        return ERR_OUT_OF_RANGE;
    *out = (enum peer_frame)frame.data[0];
    return ERR_OK;
}

struct reader peer_frame_body(struct bytes frame, enum peer_frame kind)
{
    enum peer_frame found;
    struct reader reader = reader_over(frame);
    reader_fail(&reader, peer_frame_kind(frame, &found));
    if (found != kind)
        reader_fail(&reader, ERR_WRONG_TYPE);
    (void)reader_u8(&reader);
    return reader;
}

void peer_frame_start(struct writer *writer, enum peer_frame kind)
{
    writer_u8(writer, (uint8_t)kind);
    writer_u8(writer, 0);
    writer_u16(writer, 0);
}

/* ---- HELLO ---- */

static bool hello_is_sound(const struct peer_hello *hello)
{
    return hello->from > 0 && hello->to > 0 && hello->from != hello->to &&
           (hello->channel == PEER_CONTROL || hello->channel == PEER_BULK);
}

/* All but the signature. */
static void hello_write_signed(struct writer *writer, const struct peer_hello *hello)
{
    invariant(hello_is_sound(hello));
    writer_u8(writer, PEER_HELLO);
    writer_u8(writer, PEER_VERSION);
    writer_u8(writer, (uint8_t)hello->channel);
    writer_u8(writer, 0);
    writer_u32(writer, hello->from);
    writer_u32(writer, hello->to);
    writer_bytes(writer, hello->network.bytes, HASH_SIZE);
    writer_bytes(writer, hello->incarnation.bytes, INCARNATION_SIZE);
}

struct hash peer_hello_digest(const struct peer_hello *hello)
{
    uint8_t buffer[128];
    struct writer writer = writer_over(buffer, sizeof buffer);
    writer_bytes(&writer, hello_context, sizeof hello_context);
    hello_write_signed(&writer, hello);
    invariant(writer_ok(&writer));
    return hash_of(writer_view(&writer));
}

enum err peer_hello_parse(struct bytes frame, struct peer_hello *out)
{
    *out = (struct peer_hello){0};
    struct reader reader = peer_frame_body(frame, PEER_HELLO);
    if (reader_u8(&reader) != PEER_VERSION)
        reader_fail(&reader, ERR_BAD_VERSION);
    out->channel = (enum peer_channel)reader_u8(&reader);
    reader_zeroes(&reader, 1);
    out->from = reader_u32(&reader);
    out->to = reader_u32(&reader);
    reader_copy(&reader, out->network.bytes, HASH_SIZE);
    reader_copy(&reader, out->incarnation.bytes, INCARNATION_SIZE);
    reader_copy(&reader, out->signature.bytes, SIGNATURE_SIZE);
    if (!hello_is_sound(out))
        reader_fail(&reader, ERR_OUT_OF_RANGE);
    return reader_done(&reader);
}

void peer_hello_write(struct writer *writer, const struct peer_hello *hello)
{
    hello_write_signed(writer, hello);
    writer_bytes(writer, hello->signature.bytes, SIGNATURE_SIZE);
}

/* ---- RAFT ---- */

enum err peer_raft_parse(struct bytes frame, struct raft_message *out, struct bytes *blocks)
{
    *out = (struct raft_message){0};
    *blocks = bytes_of(NULL, 0);
    struct reader reader = peer_frame_body(frame, PEER_RAFT);
    if (!reader_ok(&reader))
        return reader.err;
    return raft_message_parse(reader_bytes(&reader, reader_left(&reader)), out, blocks);
}

void peer_raft_write(struct writer *writer, const struct raft_message *message)
{
    writer_u8(writer, PEER_RAFT);
    raft_message_write(writer, message);
}

/* ---- SUBMIT ---- */

enum err peer_submit_parse(struct bytes frame, struct bytes *transactions)
{
    struct reader reader = peer_frame_body(frame, PEER_SUBMIT);
    reader_zeroes(&reader, 3);
    uint32_t count = reader_u32(&reader);
    if (count == 0)
        reader_fail(&reader, ERR_OUT_OF_RANGE);
    struct bytes found = frames_read(&reader, count, TX_SIZE_MAX);
    enum err err = reader_done(&reader);
    *transactions = err == ERR_OK ? found : bytes_of(NULL, 0);
    return err;
}

void peer_submit_write(struct writer *writer, const struct bytes *transactions, size_t count)
{
    invariant(count > 0);
    invariant(count <= UINT32_MAX);
    peer_frame_start(writer, PEER_SUBMIT);
    writer_u32(writer, (uint32_t)count);
    for (size_t i = 0; i < count; i++) {
        invariant(transactions[i].size <= TX_SIZE_MAX);
        frame_write(writer, transactions[i]);
    }
}

/* ---- REFUSED ---- */

enum err peer_refused_parse(struct bytes frame, struct peer_refused *out)
{
    *out = (struct peer_refused){0};
    struct reader reader = peer_frame_body(frame, PEER_REFUSED);
    reader_zeroes(&reader, 1);
    uint16_t number = reader_u16(&reader);
    out->err = err_from_number(number);
    if (out->err == ERR_OK || (unsigned)out->err != number)
        reader_fail(&reader, ERR_OUT_OF_RANGE);
    reader_copy(&reader, out->id.bytes, HASH_SIZE);
    return reader_done(&reader);
}

void peer_refused_write(struct writer *writer, const struct peer_refused *refused)
{
    invariant(refused->err != ERR_OK);
    writer_u8(writer, PEER_REFUSED);
    writer_u8(writer, 0);
    writer_u16(writer, (uint16_t)refused->err);
    writer_bytes(writer, refused->id.bytes, HASH_SIZE);
}

/* ---- HEAD ---- */

enum err peer_head_parse(struct bytes frame, struct peer_head *out)
{
    *out = (struct peer_head){0};
    struct reader reader = peer_frame_body(frame, PEER_HEAD);
    reader_zeroes(&reader, 3);
    out->height = reader_u64(&reader);
    reader_copy(&reader, out->hash.bytes, HASH_SIZE);
    if (out->height == 0)
        reader_fail(&reader, ERR_OUT_OF_RANGE);
    return reader_done(&reader);
}

void peer_head_write(struct writer *writer, const struct peer_head *head)
{
    invariant(head->height > 0);
    peer_frame_start(writer, PEER_HEAD);
    writer_u64(writer, head->height);
    writer_bytes(writer, head->hash.bytes, HASH_SIZE);
}
