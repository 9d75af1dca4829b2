/*
 * gsup_conn.h: the connections of peers that ask by GSUP.
 *
 * Threads: the front end's own.
 */
#ifndef FRONT_GSUP_CONN_H
#define FRONT_GSUP_CONN_H

#include "front/gsup_front.h"

#include <uv.h>

struct gsup_conn;

struct gsup_conns {
    const struct gsup_options *options;
    struct eir_desk *desk;
    struct gsup_conn *first;
    size_t count;
    bool has_caller; /* one could not be taken, for want of memory: libuv calls no more until it is
                      */
};

/* Takes the next caller, asks who it is and answers it until it goes. */
void gsup_conn_accept(struct gsup_conns *conns, uv_stream_t *listener);

/* Pings those that are silent, closes those that stay so or do not take their answers. */
void gsup_conns_look(struct gsup_conns *conns);

/* Closes all. */
void gsup_conns_close(struct gsup_conns *conns);

#endif
