/*
 * The bytes of the clients' connections: requests are read as REQ sockets write them, wherever the
 * stream is cut, and nothing else is.
 */
#include "node/sp.h"

#include "tests/unit/suite.h"

#include <string.h>

#define assert_err(expression, expected) ck_assert_str_eq(err_name(expression), #expected)

#define ID UINT32_C(0x8badf00d)

enum { MESSAGE_MAX = 300 };

/* A request of so many bytes, as NNG sends it. */
static struct bytes write_request(struct writer *writer, enum sp_transport transport, size_t size)
{
    sp_head_write(writer, transport, ID, size);
    for (size_t i = 0; i < size; i++)
        writer_u8(writer, (uint8_t)(i * 7));
    ck_assert(writer_ok(writer));
    return writer_view(writer);
}

START_TEST(the_greeting_is_that_of_a_socket_that_answers)
{
    static const uint8_t expected[] = {0, 'S', 'P', 0, 0, 0x31, 0, 0};
    ck_assert(bytes_equal(sp_greeting(), bytes_of(expected, sizeof expected)));
}
END_TEST

START_TEST(only_a_socket_that_asks_may_greet)
{
    uint8_t greeting[] = {0, 'S', 'P', 0, 0, 0x30, 0, 0};
    struct bytes whole = bytes_of(greeting, sizeof greeting);
    assert_err(sp_greeting_check(whole), OK);
    for (size_t i = 0; i < 8 * sizeof greeting; i++) {
        greeting[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_err(sp_greeting_check(whole), OUT_OF_RANGE);
        greeting[i / 8] ^= (uint8_t)(1u << i % 8);
    }
}
END_TEST

START_TEST(requests_of_each_size_come_back_and_each_truncation_waits_for_more)
{
    static uint8_t buffer[MESSAGE_MAX + SP_HEAD_SIZE_MAX];
    struct sp_frame frame;
    for (int transport = SP_TCP; transport <= SP_IPC; transport++) {
        for (size_t size = 0; size <= MESSAGE_MAX - 4; size++) {
            struct writer writer = writer_over(buffer, sizeof buffer);
            struct bytes whole = write_request(&writer, transport, size);
            assert_err(sp_read(transport, whole, MESSAGE_MAX, &frame), OK);
            ck_assert_uint_eq(frame.size, whole.size);
            ck_assert_uint_eq(frame.id, ID);
            ck_assert_uint_eq(frame.request.size, size);
            ck_assert_ptr_eq(frame.request.data, whole.data + whole.size - size);
            for (size_t cut = 0; cut < whole.size; cut++) {
                assert_err(sp_read(transport, bytes_of(buffer, cut), MESSAGE_MAX, &frame),
                           TRUNCATED);
                ck_assert_uint_gt(frame.size, cut);
                ck_assert_uint_le(frame.size, whole.size);
            }
        }
    }
}
END_TEST

START_TEST(a_size_above_the_limit_is_refused_before_its_bytes_come)
{
    static const uint64_t sizes[] = {MESSAGE_MAX + 1, UINT32_MAX, UINT64_MAX - 8, UINT64_MAX};
    uint8_t buffer[8];
    struct sp_frame frame;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct writer writer = writer_over(buffer, sizeof buffer);
        writer_u64(&writer, sizes[i]);
        assert_err(sp_read(SP_TCP, writer_view(&writer), MESSAGE_MAX, &frame), TOO_LARGE);
    }
}
END_TEST

START_TEST(a_message_without_room_for_its_number_is_refused)
{
    uint8_t buffer[8];
    struct sp_frame frame;
    for (uint64_t size = 0; size < 4; size++) {
        struct writer writer = writer_over(buffer, sizeof buffer);
        writer_u64(&writer, size);
        assert_err(sp_read(SP_TCP, writer_view(&writer), MESSAGE_MAX, &frame), OUT_OF_RANGE);
    }
}
END_TEST

START_TEST(a_number_that_a_device_has_put_on_is_refused)
{
    uint8_t buffer[32];
    struct sp_frame frame;
    struct writer writer = writer_over(buffer, sizeof buffer);
    sp_head_write(&writer, SP_TCP, ID & ~UINT32_C(0x80000000), 4);
    writer_u32(&writer, ID);
    assert_err(sp_read(SP_TCP, writer_view(&writer), MESSAGE_MAX, &frame), OUT_OF_RANGE);
}
END_TEST

START_TEST(over_a_socket_of_the_file_system_only_messages_are_taken)
{
    uint8_t buffer[32];
    struct sp_frame frame;
    for (unsigned kind = 0; kind < 256; kind++) {
        struct writer writer = writer_over(buffer, sizeof buffer);
        sp_head_write(&writer, SP_IPC, ID, 0);
        buffer[0] = (uint8_t)kind;
        enum err err = sp_read(SP_IPC, writer_view(&writer), MESSAGE_MAX, &frame);
        ck_assert_int_eq(err, kind == 1 ? ERR_OK : ERR_OUT_OF_RANGE);
    }
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &the_greeting_is_that_of_a_socket_that_answers,
        &only_a_socket_that_asks_may_greet,
        &requests_of_each_size_come_back_and_each_truncation_waits_for_more,
        &a_size_above_the_limit_is_refused_before_its_bytes_come,
        &a_message_without_room_for_its_number_is_refused,
        &a_number_that_a_device_has_put_on_is_refused,
        &over_a_socket_of_the_file_system_only_messages_are_taken,
    };
    return suite_run("sp", cases, sizeof cases / sizeof cases[0]);
}
