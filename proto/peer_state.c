#include "proto/peer_state.h"

#include "proto/invariant.h"
#include "proto/limits.h"

/* ---- LIST_WANTED ---- */

static bool list_wanted_is_sound(const struct peer_list_wanted *wanted)
{
    return wanted->after <= PEER_CHUNK_ID_MAX && (wanted->checkpoint != 0 || wanted->after == 0);
}

enum err peer_list_wanted_parse(struct bytes frame, struct peer_list_wanted *out)
{
    struct reader reader = peer_frame_body(frame, PEER_LIST_WANTED);
    reader_zeroes(&reader, 3);
    out->request = reader_u64(&reader);
    out->checkpoint = reader_u64(&reader);
    out->after = reader_u64(&reader);
    if (!list_wanted_is_sound(out))
        reader_fail(&reader, ERR_OUT_OF_RANGE);
    return reader_done(&reader);
}

void peer_list_wanted_write(struct writer *writer, const struct peer_list_wanted *wanted)
{
    invariant(list_wanted_is_sound(wanted));
    peer_frame_start(writer, PEER_LIST_WANTED);
    writer_u64(writer, wanted->request);
    writer_u64(writer, wanted->checkpoint);
    writer_u64(writer, wanted->after);
}

/* ---- LIST ---- */

/* Who offers nothing has no entries, and no last one. */
static bool list_is_sound(const struct peer_list *list)
{
    bool is_offer = list->checkpoint != 0;
    return list->count <= PEER_ENTRIES_MAX && (is_offer || (list->count == 0 && !list->is_last));
}

enum err peer_list_parse(struct bytes frame, struct peer_list *out)
{
    struct reader reader = peer_frame_body(frame, PEER_LIST);
    uint8_t flag = reader_u8(&reader);
    reader_zeroes(&reader, 2);
    out->is_last = flag == 1;
    out->request = reader_u64(&reader);
    out->checkpoint = reader_u64(&reader);
    uint32_t size = reader_u32(&reader);
    out->count = size / PEER_ENTRY_SIZE;
    if (flag > 1 || size % PEER_ENTRY_SIZE != 0 || !list_is_sound(out))
        reader_fail(&reader, ERR_OUT_OF_RANGE);
    out->entries = reader_bytes(&reader, size);
    enum err err = reader_done(&reader);
    if (err != ERR_OK)
        out->entries = bytes_of(NULL, 0);
    return err;
}

void peer_list_head_write(struct writer *writer, const struct peer_list *list)
{
    invariant(list_is_sound(list));
    writer_u8(writer, PEER_LIST);
    writer_u8(writer, list->is_last);
    writer_u16(writer, 0);
    writer_u64(writer, list->request);
    writer_u64(writer, list->checkpoint);
    writer_u32(writer, list->count * PEER_ENTRY_SIZE);
}

void peer_list_write(struct writer *writer, const struct peer_list *list)
{
    invariant(list->entries.size == (size_t)list->count * PEER_ENTRY_SIZE);
    peer_list_head_write(writer, list);
    writer_bytes(writer, list->entries.data, list->entries.size);
}

/* ---- CHUNKS_WANTED ---- */

static bool chunks_wanted_is_sound(const struct peer_chunks_wanted *wanted)
{
    return wanted->checkpoint != 0 && wanted->first != 0 && wanted->first <= PEER_CHUNK_ID_MAX &&
           wanted->size != 0 && wanted->size <= PEER_CHUNKS_SIZE_MAX &&
           wanted->offset <= UINT64_MAX - wanted->size;
}

enum err peer_chunks_wanted_parse(struct bytes frame, struct peer_chunks_wanted *out)
{
    struct reader reader = peer_frame_body(frame, PEER_CHUNKS_WANTED);
    reader_zeroes(&reader, 3);
    out->request = reader_u64(&reader);
    out->checkpoint = reader_u64(&reader);
    out->first = reader_u64(&reader);
    out->offset = reader_u64(&reader);
    out->size = reader_u32(&reader);
    if (!chunks_wanted_is_sound(out))
        reader_fail(&reader, ERR_OUT_OF_RANGE);
    return reader_done(&reader);
}

void peer_chunks_wanted_write(struct writer *writer, const struct peer_chunks_wanted *wanted)
{
    invariant(chunks_wanted_is_sound(wanted));
    peer_frame_start(writer, PEER_CHUNKS_WANTED);
    writer_u64(writer, wanted->request);
    writer_u64(writer, wanted->checkpoint);
    writer_u64(writer, wanted->first);
    writer_u64(writer, wanted->offset);
    writer_u32(writer, wanted->size);
}

/* ---- CHUNKS ---- */

static bool chunks_are_sound(const struct peer_chunks *chunks, size_t size)
{
    return size <= PEER_CHUNKS_SIZE_MAX && (chunks->checkpoint != 0 || size == 0);
}

enum err peer_chunks_parse(struct bytes frame, struct peer_chunks *out)
{
    struct reader reader = peer_frame_body(frame, PEER_CHUNKS);
    reader_zeroes(&reader, 3);
    out->request = reader_u64(&reader);
    out->checkpoint = reader_u64(&reader);
    uint32_t size = reader_u32(&reader);
    if (!chunks_are_sound(out, size))
        reader_fail(&reader, ERR_OUT_OF_RANGE);
    out->bytes = reader_bytes(&reader, size);
    enum err err = reader_done(&reader);
    if (err != ERR_OK)
        out->bytes = bytes_of(NULL, 0);
    return err;
}

void peer_chunks_head_write(struct writer *writer, const struct peer_chunks *chunks)
{
    invariant(chunks_are_sound(chunks, chunks->bytes.size));
    peer_frame_start(writer, PEER_CHUNKS);
    writer_u64(writer, chunks->request);
    writer_u64(writer, chunks->checkpoint);
    writer_u32(writer, (uint32_t)chunks->bytes.size);
}

void peer_chunks_write(struct writer *writer, const struct peer_chunks *chunks)
{
    peer_chunks_head_write(writer, chunks);
    writer_bytes(writer, chunks->bytes.data, chunks->bytes.size);
}
