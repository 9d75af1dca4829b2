#include "proto/frame.h"

#include "proto/invariant.h"

struct bytes frame_read(struct reader *reader, size_t size_max)
{
    uint32_t size = reader_u32(reader);
    if (size == 0)
        reader_fail(reader, ERR_OUT_OF_RANGE);
    if (size > size_max)
        reader_fail(reader, ERR_TOO_LARGE);
    return reader_ok(reader) ? reader_bytes(reader, size) : bytes_of(NULL, 0);
}

struct bytes frames_read(struct reader *reader, uint32_t count, size_t size_max)
{
    const uint8_t *start = reader->at;
    for (uint32_t i = 0; i < count && reader_ok(reader); i++)
        (void)frame_read(reader, size_max);
    return reader_ok(reader) ? bytes_of(start, (size_t)(reader->at - start)) : bytes_of(NULL, 0);
}

void frame_write(struct writer *writer, struct bytes content)
{
    invariant(content.size > 0);
    invariant(content.size <= UINT32_MAX);
    writer_u32(writer, (uint32_t)content.size);
    writer_bytes(writer, content.data, content.size);
}
