/* The bytes of a client's connection: a stream falls into requests that lie in it one after the
 * other, each of which is written again as the bytes it was. The first byte says which socket. */
#include "node/sp.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MESSAGE_MAX = 4096 };

static void check_frame(enum sp_transport transport, struct bytes input,
                        const struct sp_frame *read)
{
    uint8_t buffer[SP_HEAD_SIZE_MAX];
    struct writer writer = writer_over(buffer, sizeof buffer);
    struct sp_frame again;
    invariant(read->size <= input.size && read->request.size <= MESSAGE_MAX - 4);
    invariant(read->request.data + read->request.size == input.data + read->size);
    sp_head_write(&writer, transport, read->id, read->request.size);
    struct bytes head = writer_view(&writer);
    invariant(bytes_equal(head, bytes_of(input.data, read->size - read->request.size)));
    struct bytes cut = bytes_of(input.data, read->size - 1);
    invariant(sp_read(transport, cut, MESSAGE_MAX, &again) == ERR_TRUNCATED);
    invariant(again.size > cut.size && again.size <= read->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 + SP_GREETING_SIZE)
        return 0;
    enum sp_transport transport = data[0] % 2 == 0 ? SP_TCP : SP_IPC;
    struct sp_frame frame;
    enum err err = sp_greeting_check(bytes_of(data + 1, SP_GREETING_SIZE));
    for (size_t at = 1 + SP_GREETING_SIZE; err == ERR_OK; at += frame.size) {
        struct bytes input = bytes_of(data + at, size - at);
        err = sp_read(transport, input, MESSAGE_MAX, &frame);
        if (err == ERR_OK)
            check_frame(transport, input, &frame);
    }
    invariant(err == ERR_TRUNCATED || err == ERR_TOO_LARGE || err == ERR_OUT_OF_RANGE);
    return 0;
}
