#include "proto/reader.h"

struct reader reader_over(struct bytes input)
{
    return (struct reader){
        .at = input.data,
        .end = input.size > 0 ? input.data + input.size : input.data,
        .err = ERR_OK,
    };
}

void reader_fail(struct reader *reader, enum err err)
{
    if (reader->err == ERR_OK)
        reader->err = err;
}

struct bytes reader_bytes(struct reader *reader, size_t size)
{
    if (reader_left(reader) < size) {
        reader_fail(reader, ERR_TRUNCATED);
        return bytes_of(NULL, 0);
    }
    struct bytes view = bytes_of(reader->at, size);
    if (size > 0)
        reader->at += size;
    return view;
}

void reader_copy(struct reader *reader, void *out, size_t size)
{
    struct bytes view = reader_bytes(reader, size);
    if (size == 0)
        return;
    if (view.size == size)
        memcpy(out, view.data, size);
    else
        memset(out, 0, size);
}

/* The next `size` bytes (8 at most) as a big-endian number. */
static uint64_t read_integer(struct reader *reader, size_t size)
{
    struct bytes view = reader_bytes(reader, size);
    uint64_t value = 0;
    for (size_t i = 0; i < view.size; i++)
        value = value << 8 | view.data[i];
    return value;
}

uint8_t reader_u8(struct reader *reader)
{
    return (uint8_t)read_integer(reader, 1);
}

uint16_t reader_u16(struct reader *reader)
{
    return (uint16_t)read_integer(reader, 2);
}

uint32_t reader_u32(struct reader *reader)
{
    return (uint32_t)read_integer(reader, 4);
}

uint64_t reader_u64(struct reader *reader)
{
    return read_integer(reader, 8);
}

void reader_zeroes(struct reader *reader, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (reader_u8(reader) != 0)
            reader_fail(reader, ERR_OUT_OF_RANGE);
    }
}

enum err reader_done(const struct reader *reader)
{
    if (reader->err != ERR_OK)
        return reader->err;
    return reader->at == reader->end ? ERR_OK : ERR_TRAILING;
}
