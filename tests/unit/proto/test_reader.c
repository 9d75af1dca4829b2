#include "proto/reader.h"

#include "tests/unit/proto/fixture.h"

static const uint8_t counting[] = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08,
                                   0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f};

START_TEST(reads_big_endian_integers_one_after_another)
{
    struct reader reader = reader_over(bytes_of(counting, sizeof counting));
    ck_assert_uint_eq(reader_left(&reader), 15);
    ck_assert_uint_eq(reader_u8(&reader), 0x01);
    ck_assert_uint_eq(reader_u16(&reader), 0x0203);
    ck_assert_uint_eq(reader_u32(&reader), 0x04050607);
    ck_assert_uint_eq(reader_left(&reader), 8);
    ck_assert_uint_eq(reader_u64(&reader), UINT64_C(0x08090a0b0c0d0e0f));
    ck_assert_uint_eq(reader_left(&reader), 0);
    ck_assert_int_eq(reader_done(&reader), ERR_OK);
}
END_TEST

START_TEST(reads_the_largest_integers)
{
    uint8_t ones[15];
    memset(ones, 0xff, sizeof ones);
    struct reader reader = reader_over(bytes_of(ones, sizeof ones));
    ck_assert_uint_eq(reader_u8(&reader), UINT8_MAX);
    ck_assert_uint_eq(reader_u16(&reader), UINT16_MAX);
    ck_assert_uint_eq(reader_u32(&reader), UINT32_MAX);
    ck_assert_uint_eq(reader_u64(&reader), UINT64_MAX);
    ck_assert_int_eq(reader_done(&reader), ERR_OK);
}
END_TEST

/* Reads an item of `size` bytes by the function that is made for it; 0 reads a view of none. */
static uint64_t read_of_size(struct reader *reader, size_t size)
{
    switch (size) {
    case 1: return reader_u8(reader);
    case 2: return reader_u16(reader);
    case 4: return reader_u32(reader);
    case 8: return reader_u64(reader);
    default: return reader_bytes(reader, size).size;
    }
}

START_TEST(refuses_every_read_that_is_longer_than_the_rest)
{
    for (size_t size = 0; size <= sizeof counting; size++) {
        for (size_t left = 0; left <= sizeof counting; left++) {
            struct reader reader = reader_over(bytes_of(counting, left));
            const uint8_t *start = reader.at;
            uint64_t value = read_of_size(&reader, size);
            if (size <= left) {
                ck_assert_int_eq(reader.err, ERR_OK);
                ck_assert_uint_eq(reader_left(&reader), left - size);
                continue;
            }
            ck_assert_uint_eq(value, 0);
            ck_assert_int_eq(reader.err, ERR_TRUNCATED);
            ck_assert_ptr_eq(reader.at, start);
            ck_assert_uint_eq(reader_left(&reader), 0);
            ck_assert_int_eq(reader_done(&reader), ERR_TRUNCATED);
        }
    }
}
END_TEST

START_TEST(refuses_a_size_that_would_wrap_around)
{
    struct reader reader = reader_over(bytes_of(counting, sizeof counting));
    reader_u8(&reader);
    ck_assert_uint_eq(reader_bytes(&reader, SIZE_MAX).size, 0);
    ck_assert_int_eq(reader_done(&reader), ERR_TRUNCATED);
}
END_TEST

START_TEST(keeps_the_first_error_and_reads_nothing_after_it)
{
    struct reader reader = reader_over(bytes_of(counting, sizeof counting));
    reader_u8(&reader);
    const uint8_t *at = reader.at;
    reader_fail(&reader, ERR_BAD_TEXT);
    reader_fail(&reader, ERR_TOO_LARGE);
    uint8_t copy[4] = {9, 9, 9, 9};
    reader_copy(&reader, copy, sizeof copy);
    for (size_t size = 0; size <= 8; size++)
        ck_assert_uint_eq(read_of_size(&reader, size), 0);
    ck_assert_mem_eq(copy, "\0\0\0\0", 4);
    ck_assert_ptr_eq(reader.at, at);
    ck_assert(!reader_ok(&reader));
    ck_assert_int_eq(reader_done(&reader), ERR_BAD_TEXT);
}
END_TEST

