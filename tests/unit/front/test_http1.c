/*
 * HTTP/1.1 as the server speaks it, to a client of plain sockets.
 */
#include "tests/unit/front/http_fixture.h"

static char heard[1u << 16];

#define HOST    "Host: here\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n\r\n"
#define LAST    "Connection: close\r\n\r\n"

START_TEST(a_request_reaches_its_handler_whole)
{
    struct served served = served_of();
    served_start(&served);
    ask_text(&served,
             "POST /echo/w%20x?a=1&b=%32 HTTP/1.1\r\n" HOST "AUTHORIZATION: Bearer  abc\r\n"
             "Content-Length: 5\r\n" LAST "hello",
             heard, sizeof heard);
    assert_holds(heard, "HTTP/1.1 200 OK\r\n");
    assert_holds(heard, "content-type: text/plain\r\n");
    assert_holds(heard, "connection: close\r\n");
    assert_holds(heard, "\r\ndate: ");
    assert_holds(heard, "\r\n\r\n/echo/w%20x|a=1&b=%32|w%20x|Bearer  abc|hello|5");
    served_stop(&served);
}
END_TEST

/* The same answers, however the bytes come: in one piece, byte by byte, or cut at any place. */
START_TEST(pieces_make_no_difference)
{
    static const char request[] =
        "GET /echo/a?b HTTP/1.1\r\n" HOST "X-Long-Name-That-Is-Not-Kept: 1"
        "\r\nAuthorization: t\r\n\r\n"
        "POST /echo/c HTTP/1.1\r\n" HOST
        "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        "GET /nothing HTTP/1.1\r\n" HOST LAST;
    struct served served = served_of();
    served_start(&served);
    for (size_t cut = 0; cut < sizeof request; cut++) {
        int fd = dial(&served);
        for (size_t at = 0; at < sizeof request - 1;) {
            size_t size = cut == 0 ? 1 : at == 0 ? cut : sizeof request - 1 - at;
            size = size < sizeof request - 1 - at ? size : sizeof request - 1 - at;
            say(fd, request + at, size);
            at += size;
        }
        hear(fd, NULL, heard, sizeof heard);
        close(fd);
        assert_holds(heard, "/echo/a|b|a|t||0HTTP/1.1 200 OK");
        assert_holds(heard, "/echo/c||c||abcde|5HTTP/1.1 404 Not Found");
        assert_holds(heard, "RESOURCE_URI_STRUCTURE_NOT_FOUND");
    }
    served_stop(&served);
}
END_TEST

START_TEST(a_thousand_requests_in_one_piece_are_answered_in_their_order)
{
    struct served served = served_of();
    served_start(&served);
    static char requests[1u << 16];
    static char answers[1u << 19];
    size_t size = 0;
    for (int i = 0; i < 1000; i++)
        size +=
            (size_t)snprintf(requests + size, sizeof requests - size,
                             "GET /echo/%d HTTP/1.1\r\n" HOST "%s", i, i == 999 ? LAST : "\r\n");
    int fd = dial(&served);
    say(fd, requests, size);
    hear(fd, NULL, answers, sizeof answers);
    close(fd);
    const char *at = answers;
    for (int i = 0; i < 1000; i++) {
        char wanted[64];
        snprintf(wanted, sizeof wanted, "\r\n\r\n/echo/%d||%d||", i, i);
        at = strstr(at, wanted);
        ck_assert_msg(at != NULL, "no answer %d", i);
    }
    served_stop(&served);
}
END_TEST

START_TEST(an_answer_may_come_later_and_the_next_request_waits_for_it)
{
    struct served served = served_of();
    served_start(&served);
    int fd = dial(&served);
    say_text(fd, "GET /held HTTP/1.1\r\n" HOST "\r\nGET /echo/x HTTP/1.1\r\n" HOST LAST);
    do
        served_do(&served, take_counts);
    while (served.counts.under_way == 0);
    served_do(&served, answer_held);
    hear(fd, NULL, heard, sizeof heard);
    close(fd);
    assert_holds(heard, "at lastHTTP/1.1 200 OK");
    assert_holds(heard, "/echo/x");
    served_stop(&served);
}
END_TEST

