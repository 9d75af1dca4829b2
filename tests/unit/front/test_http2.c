/*
 * HTTP/2 as the server speaks it, to a client that writes its frames by hand.
 */
#include "tests/unit/front/http2_client.h"

static uint8_t bytes[1u << 20];
static struct frame frame;

static struct writer begin(void)
{
    struct writer writer = writer_over(bytes, sizeof bytes);
    put_preface(&writer);
    return writer;
}

/* A connection of its own that says all of it. */
static int dial_with(const struct served *served, const struct writer *writer)
{
    ck_assert(writer_ok(writer));
    int fd = dial(served);
    say(fd, writer->data, writer->size);
    return fd;
}

START_TEST(a_hundred_streams_are_answered_each_with_its_own)
{
    struct served served = served_of();
    served_start(&served);
    struct writer writer = begin();
    for (uint32_t i = 0; i < 100; i++) {
        char path[32];
        snprintf(path, sizeof path, "/echo/%u?q", i);
        put_get(&writer, 2 * i + 1, path);
    }
    int fd = dial_with(&served, &writer);
    bool seen[100] = {false};
    for (int i = 0; i < 100; i++) {
        char wanted[64];
        ck_assert(hear_type(fd, DATA, &frame));
        uint32_t which = (frame.stream - 1) / 2;
        ck_assert(which < 100 && !seen[which] && (frame.flags & END_STREAM) != 0);
        seen[which] = true;
        int size = snprintf(wanted, sizeof wanted, "/echo/%u|q|%u|||0", which, which);
        ck_assert_uint_eq(frame.size, (size_t)size);
        ck_assert_mem_eq(frame.payload, wanted, frame.size);
    }
    close(fd);
    served_stop(&served);
}
END_TEST

/* In one piece, byte by byte, and cut at every place. */
START_TEST(pieces_make_no_difference)
{
    struct served served = served_of();
    served_start(&served);
    uint8_t block[256];
    struct writer head = writer_over(block, sizeof block);
    put_request_line(&head, true, "/echo/a");
    put_field(&head, "authorization", "t");
    struct writer writer = begin();
    put_frame(&writer, HEADERS, 0, 1, block, 5);
    put_frame(&writer, CONTINUED, END_HEADERS, 1, block + 5, head.size - 5);
    put_frame(&writer, DATA, 0, 1, "abc", 3);
    put_frame(&writer, DATA, END_STREAM, 1, "de", 2);
    for (size_t cut = 0; cut < writer.size; cut++) {
        int fd = dial(&served);
        size_t step = cut == 0 ? 1 : cut;
        for (size_t at = 0; at < writer.size; at += step) {
            size_t left = writer.size - at;
            say(fd, bytes + at, left < step ? left : step);
        }
        ck_assert(hear_type(fd, DATA, &frame));
        ck_assert_uint_eq(frame.size, strlen("/echo/a||a|t|abcde|5"));
        ck_assert_mem_eq(frame.payload, "/echo/a||a|t|abcde|5", frame.size);
        close(fd);
    }
    served_stop(&served);
}
END_TEST

/* Whatever stops half-way leaves nothing behind. */
START_TEST(every_truncation_is_forgotten)
{
    struct served served = served_of();
    served_start(&served);
    struct writer writer = begin();
    put_get(&writer, 1, "/echo/a");
    for (size_t size = 0; size < writer.size; size++) {
        int fd = dial(&served);
        say(fd, bytes, size);
        close(fd);
    }
    do
        served_do(&served, take_counts);
    while (served.counts.connections > 0 || served.counts.accepted < writer.size);
    ck_assert_uint_eq(served.counts.under_way, 0);
    ck_assert_uint_eq(served.counts.requests, 0);
    served_stop(&served);
}
END_TEST

