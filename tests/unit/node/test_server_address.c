/*
 * Where clients connect to: what is an address, who calls from this machine, and sockets of the
 * file system that a process has left behind.
 */
#include "node/server_address.h"

#include "tests/unit/store/scratch.h"
#include "tests/unit/suite.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct server_address address;
static const char *why;

/* A connection to the listener, from loopback; its other end. */
static int call(int listener, int *caller)
{
    struct sockaddr_storage name;
    socklen_t size = sizeof name;
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&name, &size), 0);
    if (name.ss_family == AF_INET)
        ((struct sockaddr_in *)&name)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (name.ss_family == AF_INET6)
        ((struct sockaddr_in6 *)&name)->sin6_addr = in6addr_loopback;
    *caller = socket(name.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(*caller, (struct sockaddr *)&name, size), 0);
    int fd = accept(listener, NULL, NULL);
    ck_assert_int_ne(fd, -1);
    return fd;
}

START_TEST(names_and_addresses_are_listened_on_and_loopback_is_this_machine)
{
    static const char *const texts[] = {"tcp://127.0.0.1:0", "tcp://localhost:0", "tcp://*:0",
                                        "tcp://:0"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int caller;
        int listener = server_listen(texts[i], &address, &why);
        ck_assert_msg(listener != -1, "%s: %s", texts[i], why);
        ck_assert_int_eq(address.transport, SP_TCP);
        int fd = call(listener, &caller);
        ck_assert(server_is_local(&address, fd));
        close(fd);
        close(caller);
        server_hush(&address, listener);
    }
}
END_TEST

START_TEST(what_is_no_address_is_refused_with_why)
{
    static const char *const texts[] = {"",
                                        "127.0.0.1:1",
                                        "udp://127.0.0.1:1",
                                        "tls+tcp://127.0.0.1:1",
                                        "tcp://",
                                        "tcp://a",
                                        "tcp://a:",
                                        "tcp://127.0.0.1:x",
                                        "tcp://127.0.0.1:65536",
                                        "tcp://127.0.0.1:-1",
                                        "ipc://",
                                        "tcp://[::1",
                                        "tcp://1.2.3.4.5.6:1"};
    char text[512];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        why = NULL;
        ck_assert_msg(server_listen(texts[i], &address, &why) == -1, "%s", texts[i]);
        ck_assert_ptr_nonnull(why);
    }
    snprintf(text, sizeof text, "ipc:///%0300d", 1);
    ck_assert_int_eq(server_listen(text, &address, &why), -1);
    snprintf(text, sizeof text, "tcp://%0300d:1", 1);
    ck_assert_int_eq(server_listen(text, &address, &why), -1);
}
END_TEST

START_TEST(a_port_in_use_is_refused)
{
    char text[64];
    struct sockaddr_in name;
    socklen_t size = sizeof name;
    int listener = server_listen("tcp://127.0.0.1:0", &address, &why);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&name, &size), 0);
    snprintf(text, sizeof text, "tcp://127.0.0.1:%u", ntohs(name.sin_port));
    ck_assert_int_eq(server_listen(text, &address, &why), -1);
    ck_assert_str_eq(why, "Address already in use");
    server_hush(&address, listener);
}
END_TEST

START_TEST(a_socket_that_was_left_behind_is_taken_and_a_living_one_is_not)
{
    char text[512];
    struct server_address other;
    struct scratch scratch = scratch_begin();
    snprintf(text, sizeof text, "ipc://%.200s/clients", scratch.path);
    int left = server_listen(text, &address, &why);
    ck_assert_int_ne(left, -1);
    ck_assert_int_eq(server_listen(text, &other, &why), -1);
    close(left); /* as its process would at its end */
    int listener = server_listen(text, &address, &why);
    ck_assert_int_ne(listener, -1);
    int caller;
    int fd = call(listener, &caller);
    ck_assert(server_is_local(&address, fd));
    close(fd);
    close(caller);
    server_hush(&address, listener);
    ck_assert_int_eq(access(text + 6, F_OK), -1);
    scratch_end(&scratch);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &names_and_addresses_are_listened_on_and_loopback_is_this_machine,
        &what_is_no_address_is_refused_with_why,
        &a_port_in_use_is_refused,
        &a_socket_that_was_left_behind_is_taken_and_a_living_one_is_not,
    };
    return suite_run("server_address", cases, sizeof cases / sizeof cases[0]);
}
