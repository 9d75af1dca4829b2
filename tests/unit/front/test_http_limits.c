/*
 * What one client may take of the server: connections, requests, time, memory.
 */
#include "tests/unit/front/http2_client.h"

#include <sys/socket.h>

static char heard[1u << 16];
static uint8_t bytes[1u << 20];
static struct frame frame;

#define GET "GET /echo/a HTTP/1.1\r\nHost: here\r\n\r\n"

static void wait_for(struct served *served, bool (*is_so)(const struct http_counts *counts))
{
    do
        served_do(served, take_counts);
    while (!is_so(&served->counts));
}

static bool are_five(const struct http_counts *counts)
{
    return counts->connections == 5;
}

static bool are_none(const struct http_counts *counts)
{
    return counts->connections == 0;
}

static bool is_one_late(const struct http_counts *counts)
{
    ck_assert_uint_le(counts->under_way, 1); /* the next is not read before */
    return counts->late == 1;
}

START_TEST(one_connection_too_many_is_told_so_civilly)
{
    struct served served = served_of();
    served.options.connections_max = 5;
    served_start(&served);
    int held[5];
    for (int i = 0; i < 5; i++)
        held[i] = dial(&served);
    wait_for(&served, are_five);
    ask_text(&served, GET, heard, sizeof heard);
    assert_holds(heard, "HTTP/1.1 503 Service Unavailable\r\n");
    assert_holds(heard, "\r\nretry-after: 1\r\n");
    assert_holds(heard, "\r\nconnection: close\r\n");
    assert_holds(heard, "NF_CONGESTION");
    struct writer writer = writer_over(bytes, sizeof bytes);
    put_preface(&writer);
    put_get(&writer, 1, "/echo/a");
    int fd = dial(&served);
    say(fd, bytes, writer.size);
    ck_assert(hear_type(fd, GOAWAY, &frame));
    ck_assert_uint_eq(frame_u32(&frame, 0), 0); /* nothing of it was looked at */
    ck_assert_uint_eq(frame_u32(&frame, 4), 0);
    close(fd);
    say_text(held[0], GET); /* the others are served */
    hear(held[0], "/echo/a", heard, sizeof heard);
    assert_holds(heard, "200 OK");
    for (int i = 0; i < 5; i++)
        close(held[i]);
    wait_for(&served, are_none);
    ck_assert_uint_eq(served.counts.refused, 2);
    ask_text(&served, "GET /echo/b HTTP/1.0\r\n\r\n", heard, sizeof heard);
    assert_holds(heard, "200 OK");
    served_stop(&served);
}
END_TEST

START_TEST(requests_beyond_what_can_be_under_way_are_told_to_come_later)
{
    struct served served = served_of();
    served.options.requests_max = 2;
    served_start(&served);
    struct writer writer = writer_over(bytes, sizeof bytes);
    put_preface(&writer);
    for (uint32_t i = 0; i < 4; i++)
        put_get(&writer, 2 * i + 1, "/held");
    int fd = dial(&served);
    say(fd, bytes, writer.size);
    for (int i = 0; i < 2; i++) {
        ck_assert(hear_type(fd, DATA, &frame));
        frame.payload[frame.size] = '\0';
        assert_holds((char *)frame.payload, "\"status\":503");
    }
    served_do(&served, take_counts);
    ck_assert_uint_eq(served.counts.overloaded, 2);
    ck_assert_uint_eq(served.held_count, 2);
    served_do(&served, answer_held);
    ck_assert(hear_type(fd, DATA, &frame));
    ck_assert_mem_eq(frame.payload, "at last", 7);
    close(fd);
    served_stop(&served);
}
END_TEST

/* So many that even 503 is too much work: RFC 9113 8.7, they may be asked again. */
START_TEST(a_flood_of_requests_is_refused_by_the_stream)
{
    struct served served = served_of();
    served.options.requests_max = 2;
    served_start(&served);
    struct writer writer = writer_over(bytes, sizeof bytes);
    put_preface(&writer);
    for (uint32_t i = 0; i < 10; i++) { /* bodies that do not come */
        uint8_t block[64];
        struct writer head = writer_over(block, sizeof block);
        put_request_line(&head, true, "/echo/a");
        put_frame(&writer, HEADERS, END_HEADERS, 2 * i + 1, block, head.size);
    }
    int fd = dial(&served);
    say(fd, bytes, writer.size);
    ck_assert(hear_type(fd, RST_STREAM, &frame));
    ck_assert_uint_eq(frame_u32(&frame, 0), REFUSED);
    close(fd);
    served_stop(&served);
}
END_TEST

