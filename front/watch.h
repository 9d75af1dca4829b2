/*
 * watch.h: what watches the node asks it by HTTP: figures, and whether it is well.
 *
 *   GET /metrics       200, OpenMetrics 1.0
 *   GET /health/live   200 for as long as it can answer
 *   GET /health/ready  200, or 503 when the node is not to be asked; a body in JSON says why
 */
#ifndef FRONT_WATCH_H
#define FRONT_WATCH_H

#include "front/http.h"
#include "proto/writer.h"

/* What the node offers; any thread. */
struct watch_port {
    void *context;
    size_t metrics_size_max;
    void (*metrics)(void *context, struct writer *writer); /* the whole text */
    size_t ready_size_max;
    bool (*ready)(void *context, struct writer *writer); /* JSON; whether it is to be asked */
};

#define WATCH_ROUTES 3

/* The routes above, for any HTTP server; the port lives as long as that. */
void watch_routes(struct watch_port *port, struct http_route out[WATCH_ROUTES]);

#endif