/* A client that gives no window gets what it allows, and nothing more is made of the rest. */
START_TEST(an_answer_stops_at_the_window_and_goes_on)
{
    struct served served = served_of();
    served_start(&served);
    struct writer writer = begin();
    put_get(&writer, 1, "/large");
    int fd = dial_with(&served, &writer);
    size_t got = 0;
    while (got < 65535) {
        ck_assert(hear_type(fd, DATA, &frame));
        for (size_t i = 0; i < frame.size; i++)
            ck_assert_uint_eq(frame.payload[i], (uint8_t)(got + i));
        got += frame.size;
    }
    ck_assert_uint_eq(got, 65535);
    writer = writer_over(bytes, sizeof bytes);
    put_frame(&writer, PING, 0, 0, "12345678", 8);
    say(fd, bytes, writer.size);
    while (hear_frame(fd, &frame) && frame.type != PING)
        ck_assert_uint_ne(frame.type, DATA);
    writer = writer_over(bytes, sizeof bytes);
    put_u32_frame(&writer, WINDOW_UPDATE, 0, LARGE);
    put_u32_frame(&writer, WINDOW_UPDATE, 1, LARGE);
    say(fd, bytes, writer.size);
    while (got < LARGE) {
        ck_assert(hear_type(fd, DATA, &frame));
        got += frame.size;
    }
    ck_assert_uint_eq(got, LARGE);
    ck_assert_uint_eq(frame.flags & END_STREAM, END_STREAM);
    close(fd);
    served_stop(&served);
}
END_TEST

START_TEST(streams_beyond_the_limit_are_refused_and_the_others_answered)
{
    struct served served = served_of();
    served.options.streams_max = 3;
    served_start(&served);
    struct writer writer = begin();
    for (uint32_t i = 0; i < 4; i++)
        put_get(&writer, 2 * i + 1, "/held");
    int fd = dial_with(&served, &writer);
    ck_assert(hear_type(fd, RST_STREAM, &frame));
    ck_assert_uint_eq(frame.stream, 7);
    ck_assert_uint_eq(frame_u32(&frame, 0), REFUSED);
    served_do(&served, answer_held);
    for (int i = 0; i < 3; i++) {
        ck_assert(hear_type(fd, DATA, &frame));
        ck_assert_mem_eq(frame.payload, "at last", 7);
    }
    /* Whoever has acknowledged the limit and breaks it is not listened to any more. */
    writer = writer_over(bytes, sizeof bytes);
    put_frame(&writer, SETTINGS, ACK, 0, NULL, 0);
    for (uint32_t i = 5; i < 9; i++)
        put_get(&writer, 2 * i + 1, "/held");
    say(fd, bytes, writer.size);
    expect_goaway(fd, PROTOCOL_ERROR);
    served_do(&served, answer_held);
    close(fd);
    served_stop(&served);
}
END_TEST

START_TEST(a_stream_that_is_reset_while_it_waits_is_forgotten)
{
    struct served served = served_of();
    served_start(&served);
    struct writer writer = begin();
    put_get(&writer, 1, "/held");
    put_u32_frame(&writer, RST_STREAM, 1, CANCEL);
    put_get(&writer, 3, "/echo/after");
    int fd = dial_with(&served, &writer);
    ck_assert(hear_type(fd, DATA, &frame));
    ck_assert_uint_eq(frame.stream, 3);
    served_do(&served, answer_held);
    served_do(&served, take_counts);
    ck_assert_uint_eq(served.counts.under_way, 0);
    close(fd);
    served_stop(&served);
}
END_TEST

/* CVE-2023-44487. */
START_TEST(a_flood_of_resets_ends_the_connection)
{
    struct served served = served_of();
    served_start(&served);
    struct writer writer = begin();
    for (uint32_t i = 0; i < 2000; i++) {
        put_get(&writer, 2 * i + 1, "/echo/a");
        put_u32_frame(&writer, RST_STREAM, 2 * i + 1, CANCEL);
    }
    int fd = dial_with(&served, &writer);
    expect_goaway(fd, CALM);
    close(fd);
    served_do(&served, take_counts);
    ck_assert_uint_lt(served.counts.requests, 2000);
    served_stop(&served);
}
END_TEST