START_TEST(a_connection_has_its_rate)
{
    struct served served = served_of();
    served.options.rate_max = 3;
    served_start(&served);
    static char requests[100 * sizeof GET];
    for (int i = 0; i < 100; i++)
        memcpy(requests + (size_t)i * (sizeof GET - 1), GET, sizeof GET);
    int fd = dial(&served);
    say_text(fd, requests);
    say_text(fd, "GET /echo/last HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
    static char answers[1u << 17];
    hear(fd, NULL, answers, sizeof answers);
    close(fd);
    ck_assert_int_eq(strncmp(answers, "HTTP/1.1 200 ", 13), 0);
    assert_holds(answers, "HTTP/1.1 429 Too Many Requests\r\n");
    assert_holds(answers, "\r\nretry-after: 1\r\n");
    assert_holds(answers, "NF_CONGESTION_RISK");
    ask_text(&served, "GET /echo/other HTTP/1.0\r\n\r\n", heard, sizeof heard);
    assert_holds(heard, "200 OK");
    served_stop(&served);
}
END_TEST

/* Each says a little and stops; the server hangs up on all of them, having said no more than this.
 * Only the patience that is looked at is short: the test itself may be late for any other. */
START_TEST(whoever_stops_half_way_is_hung_up_on)
{
    const struct http_patience greeting = {.greeting_ms = 300};
    const struct http_patience receiving = {.receiving_ms = 300};
    const struct http_patience answering = {.answering_ms = 300};
    const struct {
        struct http_patience patience;
        const char *beginning;
        const char *answer;
    } rows[] = {
        {greeting, "", ""},
        {greeting, "P", ""},
        {greeting, "PRI * HTT", ""}, /* or what HTTP/2 says first: its first byte is 0 */
        {receiving, "GET", "HTTP/1.1 408 "},
        {receiving, "GET /echo/a HTTP/1.1\r\nHost: here\r\n", "HTTP/1.1 408 "},
        {receiving, "POST /echo/a HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\nab",
         "HTTP/1.1 408 "},
        {answering, "GET /held HTTP/1.1\r\nHost: here\r\n\r\n", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct served served = served_of();
        served.options.patience = rows[i].patience;
        served_start(&served);
        int fd = dial(&served);
        say_text(fd, rows[i].beginning);
        hear(fd, NULL, heard, sizeof heard);
        ck_assert_msg(strncmp(heard, rows[i].answer, 13) == 0, "%zu: '%s'", i, heard);
        close(fd);
        served_do(&served, answer_held);
        wait_for(&served, are_none);
        ck_assert_uint_eq(served.counts.late, 1);
        served_stop(&served);
    }
}
END_TEST

START_TEST(whoever_says_nothing_more_is_hung_up_on)
{
    struct served served = served_of();
    served.options.idle_ms = 300;
    served_start(&served);
    int fd = dial(&served);
    say_text(fd, GET);
    hear(fd, NULL, heard, sizeof heard);
    assert_holds(heard, "200 OK");
    close(fd);
    served_stop(&served);
}
END_TEST

START_TEST(streams_that_stop_half_way_end_and_the_connection_when_it_is_idle)
{
    struct served served = served_of();
    served.options.patience = (struct http_patience){.receiving_ms = 300, .answering_ms = 300};
    served.options.idle_ms = 300;
    served_start(&served);
    uint8_t block[64];
    struct writer head = writer_over(block, sizeof block);
    put_request_line(&head, true, "/echo/a");
    struct writer writer = writer_over(bytes, sizeof bytes);
    put_preface(&writer);
    put_frame(&writer, HEADERS, END_HEADERS, 1, block, head.size); /* no body */
    put_get(&writer, 3, "/held");                                  /* no answer */
    put_get(&writer, 5, "/large");                                 /* no window */
    int fd = dial(&served);
    say(fd, bytes, writer.size);
    bool ended[6] = {false};
    while (!ended[1] || !ended[3] || !ended[5]) {
        ck_assert(hear_frame(fd, &frame));
        if (frame.type == RST_STREAM)
            ended[frame.stream] = true;
    }
    expect_goaway(fd, 0);
    close(fd);
    served_do(&served, answer_held);
    wait_for(&served, are_none);
    served_stop(&served);
}
END_TEST

/* Asks for a lot and reads nothing: what is unsent stays small, and the connection ends. */
START_TEST(a_reader_that_is_too_slow_is_hung_up_on)
{
    struct served served = served_of();
    served.options.patience = (struct http_patience){.writing_ms = 300};
    served_start(&served);
    int fd = dial(&served);
    int small = 4096;
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    for (int i = 0; i < 20; i++)
        say_text(fd, "GET /large HTTP/1.1\r\nHost: here\r\n\r\n");
    wait_for(&served, is_one_late);
    wait_for(&served, are_none);
    ck_assert_uint_eq(served.counts.late, 1);
    ck_assert_uint_lt(served.counts.requests, 20);
    close(fd);
    served_stop(&served);
}
END_TEST

/* Of the next answer, whichever it is; its body is left where it is. */
static bool is_answered_well(int fd)
{
    ck_assert(hear_type(fd, HEADERS, &frame));
    return frame.payload[0] == 0x88; /* RFC 7541 appendix A: ":status: 200" */
}

static void ask_by(int fd, uint32_t stream, const char *path)
{
    struct writer writer = writer_over(bytes, sizeof bytes);
    if (stream == 1)
        put_preface(&writer);
    put_get(&writer, stream, path);
    say(fd, bytes, writer.size);
}

/* HTTP/2 holds an answer until the client's window lets it go. */
START_TEST(answers_that_nobody_takes_are_bounded)
{
    enum { CLIENTS = 6, ROOM_FOR = 10 };
    struct served served = served_of();
    served.options.bytes_max = (size_t)ROOM_FOR * LARGE;
    served_start(&served);
    int fds[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        bool is_room = i < ROOM_FOR / 2;
        fds[i] = dial(&served);
        ask_by(fds[i], 1, "/large");
        ck_assert_int_eq(is_answered_well(fds[i]), is_room);
        ask_by(fds[i], 3, "/large");
        ck_assert_int_eq(is_answered_well(fds[i]), is_room);
        ask_by(fds[i], 5, "/large");
        ck_assert(!is_answered_well(fds[i])); /* a third would be more than its share */
    }
    ask_by(fds[CLIENTS - 1], 7, "/echo/a");
    ck_assert(is_answered_well(fds[CLIENTS - 1]));
    close(fds[0]);
    wait_for(&served, are_five);
    ask_by(fds[CLIENTS - 1], 9, "/large");
    ck_assert(is_answered_well(fds[CLIENTS - 1]));
    for (int i = 1; i < CLIENTS; i++)
        close(fds[i]);
    wait_for(&served, are_none);
    served_stop(&served);
}
END_TEST

START_TEST(bodies_are_bounded_together)
{
    static const char head[] =
        "POST /echo/a HTTP/1.1\r\nHost: here\r\nContent-Length: 20000\r\n\r\n";
    struct served served = served_of();
    served.options.bytes_max = 4 * 20000;
    served_start(&served);
    for (int i = 0; i < 10; i++) { /* each is given back */
        int fd = dial(&served);
        say_text(fd, head);
        memset(bytes, 'x', 20000);
        say(fd, bytes, 20000);
        hear(fd, "|20000", heard, sizeof heard);
        ck_assert_msg(strstr(heard, "|20000") != NULL, "%s", heard);
        close(fd);
    }
    wait_for(&served, are_none);
    served_stop(&served);
    served.options.bytes_max = 4 * 20000 - 1;
    served_start(&served);
    int fd = dial(&served);
    say_text(fd, head);
    say(fd, bytes, 20000);
    hear(fd, NULL, heard, sizeof heard);
    ck_assert_msg(strncmp(heard, "HTTP/1.1 503 ", 13) == 0, "%s", heard);
    close(fd);
    served_stop(&served);
}
END_TEST

/* Frames that each make the server say something, from a client that does not listen. */
START_TEST(a_flood_of_pings_ends_the_connection)
{
    struct served served = served_of();
    served.options.patience = (struct http_patience){.writing_ms = 300};
    served.options.idle_ms = 1000; /* pings are no requests */
    served_start(&served);
    struct writer writer = writer_over(bytes, sizeof bytes);
    put_preface(&writer);
    for (int i = 0; i < 50000; i++)
        put_frame(&writer, PING, 0, 0, "12345678", 8);
    int fd = dial(&served);
    struct timeval patience = {.tv_sec = 1};
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience), 0);
    say(fd, bytes, writer.size);
    wait_for(&served, are_none);
    close(fd);
    served_stop(&served);
}
END_TEST

