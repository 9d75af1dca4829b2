/*
 * call.h: a connection that is being opened: TCP's first two packets, there and back.
 *
 * The caller is connected one round trip after it called. While either direction is cut, or a
 * packet is lost, it hears nothing and tries again after 1 s, 3 s, 7 s … (RFC 6298 section 2.1).
 *
 * Time as in path.h. Threads: one.
 */
#ifndef PROXY_CALL_H
#define PROXY_CALL_H

#include "testnet/proxy/path.h"

#define CALL_TIMEOUT_US UINT64_C(1000000)

struct call {
    struct path *path;
    struct path *back;
    uint64_t next_us; /* when call_take() is to be asked next */
    uint64_t timeout_us;
};

void call_begin(struct call *call, struct path *path, struct path *back, uint64_t now_us);

/* True once: the answer is there. */
bool call_take(struct call *call, uint64_t now_us);

#endif
