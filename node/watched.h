/*
 * watched.h: what a node offers those who watch it by HTTP.
 */
#ifndef NODE_WATCHED_H
#define NODE_WATCHED_H

#include "front/watch.h"
#include "node/exposition.h"

struct watched {
    struct exposition exposition;
};

/* `watched` lives as long as the port. */
struct watch_port watched_port(struct watched *watched);

#endif