/* CVE-2025-8671: the client makes the server reset what it asked for. */
START_TEST(a_flood_of_resets_that_the_server_has_to_make_ends_the_connection)
{
    struct served served = served_of();
    served_start(&served);
    struct writer writer = begin();
    for (uint32_t i = 0; i < 2000; i++) {
        put_get(&writer, 2 * i + 1, "/held");
        put_u32_frame(&writer, WINDOW_UPDATE, 2 * i + 1, 0x7fffffff); /* overflows */
    }
    served.options.streams_max = 1000;
    int fd = dial_with(&served, &writer);
    struct frame last;
    ck_assert(hear_type(fd, GOAWAY, &last));
    ck_assert_uint_eq(frame_u32(&last, 4), CALM);
    close(fd);
    do
        served_do(&served, take_counts);
    while (served.counts.connections > 0);
    ck_assert_uint_eq(served.counts.floods, 1);
    served_do(&served, answer_held);
    served_stop(&served);
}
END_TEST

START_TEST(too_large_a_head_is_refused_and_the_connection_goes_on)
{
    struct served served = served_of();
    served_start(&served);
    static char value[8001];
    memset(value, 'a', 8000);
    uint8_t block[40000];
    struct writer head = writer_over(block, sizeof block);
    put_request_line(&head, false, "/echo/a");
    for (int i = 0; i < 3; i++)
        put_field(&head, "x", value);
    struct writer writer = begin();
    put_frame(&writer, HEADERS, END_STREAM, 1, block, 16000);
    put_frame(&writer, CONTINUED, END_HEADERS, 1, block + 16000, head.size - 16000);
    put_get(&writer, 3, "/echo/b");
    int fd = dial_with(&served, &writer);
    ck_assert(hear_type(fd, DATA, &frame));
    ck_assert_uint_eq(frame.stream, 1);
    frame.payload[frame.size] = '\0';
    assert_holds((char *)frame.payload, "\"status\":431");
    ck_assert(hear_type(fd, DATA, &frame));
    ck_assert_uint_eq(frame.stream, 3);
    close(fd);
    served_stop(&served);
}
END_TEST

/* One byte stands for each field, of the dynamic table. */
START_TEST(a_head_of_far_too_many_bytes_is_not_unpacked)
{
    struct served served = served_of();
    served_start(&served);
    static char value[3901];
    memset(value, 'a', 3900);
    uint8_t block[8192];
    struct writer head = writer_over(block, sizeof block);
    put_request_line(&head, false, "/echo/a");
    writer_u8(&head, 0x40); /* a literal that is kept */
    put_text(&head, "x", 1);
    put_text(&head, value, 3900);
    for (int i = 0; i < 100; i++)
        writer_u8(&head, 0xbe); /* the newest of the table */
    struct writer writer = begin();
    put_frame(&writer, HEADERS, END_HEADERS | END_STREAM, 1, block, head.size);
    put_get(&writer, 3, "/echo/b");
    int fd = dial_with(&served, &writer);
    ck_assert(hear_type(fd, RST_STREAM, &frame));
    ck_assert_uint_eq(frame.stream, 1);
    ck_assert_uint_eq(frame.payload[3], INTERNAL_ERROR);
    ck_assert(hear_type(fd, DATA, &frame)); /* the table is as it should be */
    ck_assert_uint_eq(frame.stream, 3);
    close(fd);
    served_stop(&served);
}
END_TEST

START_TEST(too_many_fields_are_refused)
{
    struct served served = served_of();
    served_start(&served);
    uint8_t block[2048];
    for (int count = HTTP_COUNT_MAX; count <= HTTP_COUNT_MAX + 1; count++) {
        struct writer head = writer_over(block, sizeof block);
        put_request_line(&head, false, "/echo/a");
        for (int i = 0; i < count; i++)
            put_field(&head, "x", "y");
        struct writer writer = begin();
        put_frame(&writer, HEADERS, END_HEADERS | END_STREAM, 1, block, head.size);
        int fd = dial_with(&served, &writer);
        ck_assert(hear_type(fd, DATA, &frame));
        frame.payload[frame.size] = '\0';
        assert_holds((char *)frame.payload,
                     count == HTTP_COUNT_MAX ? "/echo/a|" : "\"status\":431");
        close(fd);
    }
    served_stop(&served);
}
END_TEST

