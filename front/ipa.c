#include "front/ipa.h"

enum err ipa_read(struct bytes input, struct ipa_frame *out)
{
    *out = (struct ipa_frame){.size = 0};
    struct reader reader = reader_over(input);
    size_t size = reader_u16(&reader);
    uint8_t stream = reader_u8(&reader);
    /* Said as soon as the size is known: the rest of such a frame is not waited for. */
    if (size > IPA_FRAME_SIZE_MAX - IPA_HEADER_SIZE)
        return ERR_TOO_LARGE;
    struct bytes payload = reader_bytes(&reader, size);
    if (!reader_ok(&reader))
        return reader.err;
    *out = (struct ipa_frame){stream, payload, IPA_HEADER_SIZE + size};
    return ERR_OK;
}

static void write_header(struct writer *writer, enum ipa_stream stream, size_t size)
{
    if (size > IPA_FRAME_SIZE_MAX - IPA_HEADER_SIZE)
        writer_fail(writer, ERR_TOO_LARGE);
    writer_u16(writer, (uint16_t)size);
    writer_u8(writer, (uint8_t)stream);
}

void ipa_write_ccm(struct writer *writer, enum ipa_ccm type)
{
    write_header(writer, IPA_STREAM_CCM, 1);
    writer_u8(writer, (uint8_t)type);
}

void ipa_write_id_get(struct writer *writer)
{
    /* Each with its length before it: unit id, MAC address, two locations, two versions, unit name,
     * serial number. All that libosmocore asks for: its clients answer what they are asked. */
    static const uint8_t tags[] = {0x08, 0x07, 0x02, 0x03, 0x04, 0x05, 0x01, 0x00};
    write_header(writer, IPA_STREAM_CCM, 1 + 2 * sizeof tags);
    writer_u8(writer, IPA_CCM_ID_GET);
    for (size_t i = 0; i < sizeof tags; i++) {
        writer_u8(writer, 1);
        writer_u8(writer, tags[i]);
    }
}

void ipa_write_gsup(struct writer *writer, struct bytes message)
{
    write_header(writer, IPA_STREAM_OSMO, 1 + message.size);
    writer_u8(writer, IPA_EXTENSION_GSUP);
    writer_bytes(writer, message.data, message.size);
}