/* The server is gone with the last of them. */
static void close_and_answer(struct served *served)
{
    close_served(served);
    answer_held(served);
}

START_TEST(it_closes_while_requests_are_held_and_others_come)
{
    struct served served = served_of();
    served_start(&served);
    int fds[20];
    for (int i = 0; i < 20; i++) {
        fds[i] = dial(&served);
        say_text(fds[i], i % 2 == 0 ? "GET /held HTTP/1.1\r\nHost: here\r\n\r\n"
                                    : "GET /echo/a HTTP/1.1\r\nHo");
    }
    do
        served_do(&served, take_counts);
    while (served.counts.requests < 10);
    served_do(&served, close_and_answer);
    ck_assert_int_eq(uv_thread_join(&served.thread), 0);
    ck_assert_int_eq(uv_loop_close(&served.loop), 0);
    for (int i = 0; i < 20; i++)
        close(fds[i]);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &one_connection_too_many_is_told_so_civilly,
        &requests_beyond_what_can_be_under_way_are_told_to_come_later,
        &a_flood_of_requests_is_refused_by_the_stream,
        &a_connection_has_its_rate,
        &whoever_stops_half_way_is_hung_up_on,
        &whoever_says_nothing_more_is_hung_up_on,
        &streams_that_stop_half_way_end_and_the_connection_when_it_is_idle,
        &a_reader_that_is_too_slow_is_hung_up_on,
        &answers_that_nobody_takes_are_bounded,
        &bodies_are_bounded_together,
        &a_flood_of_pings_ends_the_connection,
        &it_closes_while_requests_are_held_and_others_come,
    };
    return suite_run("http_limits", cases, sizeof cases / sizeof cases[0]);
}
