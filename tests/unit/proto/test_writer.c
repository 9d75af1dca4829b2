#include "proto/writer.h"

#include "tests/unit/proto/fixture.h"

enum { ROOM = 32, GUARD = 0xee };

START_TEST(writes_big_endian_integers_one_after_another)
{
    uint8_t buffer[18];
    struct writer writer = writer_over(buffer, sizeof buffer);
    writer_u8(&writer, 0x01);
    writer_u16(&writer, 0x0203);
    writer_u32(&writer, 0x04050607);
    writer_u64(&writer, UINT64_C(0x08090a0b0c0d0e0f));
    writer_bytes(&writer, "xyz", 3);
    ck_assert(writer_ok(&writer));
    assert_bytes(writer_view(&writer),
                 bytes_of("\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0fxyz", 18));
}
END_TEST

static void write_of_size(struct writer *writer, size_t size)
{
    static const uint8_t ones[ROOM] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    switch (size) {
    case 1: writer_u8(writer, 1); break;
    case 2: writer_u16(writer, 0x0101); break;
    case 4: writer_u32(writer, 0x01010101); break;
    case 8: writer_u64(writer, UINT64_C(0x0101010101010101)); break;
    default: writer_bytes(writer, ones, size);
    }
}

START_TEST(writes_nothing_past_the_capacity)
{
    for (size_t capacity = 0; capacity <= 16; capacity++) {
        for (size_t size = 0; size <= 16; size++) {
            uint8_t buffer[ROOM];
            memset(buffer, GUARD, sizeof buffer);
            struct writer writer = writer_over(buffer, capacity);
            size_t fitting = 0;
            for (size_t i = 0; i < 4; i++) {
                write_of_size(&writer, size);
                fitting += fitting == i * size && capacity - fitting >= size ? size : 0;
            }
            ck_assert_int_eq(writer.err, fitting == 4 * size ? ERR_OK : ERR_TOO_LARGE);
            ck_assert_uint_eq(writer.size, fitting);
            for (size_t i = 0; i < sizeof buffer; i++)
                ck_assert_uint_eq(buffer[i], i < fitting ? 1 : GUARD);
            ck_assert_uint_eq(writer_view(&writer).size, fitting == 4 * size ? fitting : 0);
        }
    }
}
END_TEST

START_TEST(refuses_a_size_that_would_wrap_around)
{
    uint8_t buffer[8];
    struct writer writer = writer_over(buffer, sizeof buffer);
    writer_u8(&writer, 1);
    writer_bytes(&writer, buffer, SIZE_MAX);
    ck_assert_int_eq(writer.err, ERR_TOO_LARGE);
    ck_assert_uint_eq(writer.size, 1);
}
END_TEST

START_TEST(keeps_the_first_error_and_writes_nothing_after_it)
{
    uint8_t buffer[ROOM];
    memset(buffer, GUARD, sizeof buffer);
    struct writer writer = writer_over(buffer, sizeof buffer);
    writer_fail(&writer, ERR_OK);
    ck_assert(writer_ok(&writer));
    writer_fail(&writer, ERR_OUT_OF_RANGE);
    writer_fail(&writer, ERR_TOO_LARGE);
    for (size_t size = 0; size <= 16; size++)
        write_of_size(&writer, size);
    ck_assert_int_eq(writer.err, ERR_OUT_OF_RANGE);
    ck_assert_uint_eq(writer.size, 0);
    ck_assert_uint_eq(writer_view(&writer).size, 0);
    for (size_t i = 0; i < sizeof buffer; i++)
        ck_assert_uint_eq(buffer[i], GUARD);
}
END_TEST

START_TEST(writes_no_bytes_to_no_buffer)
{
    struct writer writer = writer_over(NULL, 0);
    writer_bytes(&writer, NULL, 0);
    ck_assert(writer_ok(&writer));
    ck_assert_uint_eq(writer_view(&writer).size, 0);
    writer_u8(&writer, 0);
    ck_assert_int_eq(writer.err, ERR_TOO_LARGE);
}
END_TEST

START_TEST(writes_a_text_without_its_end)
{
    uint8_t buffer[4] = {0};
    struct writer writer = writer_over(buffer, sizeof buffer);
    writer_text(&writer, "ab");
    writer_text(&writer, "");
    writer_text(&writer, "cd");
    ck_assert(bytes_equal(writer_view(&writer), bytes_of("abcd", 4)));
    writer_text(&writer, "e");
    ck_assert_int_eq(writer.err, ERR_TOO_LARGE);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &writes_big_endian_integers_one_after_another,
        &writes_nothing_past_the_capacity,
        &refuses_a_size_that_would_wrap_around,
        &keeps_the_first_error_and_writes_nothing_after_it,
        &writes_no_bytes_to_no_buffer,
        &writes_a_text_without_its_end,
    };
    return suite_run("writer", cases, sizeof cases / sizeof cases[0]);
}
