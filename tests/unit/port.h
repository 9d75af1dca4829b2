/*
 * port.h: a port of 127.0.0.1 that is this case's alone.
 */
#ifndef TESTS_UNIT_PORT_H
#define TESTS_UNIT_PORT_H

#include "tests/unit/check.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* Above those of the tests of networks, below those that the kernel gives to callers. */
#define PORT_FIRST 25000
#define PORT_COUNT 7000

/* Stays bound until the process ends, so that it is given to nobody else in between. Who listens on
 * it sets SO_REUSEADDR, as NNG and libuv do: the kernel lets it beside a socket that has it set and
 * does not listen. */
static inline uint16_t port_reserve(void)
{
    for (;;) {
        uint16_t port;
        ck_assert_int_eq(getrandom(&port, sizeof port, 0), sizeof port);
        port = (uint16_t)(PORT_FIRST + port % PORT_COUNT);
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        ck_assert_int_ge(fd, 0);
        /* Without the option: another's reservation is in the way. */
        if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0) {
            int yes = 1;
            ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), 0);
            return port;
        }
        close(fd);
    }
}

#endif
