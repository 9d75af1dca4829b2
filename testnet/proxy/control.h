/*
 * control.h: the Unix socket at which the proxy is told what to do: lines in, a line out for each.
 *
 * A caller that sends a line longer than ORDER_SIZE_MAX is hung up on.
 *
 * Threads: the loop's.
 */
#ifndef PROXY_CONTROL_H
#define PROXY_CONTROL_H

#include "testnet/proxy/wan.h"

/* At once; one more is hung up on. */
#define CONTROL_CALLERS_MAX 16

struct control;

/* A socket at `path` of this user alone, in the place of what an earlier proxy left there.
 * ERR_NETWORK, ERR_MEMORY. */
enum err control_open(struct wan *wan, uv_loop_t *loop, const char *path,
                      struct control **out) must_check;

/* Hangs up; it is freed by the loop. NULL is allowed. */
void control_close(struct control *control);

#endif