START_TEST(takes_no_error_as_none)
{
    struct reader reader = reader_over(bytes_of(counting, 1));
    reader_fail(&reader, ERR_OK);
    ck_assert(reader_ok(&reader));
    ck_assert_uint_eq(reader_u8(&reader), 1);
}
END_TEST

START_TEST(hands_out_views_into_the_input)
{
    struct reader reader = reader_over(bytes_of(counting, sizeof counting));
    struct bytes view = reader_bytes(&reader, 5);
    ck_assert_ptr_eq(view.data, counting);
    ck_assert_uint_eq(view.size, 5);
    view = reader_bytes(&reader, 10);
    ck_assert_ptr_eq(view.data, counting + 5);
    ck_assert_int_eq(reader_done(&reader), ERR_OK);
}
END_TEST

START_TEST(copies_all_or_zeroes)
{
    for (size_t size = 0; size <= sizeof counting; size++) {
        for (size_t left = 0; left <= sizeof counting; left++) {
            uint8_t copy[sizeof counting + 1];
            memset(copy, 0xee, sizeof copy);
            struct reader reader = reader_over(bytes_of(counting, left));
            reader_copy(&reader, copy, size);
            for (size_t i = 0; i < size; i++)
                ck_assert_uint_eq(copy[i], size <= left ? counting[i] : 0);
            ck_assert_uint_eq(copy[size], 0xee);
            ck_assert_int_eq(reader.err, size <= left ? ERR_OK : ERR_TRUNCATED);
        }
    }
}
END_TEST

START_TEST(refuses_bytes_after_the_end)
{
    struct reader reader = reader_over(bytes_of(counting, 2));
    reader_u8(&reader);
    ck_assert_int_eq(reader_done(&reader), ERR_TRAILING);
    reader_u8(&reader);
    ck_assert_int_eq(reader_done(&reader), ERR_OK);
}
END_TEST

START_TEST(takes_an_input_of_no_bytes)
{
    struct reader reader = reader_over(bytes_of(NULL, 0));
    ck_assert_uint_eq(reader_left(&reader), 0);
    ck_assert_int_eq(reader_done(&reader), ERR_OK);
    ck_assert_uint_eq(reader_bytes(&reader, 0).size, 0);
    reader_copy(&reader, NULL, 0);
    ck_assert_int_eq(reader_done(&reader), ERR_OK);
    reader_u8(&reader);
    ck_assert_int_eq(reader_done(&reader), ERR_TRUNCATED);
}
END_TEST

START_TEST(takes_zeroes_and_nothing_else_for_zeroes)
{
    struct reader reader = reader_over(bytes_of("\0\0\0\1", 4));
    reader_zeroes(&reader, 3);
    ck_assert_int_eq(reader.err, ERR_OK);
    reader_zeroes(&reader, 1);
    ck_assert_int_eq(reader.err, ERR_OUT_OF_RANGE);
    reader = reader_over(bytes_of("\0", 1));
    reader_zeroes(&reader, 2);
    ck_assert_int_eq(reader.err, ERR_TRUNCATED);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &reads_big_endian_integers_one_after_another,
        &reads_the_largest_integers,
        &refuses_every_read_that_is_longer_than_the_rest,
        &refuses_a_size_that_would_wrap_around,
        &keeps_the_first_error_and_reads_nothing_after_it,
        &takes_no_error_as_none,
        &hands_out_views_into_the_input,
        &copies_all_or_zeroes,
        &refuses_bytes_after_the_end,
        &takes_an_input_of_no_bytes,
        &takes_zeroes_and_nothing_else_for_zeroes,
    };
    return suite_run("reader", cases, sizeof cases / sizeof cases[0]);
}
