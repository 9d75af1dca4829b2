/*
 * wire.h: a client's connection to a node, one question under way on it at a time.
 *
 * NNG's own wire format (SP over TCP, REQ to REP) over a plain socket: a library with threads of
 * its own would take a part of the processors that the nodes are measured on, and the other side's
 * client, h2load, has none either.
 */
#ifndef BENCH_WIRE_H
#define BENCH_WIRE_H

#include "proto/client.h"
#include "proto/writer.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WIRE_HEAD 12u /* size of what follows, and the question's id */

struct wire {
    int fd;
    uint32_t id;
    size_t size; /* bytes of the answer so far */
    uint8_t answer[4096];
};

static inline void wire_fail(const char *what)
{
    fprintf(stderr, "bench-clients: %s\n", what);
    exit(EXIT_FAILURE);
}

static inline void wire_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(fd, data, size, MSG_NOSIGNAL);
        if (sent <= 0)
            wire_fail("the node takes no more");
        data += sent;
        size -= (size_t)sent;
    }
}

/* Connects and shakes hands; ends the process when it cannot. */
static inline void wire_open(struct wire *wire, const struct sockaddr_in *to)
{
    static const uint8_t request[8] = {0, 'S', 'P', 0, 0, 0x30, 0, 0};
    static const uint8_t reply[8] = {0, 'S', 'P', 0, 0, 0x31, 0, 0};
    uint8_t got[sizeof reply];
    int on = 1;
    *wire = (struct wire){.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (wire->fd < 0 || connect(wire->fd, (const struct sockaddr *)to, sizeof *to) != 0)
        wire_fail("no node answers there");
    setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    wire_all(wire->fd, request, sizeof request);
    if (recv(wire->fd, got, sizeof got, MSG_WAITALL) != sizeof got ||
        memcmp(got, reply, sizeof got) != 0)
        wire_fail("this is no node's port for clients");
}

/* `message` has WIRE_HEAD bytes before the request, to be filled in here. */
static inline void wire_ask(struct wire *wire, uint8_t *message, size_t request_size)
{
    struct writer head = writer_over(message, WIRE_HEAD);
    wire->id++;
    wire->size = 0;
    writer_u64(&head, request_size + 4);
    writer_u32(&head, UINT32_C(0x80000000) | wire->id);
    wire_all(wire->fd, message, WIRE_HEAD + request_size);
}

/* True when the answer is there; `out` is valid until the next question. */
static inline bool wire_answer(struct wire *wire, struct bytes *out)
{
    ssize_t got = recv(wire->fd, wire->answer + wire->size, sizeof wire->answer - wire->size, 0);
    if (got <= 0)
        wire_fail("the node has hung up");
    wire->size += (size_t)got;
    if (wire->size < WIRE_HEAD)
        return false;
    struct reader reader = reader_over(bytes_of(wire->answer, wire->size));
    uint64_t size = reader_u64(&reader);
    uint32_t id = reader_u32(&reader);
    if (size > sizeof wire->answer - 8 || id != (UINT32_C(0x80000000) | wire->id))
        wire_fail("an answer that was not asked for");
    *out = bytes_of(wire->answer + WIRE_HEAD, (size_t)size - 4);
    return wire->size == 8 + size;
}

#endif
