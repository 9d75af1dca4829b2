/* Real connections through a relay, in one loop with both ends. */
#include "testnet/proxy/relay.h"
#include "tests/unit/port.h"
#include "tests/unit/suite.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static uv_loop_t loop;
static struct path there = {.random = 1};
static struct path back = {.random = 2};
static uint64_t held;
static struct relay *relay;
static int server; /* what the relay calls */
static struct table_link link_to_server;

static int listen_somewhere(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(listen(fd, 64), 0);
    ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

static void begin(void)
{
    uint16_t port;
    uv_loop_init(&loop);
    server = listen_somewhere(&port);
    link_to_server =
        (struct table_link){.listen = {"127.0.0.1", port_reserve()}, .target = {"127.0.0.1", port}};
    ck_assert_int_eq(relay_open(&loop, &link_to_server, &there, &back, &held, &relay), ERR_OK);
}

/* Nothing of it stays: the loop ends, and no byte is held. */
static void end(void)
{
    relay_close(relay);
    uv_run(&loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&loop), 0);
    ck_assert_uint_eq(held, 0);
    ck_assert_uint_eq(there.waiting + back.waiting, 0);
    ck_assert_uint_eq(there.connections, 0);
    close(server);
}

static int call_relay(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                  .sin_port = htons(link_to_server.listen.port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

/* Runs the loop until the file can be read. */
static void wait_for(int fd)
{
    struct pollfd file = {.fd = fd, .events = POLLIN};
    while (poll(&file, 1, 0) == 0)
        uv_run(&loop, UV_RUN_NOWAIT);
}

static int take_call(void)
{
    wait_for(server);
    return accept(server, NULL, NULL);
}

static void turn(unsigned times)
{
    for (unsigned i = 0; i < times; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

static bool is_silent(int fd)
{
    struct pollfd file = {.fd = fd, .events = POLLIN};
    return poll(&file, 1, 0) == 0;
}

static uint8_t byte_at(size_t place)
{
    return (uint8_t)(place * 131 >> 3);
}

/* `size` bytes from one end to the other, the loop between; the sender never blocks for good. */
static void pass(int from, int to, size_t size)
{
    static uint8_t data[65536];
    size_t sent = 0;
    size_t got = 0;
    size_t wrong = 0;
    while (got < size) {
        size_t count = size - sent < sizeof data ? size - sent : sizeof data;
        for (size_t i = 0; i < count; i++)
            data[i] = byte_at(sent + i);
        ssize_t done = count == 0 ? 0 : send(from, data, count, MSG_DONTWAIT);
        ck_assert(done >= 0 || errno == EAGAIN);
        sent += done > 0 ? (size_t)done : 0;
        uv_run(&loop, UV_RUN_NOWAIT);
        done = recv(to, data, sizeof data, MSG_DONTWAIT);
        ck_assert(done > 0 || errno == EAGAIN);
        for (ssize_t i = 0; i < done; i++)
            wrong += data[i] != byte_at(got + (size_t)i);
        got += done > 0 ? (size_t)done : 0;
    }
    ck_assert_uint_eq(wrong, 0);
}

START_TEST(bytes_go_both_ways_whole_and_in_order)
{
    begin();
    int caller = call_relay();
    int called = take_call();
    pass(caller, called, 20 * 1024 * 1024);
    pass(called, caller, 1024 * 1024);
    ck_assert_uint_eq(there.bytes, 20 * 1024 * 1024);
    ck_assert_uint_eq(back.bytes, 1024 * 1024);
    close(caller);
    close(called);
    end();
}
END_TEST

START_TEST(a_receiver_that_does_not_read_stops_the_sender)
{
    static const uint8_t data[65536];
    begin();
    int caller = call_relay();
    int called = take_call();
    unsigned idle = 0;
    while (idle < 1000) {
        ssize_t done = send(caller, data, sizeof data, MSG_DONTWAIT);
        idle = done > 0 ? 0 : idle + 1;
        uv_run(&loop, UV_RUN_NOWAIT);
        ck_assert_uint_le(held, 5 * 1024 * 1024);
    }
    ck_assert_uint_gt(held, 0);
    close(caller);
    close(called);
    end();
}
END_TEST

START_TEST(an_end_is_told_and_the_other_direction_goes_on)
{
    uint8_t byte;
    begin();
    int caller = call_relay();
    int called = take_call();
    ck_assert_int_eq(shutdown(caller, SHUT_WR), 0);
    wait_for(called);
    ck_assert_int_eq(recv(called, &byte, 1, 0), 0);
    pass(called, caller, 100000);
    close(called);
    wait_for(caller);
    ck_assert_int_eq(recv(caller, &byte, 1, 0), 0);
    close(caller);
    end();
}
END_TEST

START_TEST(a_call_that_is_refused_there_is_reset_here)
{
    uint8_t byte;
    begin();
    close(server);
    int caller = call_relay();
    wait_for(caller);
    ck_assert_int_eq(recv(caller, &byte, 1, 0), -1);
    ck_assert_int_eq(errno, ECONNRESET);
    close(caller);
    end();
}
END_TEST

START_TEST(a_cut_line_is_silent_and_its_ends_do_not_hear_of_each_other)
{
    begin();
    int caller = call_relay();
    int called = take_call();
    pass(caller, called, 10);
    there.is_cut = back.is_cut = true;
    ck_assert_int_eq(send(caller, "x", 1, 0), 1);
    close(caller);
    turn(2000);
    ck_assert(is_silent(called));
    there.is_cut = back.is_cut = false;
    uint8_t bytes[2];
    wait_for(called);
    ck_assert_int_eq(recv(called, bytes, 2, 0), 1);
    wait_for(called);
    ck_assert_int_eq(recv(called, bytes, 2, 0), 0);
    close(called);
    end();
}
END_TEST

START_TEST(a_call_on_a_cut_line_is_not_answered_and_not_refused)
{
    begin();
    back.is_cut = true;
    int caller = call_relay();
    turn(2000);
    ck_assert(is_silent(caller));
    ck_assert(is_silent(server));
    back.is_cut = false;
    int called = take_call(); /* with the next try */
    pass(called, caller, 10);
    close(caller);
    close(called);
    end();
}
END_TEST

START_TEST(who_gave_up_a_cut_call_is_not_heard_of_after_healing)
{
    begin();
    there.is_cut = true;
    int first = call_relay();
    while (there.connections == 0)
        uv_run(&loop, UV_RUN_NOWAIT);
    close(first);
    there.is_cut = false;
    while (there.connections > 0)
        uv_run(&loop, UV_RUN_ONCE);
    ck_assert(is_silent(server));
    end();
}
END_TEST

START_TEST(for_one_connection_too_many_the_oldest_goes)
{
    uint8_t byte;
    int callers[RELAY_CONNECTIONS_MAX + 1];
    int called[RELAY_CONNECTIONS_MAX + 1];
    begin();
    for (size_t i = 0; i <= RELAY_CONNECTIONS_MAX; i++) {
        callers[i] = call_relay();
        called[i] = take_call();
    }
    wait_for(callers[0]);
    ck_assert_int_le(recv(callers[0], &byte, 1, 0), 0);
    ck_assert_uint_eq(there.connections, RELAY_CONNECTIONS_MAX);
    pass(callers[RELAY_CONNECTIONS_MAX], called[RELAY_CONNECTIONS_MAX], 10);
    for (size_t i = 0; i <= RELAY_CONNECTIONS_MAX; i++) {
        close(callers[i]);
        close(called[i]);
    }
    end();
}
END_TEST

START_TEST(an_address_that_is_taken_or_none_is_an_error)
{
    struct relay *other;
    begin();
    struct table_link no_address = {.listen = {"example.org", 1}, .target = link_to_server.target};
    ck_assert_int_eq(relay_open(&loop, &link_to_server, &there, &back, &held, &other), ERR_NETWORK);
    ck_assert_ptr_null(other);
    ck_assert_int_eq(relay_open(&loop, &no_address, &there, &back, &held, &other), ERR_NETWORK);
    end();
}
END_TEST

START_TEST(it_is_of_its_link_and_no_other)
{
    begin();
    struct table_link other = link_to_server;
    ck_assert(relay_is_of(relay, &link_to_server, &there));
    ck_assert(!relay_is_of(relay, &link_to_server, &back));
    other.target.port++;
    ck_assert(!relay_is_of(relay, &other, &there));
    other = link_to_server;
    other.listen.port++;
    ck_assert(!relay_is_of(relay, &other, &there));
    end();
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &bytes_go_both_ways_whole_and_in_order,
        &a_receiver_that_does_not_read_stops_the_sender,
        &an_end_is_told_and_the_other_direction_goes_on,
        &a_call_that_is_refused_there_is_reset_here,
        &a_cut_line_is_silent_and_its_ends_do_not_hear_of_each_other,
        &a_call_on_a_cut_line_is_not_answered_and_not_refused,
        &who_gave_up_a_cut_call_is_not_heard_of_after_healing,
        &for_one_connection_too_many_the_oldest_goes,
        &an_address_that_is_taken_or_none_is_an_error,
        &it_is_of_its_link_and_no_other,
    };
    return suite_run("relay", cases, sizeof cases / sizeof cases[0]);
}
