#include "proto/writer.h"

struct writer writer_over(void *buffer, size_t capacity)
{
    return (struct writer){.data = buffer, .capacity = capacity, .size = 0, .err = ERR_OK};
}

void writer_fail(struct writer *writer, enum err err)
{
    if (writer->err == ERR_OK)
        writer->err = err;
}

void writer_bytes(struct writer *writer, const void *data, size_t size)
{
    if (writer->err != ERR_OK)
        return;
    if (writer->capacity - writer->size < size) {
        writer_fail(writer, ERR_TOO_LARGE);
        return;
    }
    if (size > 0)
        memcpy(writer->data + writer->size, data, size);
    writer->size += size;
}

static void write_integer(struct writer *writer, uint64_t value, size_t size)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(value >> (8 * (size - 1 - i)));
    writer_bytes(writer, bytes, size);
}

void writer_u8(struct writer *writer, uint8_t value)
{
    write_integer(writer, value, 1);
}

void writer_u16(struct writer *writer, uint16_t value)
{
    write_integer(writer, value, 2);
}

void writer_u32(struct writer *writer, uint32_t value)
{
    write_integer(writer, value, 4);
}

void writer_u64(struct writer *writer, uint64_t value)
{
    write_integer(writer, value, 8);
}

void writer_text(struct writer *writer, const char *text)
{
    writer_bytes(writer, text, strlen(text));
}
