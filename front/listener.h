/*
 * listener.h: a TCP socket that takes connections for a front end.
 *
 * Threads: that of the loop.
 */
#ifndef FRONT_LISTENER_H
#define FRONT_LISTENER_H

#include "conf/settings.h"

#include <uv.h>

/* Binds and listens; a name is looked up once, and its first address taken. Port 0: any free one.
 * The caller closes the handle, also after an error: it is initialised in every case. ERR_NETWORK.
 */
enum err listener_open(uv_loop_t *loop, const struct host_port *address, uv_connection_cb on_call,
                       uv_tcp_t *out) must_check;

/* The port that it listens on. */
uint16_t listener_port(const uv_tcp_t *listener);

#endif