START_TEST(an_answer_to_a_client_that_has_gone_is_dropped)
{
    struct served served = served_of();
    served_start(&served);
    int fd = dial(&served);
    say_text(fd, "GET /held HTTP/1.1\r\n" HOST "\r\n");
    do
        served_do(&served, take_counts);
    while (served.counts.under_way == 0);
    close(fd);
    served_do(&served, answer_held);
    do
        served_do(&served, take_counts);
    while (served.counts.connections > 0);
    ck_assert_uint_eq(served.counts.under_way, 0);
    served_stop(&served);
}
END_TEST

START_TEST(a_large_answer_comes_whole)
{
    struct served served = served_of();
    served_start(&served);
    static char answer[LARGE + 1000];
    int fd = dial(&served);
    say_text(fd, "GET /large HTTP/1.1\r\n" HOST LAST);
    size_t size = hear(fd, NULL, answer, sizeof answer);
    /* strstr() ends at a zero byte: hear() is given no `until` */
    const char *body = strstr(answer, "\r\n\r\n");
    ck_assert_ptr_nonnull(body);
    body += 4;
    ck_assert_uint_eq(size - (size_t)(body - answer), LARGE);
    for (size_t i = 0; i < LARGE; i++)
        ck_assert_uint_eq((uint8_t)body[i], (uint8_t)i);
    close(fd);
    served_stop(&served);
}
END_TEST

START_TEST(head_is_a_get_without_its_body)
{
    struct served served = served_of();
    served_start(&served);
    ask_text(&served, "HEAD /large HTTP/1.1\r\n" HOST LAST, heard, sizeof heard);
    assert_holds(heard, "200 OK");
    assert_holds(heard, "content-length: 1000000\r\n");
    ck_assert_str_eq(strstr(heard, "\r\n\r\n"), "\r\n\r\n");
    served_stop(&served);
}
END_TEST

static const struct {
    const char *request;
    const char *status;
    const char *further;
} refused[] = {
    {"GET /nothing HTTP/1.1\r\n" HOST LAST, "404", "RESOURCE_URI_STRUCTURE_NOT_FOUND"},
    {"GET /echo/ HTTP/1.1\r\n" HOST LAST, "404", ""},
    {"GET /echo/a/b HTTP/1.1\r\n" HOST LAST, "404", ""},
    {"DELETE /echo/a HTTP/1.1\r\n" HOST LAST, "405", "\r\nallow: GET, HEAD, POST\r\n"},
    {"MKCOL /large HTTP/1.1\r\n" HOST LAST, "405", "\r\nallow: GET, HEAD\r\n"},
    {"GET /echo/a HTTP/1.1\r\n" LAST, "400", "INVALID_MSG_FORMAT"}, /* no Host */
    {"GET /echo/a HTTP/1.1\r\n" HOST HOST LAST, "400", ""},
    {"GET /echo/a HTTP/1.1\r\n" HOST "Authorization: a\r\nAuthorization: b\r\n" LAST, "400", ""},
    {"GET /echo/a HTTP/3.0\r\n" HOST LAST, "400", ""},
    {"GET echo HTTP/1.1\r\n" HOST LAST, "400", ""},
    {"nonsense\r\n\r\n", "400", ""},
    {"GET /echo/a#b HTTP/1.1\r\n" HOST LAST, "400", ""},
    {"GET /echo/\x01 HTTP/1.1\r\n" HOST LAST, "400", ""},
    {"GET http://elsewhere HTTP/1.1\r\n" HOST LAST, "400", ""},
    {"GET http://elsewhere?a=/echo/a HTTP/1.1\r\n" HOST LAST, "400", ""},
    {"GET /echo/a HTTP/1.1\r\n" HOST "Content-Length : 5\r\n\r\nhello", "400", "connection: close"},
    {"GET /echo/a HTTP/1.1\r\n" HOST "A B: c\r\n\r\n", "400", "connection: close"},
    {"POST /echo/a HTTP/1.1\r\n" HOST "Content-Length: 65537\r\n" LAST, "413", "connection: close"},
    {"POST /echo/a HTTP/1.1\r\n" HOST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n" LAST,
     "400", ""},
    {"POST /echo/a HTTP/1.1\r\n" HOST "Content-Length: 5\r\nContent-Length: 6\r\n" LAST, "400", ""},
    {"POST /echo/a HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "400", ""},
    {"POST /echo/a HTTP/1.1\r\n" HOST CHUNKED "2\r\nabXX0\r\n\r\n", "400", "connection: close"},
    {"POST /echo/a HTTP/1.1\r\n" HOST CHUNKED "2\r\nab\n00\r\n\r\n", "400", ""},
    {"POST /echo/a HTTP/1.1\r\n" HOST CHUNKED "2\rXab\r\n0\r\n\r\n", "400", ""},
    {"POST /echo/a HTTP/1.1\r\n" HOST CHUNKED "2\r\nab\r\n0\rX\r\n", "400", ""},
};

START_TEST(what_cannot_be_answered_is_refused_with_a_problem)
{
    struct served served = served_of();
    served_start(&served);
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        ask_text(&served, refused[i].request, heard, sizeof heard);
        char wanted[64];
        snprintf(wanted, sizeof wanted, "HTTP/1.1 %s ", refused[i].status);
        ck_assert_msg(strncmp(heard, wanted, strlen(wanted)) == 0, "row %zu: %s", i, heard);
        assert_holds(heard, "content-type: application/problem+json\r\n");
        snprintf(wanted, sizeof wanted, "\"status\":%s", refused[i].status);
        assert_holds(heard, wanted);
        assert_holds(heard, refused[i].further);
    }
    served_stop(&served);
}
END_TEST