/* CVE-2024-28182. */
START_TEST(a_head_without_end_ends_the_connection)
{
    struct served served = served_of();
    served_start(&served);
    uint8_t block[64];
    struct writer head = writer_over(block, sizeof block);
    put_request_line(&head, false, "/echo/a");
    struct writer writer = begin();
    put_frame(&writer, HEADERS, END_STREAM, 1, block, head.size);
    for (int i = 0; i < 1000; i++)
        put_frame(&writer, CONTINUED, 0, 1, NULL, 0);
    int fd = dial_with(&served, &writer);
    expect_goaway(fd, CALM);
    close(fd);
    served_stop(&served);
}
END_TEST

START_TEST(a_body_that_is_too_large_is_answered_before_its_end)
{
    struct served served = served_of();
    served_start(&served);
    uint8_t block[64];
    struct writer head = writer_over(block, sizeof block);
    put_request_line(&head, true, "/echo/a");
    struct writer writer = begin();
    put_frame(&writer, HEADERS, END_HEADERS, 1, block, head.size);
    static const uint8_t piece[16000];
    for (int i = 0; i < 4; i++)
        put_frame(&writer, DATA, 0, 1, piece, sizeof piece);
    int fd = dial_with(&served, &writer);
    ck_assert(hear_type(fd, WINDOW_UPDATE, &frame));
    writer = writer_over(bytes, sizeof bytes);
    put_frame(&writer, DATA, 0, 1, piece, 2000);
    say(fd, bytes, writer.size);
    ck_assert(hear_type(fd, DATA, &frame));
    frame.payload[frame.size] = '\0';
    assert_holds((char *)frame.payload, "\"status\":413");
    ck_assert(hear_type(fd, RST_STREAM, &frame));
    ck_assert_uint_eq(frame_u32(&frame, 0), 0);
    close(fd);
    served_stop(&served);
}
END_TEST

/* What is no HTTP/2 ends its connection and nobody else's. */
START_TEST(noise_ends_its_own_connection)
{
    struct served served = served_of();
    served_start(&served);
    uint64_t state = 1;
    for (int round = 0; round < 300; round++) {
        struct writer writer = begin();
        put_get(&writer, 1, "/echo/a");
        size_t sound = writer.size;
        for (int i = 0; i < 400; i++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            writer_u8(&writer, (uint8_t)(state >> 56));
        }
        if (round % 2 == 1) /* a flipped bit in what is sound */
            bytes[(state >> 20) % sound] ^= (uint8_t)(1u << (state >> 50) % 8);
        int fd = dial_with(&served, &writer);
        shutdown(fd, SHUT_WR);
        hear(fd, NULL, (char *)frame.payload, sizeof frame.payload);
        close(fd);
    }
    struct writer writer = begin();
    put_get(&writer, 1, "/echo/still");
    int fd = dial_with(&served, &writer);
    ck_assert(hear_type(fd, DATA, &frame));
    ck_assert_mem_eq(frame.payload, "/echo/still", 11);
    close(fd);
    served_stop(&served);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_hundred_streams_are_answered_each_with_its_own,
        &pieces_make_no_difference,
        &every_truncation_is_forgotten,
        &an_answer_stops_at_the_window_and_goes_on,
        &streams_beyond_the_limit_are_refused_and_the_others_answered,
        &a_stream_that_is_reset_while_it_waits_is_forgotten,
        &a_flood_of_resets_ends_the_connection,
        &a_flood_of_resets_that_the_server_has_to_make_ends_the_connection,
        &too_large_a_head_is_refused_and_the_connection_goes_on,
        &a_head_of_far_too_many_bytes_is_not_unpacked,
        &too_many_fields_are_refused,
        &a_head_without_end_ends_the_connection,
        &a_body_that_is_too_large_is_answered_before_its_end,
        &noise_ends_its_own_connection,
    };
    return suite_run("http2", cases, sizeof cases / sizeof cases[0]);
}
