#include "node/sp.h"

#include "proto/reader.h"

#define SP_REQ 0x30
#define SP_REP 0x31

#define IPC_MESSAGE 1 /* the byte before the size: an ordinary message */

#define ID_SIZE 4
#define ID_BIT  UINT32_C(0x80000000) /* the last number of a request; those of devices lack it */

static const uint8_t greeting[SP_GREETING_SIZE] = {0, 'S', 'P', 0, 0, SP_REP, 0, 0};

struct bytes sp_greeting(void)
{
    return bytes_of(greeting, sizeof greeting);
}

enum err sp_greeting_check(struct bytes input)
{
    static const uint8_t wanted[SP_GREETING_SIZE] = {0, 'S', 'P', 0, 0, SP_REQ, 0, 0};
    return bytes_equal(input, bytes_of(wanted, sizeof wanted)) ? ERR_OK : ERR_OUT_OF_RANGE;
}

enum err sp_read(enum sp_transport transport, struct bytes input, size_t message_max,
                 struct sp_frame *out)
{
    size_t head = (transport == SP_IPC ? 1 : 0) + sizeof(uint64_t);
    struct reader reader = reader_over(input);
    *out = (struct sp_frame){.size = head};
    if (input.size < head)
        return ERR_TRUNCATED;
    if (transport == SP_IPC && reader_u8(&reader) != IPC_MESSAGE)
        return ERR_OUT_OF_RANGE;
    uint64_t size = reader_u64(&reader);
    if (size < ID_SIZE)
        return ERR_OUT_OF_RANGE;
    if (size > message_max)
        return ERR_TOO_LARGE;
    out->size = head + ID_SIZE;
    if (input.size < out->size)
        return ERR_TRUNCATED;
    out->id = reader_u32(&reader);
    if ((out->id & ID_BIT) == 0)
        return ERR_OUT_OF_RANGE;
    out->size = head + (size_t)size;
    if (input.size < out->size)
        return ERR_TRUNCATED;
    out->request = reader_bytes(&reader, (size_t)size - ID_SIZE);
    return ERR_OK;
}

void sp_head_write(struct writer *writer, enum sp_transport transport, uint32_t id,
                   size_t answer_size)
{
    if (transport == SP_IPC)
        writer_u8(writer, IPC_MESSAGE);
    writer_u64(writer, ID_SIZE + (uint64_t)answer_size);
    writer_u32(writer, id);
}
