/* IPA frames: a stream falls into frames that lie in it one after the other, and each is written
 * again as the bytes it was. */
#include "front/ipa.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_frame(struct bytes frame, const struct ipa_frame *read)
{
    uint8_t buffer[IPA_FRAME_SIZE_MAX];
    struct writer writer = writer_over(buffer, sizeof buffer);
    struct bytes payload = read->payload;
    struct ipa_frame again;
    invariant(read->size == IPA_HEADER_SIZE + payload.size && read->size <= IPA_FRAME_SIZE_MAX);
    invariant(frame.size >= read->size);
    /* One byte less is not yet a frame. */
    invariant(ipa_read(bytes_of(frame.data, read->size - 1), &again) == ERR_TRUNCATED);
    if (read->stream != IPA_STREAM_OSMO || payload.size == 0 ||
        payload.data[0] != IPA_EXTENSION_GSUP)
        return;
    ipa_write_gsup(&writer, bytes_of(payload.data + 1, payload.size - 1));
    invariant(bytes_equal(writer_view(&writer), bytes_of(frame.data, read->size)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t taken = 0;
    struct ipa_frame frame;
    enum err err;
    while ((err = ipa_read(bytes_of(data + taken, size - taken), &frame)) == ERR_OK) {
        check_frame(bytes_of(data + taken, size - taken), &frame);
        taken += frame.size;
    }
    invariant(err == ERR_TRUNCATED || err == ERR_TOO_LARGE);
    invariant(frame.size == 0);
    return 0;
}
