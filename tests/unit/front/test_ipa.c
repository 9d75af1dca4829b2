/*
 * IPA frames: what is written is read again, and a stream falls into the same frames wherever it is
 * cut.
 */
#include "front/ipa.h"

#include "tests/unit/suite.h"

#include "proto/err.h"

#define assert_err(expression, expected) ck_assert_str_eq(err_name(expression), #expected)

/* The bytes that an Osmocom server sends first. */
START_TEST(asks_who_calls_as_osmocom_does)
{
    static const uint8_t expected[] = {0, 17, 0xfe, 0x04, 1, 8, 1, 7, 1, 2,
                                       1, 3,  1,    4,    1, 5, 1, 1, 1, 0};
    uint8_t buffer[64];
    struct writer writer = writer_over(buffer, sizeof buffer);
    ipa_write_id_get(&writer);
    ck_assert(bytes_equal(writer_view(&writer), bytes_of(expected, sizeof expected)));
}
END_TEST

START_TEST(a_ping_is_four_bytes)
{
    static const uint8_t expected[] = {0, 1, 0xfe, 0};
    uint8_t buffer[64];
    struct writer writer = writer_over(buffer, sizeof buffer);
    ipa_write_ccm(&writer, IPA_CCM_PING);
    ck_assert(bytes_equal(writer_view(&writer), bytes_of(expected, sizeof expected)));
}
END_TEST

START_TEST(messages_of_each_size_come_back_and_each_truncation_waits_for_more)
{
    static uint8_t message[IPA_FRAME_SIZE_MAX];
    static uint8_t buffer[2 * IPA_FRAME_SIZE_MAX];
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(i * 31);
    for (size_t size = 0; size <= IPA_FRAME_SIZE_MAX - IPA_HEADER_SIZE - 1; size++) {
        struct writer writer = writer_over(buffer, sizeof buffer);
        struct ipa_frame frame;
        ipa_write_gsup(&writer, bytes_of(message, size));
        ck_assert_uint_eq(writer.size, size + IPA_HEADER_SIZE + 1);
        buffer[writer.size] = 0xaa; /* the next frame is not looked at */
        assert_err(ipa_read(bytes_of(buffer, writer.size + 1), &frame), OK);
        ck_assert_uint_eq(frame.stream, IPA_STREAM_OSMO);
        ck_assert_uint_eq(frame.size, writer.size);
        ck_assert_uint_eq(frame.payload.data[0], IPA_EXTENSION_GSUP);
        ck_assert(bytes_equal(bytes_of(frame.payload.data + 1, frame.payload.size - 1),
                              bytes_of(message, size)));
        for (size_t cut = 0; cut < writer.size; cut += size < 40 ? 1 : 97)
            assert_err(ipa_read(bytes_of(buffer, cut), &frame), TRUNCATED);
    }
}
END_TEST

START_TEST(no_frame_beyond_the_limit_is_written_or_waited_for)
{
    static uint8_t message[IPA_FRAME_SIZE_MAX];
    static uint8_t buffer[2 * IPA_FRAME_SIZE_MAX];
    struct ipa_frame frame;
    struct writer writer = writer_over(buffer, sizeof buffer);
    ipa_write_gsup(&writer, bytes_of(message, IPA_FRAME_SIZE_MAX - IPA_HEADER_SIZE));
    assert_err(writer.err, TOO_LARGE);
    for (size_t size = 0; size <= UINT16_MAX; size++) {
        uint8_t header[] = {(uint8_t)(size >> 8), (uint8_t)size, 0xee};
        enum err err = ipa_read(bytes_of(header, sizeof header), &frame);
        if (size == 0)
            assert_err(err, OK);
        else if (size <= IPA_FRAME_SIZE_MAX - IPA_HEADER_SIZE)
            assert_err(err, TRUNCATED);
        else
            assert_err(err, TOO_LARGE);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &asks_who_calls_as_osmocom_does,
        &a_ping_is_four_bytes,
        &messages_of_each_size_come_back_and_each_truncation_waits_for_more,
        &no_frame_beyond_the_limit_is_written_or_waited_for,
    };
    return suite_run("front/ipa", cases, sizeof cases / sizeof cases[0]);
}