START_TEST(a_zero_byte_in_a_field_is_refused)
{
    static const char request[] = "GET /echo/a HTTP/1.1\r\n" HOST "Note: a\0b\r\n\r\n";
    struct served served = served_of();
    served_start(&served);
    int fd = dial(&served);
    say(fd, request, sizeof request - 1);
    hear(fd, NULL, heard, sizeof heard);
    close(fd);
    assert_holds(heard, "HTTP/1.1 400 ");
    assert_holds(heard, "\r\nconnection: close\r\n");
    served_stop(&served);
}
END_TEST

START_TEST(an_absolute_target_and_a_prefix_are_understood)
{
    struct served served = served_of();
    served.options.prefix = "/root/of/all";
    served_start(&served);
    ask_text(&served, "GET http://here:80/root/of/all/echo/a?b HTTP/1.1\r\n" HOST LAST, heard,
             sizeof heard);
    assert_holds(heard, "\r\n\r\n/echo/a|b|a||");
    ask_text(&served, "GET /echo/a HTTP/1.1\r\n" HOST LAST, heard, sizeof heard);
    assert_holds(heard, "HTTP/1.1 404 ");
    ask_text(&served, "GET /root/of/allecho/a HTTP/1.1\r\n" HOST LAST, heard, sizeof heard);
    assert_holds(heard, "HTTP/1.1 404 ");
    served_stop(&served);
}
END_TEST

START_TEST(a_client_that_waits_is_told_to_go_on)
{
    struct served served = served_of();
    served_start(&served);
    int fd = dial(&served);
    say_text(fd,
             "POST /echo/a HTTP/1.1\r\n" HOST "Expect: 100-continue\r\nContent-Length: 2\r\n" LAST);
    hear(fd, "100 Continue\r\n\r\n", heard, sizeof heard);
    assert_holds(heard, "HTTP/1.1 100 Continue\r\n\r\n");
    say_text(fd, "ab");
    hear(fd, NULL, heard, sizeof heard);
    assert_holds(heard, "|ab|2");
    close(fd);
    served_stop(&served);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &a_request_reaches_its_handler_whole,
        &pieces_make_no_difference,
        &a_thousand_requests_in_one_piece_are_answered_in_their_order,
        &an_answer_may_come_later_and_the_next_request_waits_for_it,
        &an_answer_to_a_client_that_has_gone_is_dropped,
        &a_large_answer_comes_whole,
        &head_is_a_get_without_its_body,
        &what_cannot_be_answered_is_refused_with_a_problem,
        &a_zero_byte_in_a_field_is_refused,
        &an_absolute_target_and_a_prefix_are_understood,
        &a_client_that_waits_is_told_to_go_on,
    };
    return suite_run("http1", cases, sizeof cases / sizeof cases[0]);
}
