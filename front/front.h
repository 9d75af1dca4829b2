/*
 * front.h: the thread of a front end: a libuv loop and a desk of its own.
 *
 * `open` and `close` run on that thread, as does everything that they set going. When `open` fails
 * nothing is left behind and front_start() says why. `close` ends what is open; the thread ends
 * when the loop has no handle left.
 */
#ifndef FRONT_FRONT_H
#define FRONT_FRONT_H

#include "eir/eir.h"

#include <uv.h>

struct front;

struct front_options {
    const char *name; /* of the thread, at most 15 bytes */
    struct eir *eir;
    enum face face;
    /* `context` as given; the loop and the desk live until after `close`. */
    enum err (*open)(void *context, uv_loop_t *loop, struct eir_desk *desk);
    void (*close)(void *context);
    void *context;
};

/* Returns when `open` has: its error, or ERR_MEMORY. */
enum err front_start(const struct front_options *options, struct front **out) must_check;
/* Closes, waits for the thread, frees. NULL is allowed. */
void front_stop(struct front *front);

#endif
