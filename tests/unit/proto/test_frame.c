#include "proto/frame.h"

#include "tests/unit/proto/recode.h"

enum { CONTENT_MAX = 300 };

/* A sequence of frames to the end of the input. */
static enum err recode_frames(struct bytes input, struct writer *again)
{
    struct reader reader = reader_over(input);
    while (reader_ok(&reader) && reader_left(&reader) > 0) {
        struct bytes content = frame_read(&reader, CONTENT_MAX);
        if (reader_ok(&reader))
            frame_write(again, content);
        else
            ck_assert_uint_eq(content.size, 0);
    }
    return reader_done(&reader);
}

static struct bytes sample(uint8_t *buffer, size_t capacity)
{
    static const uint8_t content[CONTENT_MAX] = {1, 2, 3};
    struct writer writer = writer_over(buffer, capacity);
    frame_write(&writer, bytes_of(content, 1));
    frame_write(&writer, bytes_of(content, CONTENT_MAX));
    frame_write(&writer, bytes_of(content, 3));
    ck_assert(writer_ok(&writer));
    return writer_view(&writer);
}

START_TEST(reads_what_it_wrote)
{
    uint8_t buffer[400];
    struct bytes frames = sample(buffer, sizeof buffer);
    recode_takes(recode_frames, frames);
    recode_flips(recode_frames, frames);
    recode_damaged(recode_frames, frames, 2000);
}
END_TEST

START_TEST(reads_a_count_of_frames_as_one_view)
{
    uint8_t buffer[400];
    struct bytes frames = sample(buffer, sizeof buffer);
    struct reader reader = reader_over(frames);
    struct bytes two = frames_read(&reader, 2, CONTENT_MAX);
    ck_assert(bytes_equal(two, bytes_of(frames.data, 4 + 1 + 4 + CONTENT_MAX)));
    struct bytes one = frames_read(&reader, 1, CONTENT_MAX);
    ck_assert(bytes_equal(one, bytes_of(frames.data + two.size, 4 + 3)));
    ck_assert_uint_eq(frames_read(&reader, 0, CONTENT_MAX).size, 0);
    ck_assert_int_eq(reader_done(&reader), ERR_OK);
}
END_TEST

START_TEST(stops_at_the_first_frame_that_is_not_there)
{
    uint8_t buffer[400];
    struct bytes frames = sample(buffer, sizeof buffer);
    struct reader reader = reader_over(frames);
    ck_assert_uint_eq(frames_read(&reader, UINT32_MAX, CONTENT_MAX).size, 0);
    ck_assert_int_eq(reader.err, ERR_TRUNCATED);
}
END_TEST

START_TEST(refuses_a_size_of_zero)
{
    recode_refuses(recode_frames, bytes_of("\0\0\0\0", 4), ERR_OUT_OF_RANGE);
}
END_TEST

START_TEST(refuses_a_size_above_the_limit_before_looking_at_the_bytes)
{
    recode_refuses(recode_frames, bytes_of("\0\0\x01\x2d", 4), ERR_TOO_LARGE);
    recode_refuses(recode_frames, bytes_of("\xff\xff\xff\xff", 4), ERR_TOO_LARGE);
    recode_refuses(recode_frames, bytes_of("\0\0\x01\x2c", 4), ERR_TRUNCATED);
}
END_TEST

START_TEST(writes_nothing_past_the_capacity)
{
    uint8_t buffer[8] = {0};
    struct writer writer = writer_over(buffer, 6);
    frame_write(&writer, bytes_of("abc", 3));
    ck_assert_int_eq(writer.err, ERR_TOO_LARGE);
    ck_assert_uint_eq(buffer[6], 0);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &reads_what_it_wrote,
        &reads_a_count_of_frames_as_one_view,
        &stops_at_the_first_frame_that_is_not_there,
        &refuses_a_size_of_zero,
        &refuses_a_size_above_the_limit_before_looking_at_the_bytes,
        &writes_nothing_past_the_capacity,
    };
    return suite_run("proto/frame", cases, sizeof cases / sizeof cases[0]);
}
