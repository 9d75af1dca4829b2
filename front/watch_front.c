#include "front/watch_front.h"

#include "front/front.h"

#include <stdlib.h>

/* Who watches is one or a few, and asks now and then. */
#define CONNECTIONS_MAX 64
#define STREAMS_MAX     8
#define REQUESTS_MAX    8
#define IDLE_MS         120000

struct watch_front {
    struct watch_options options;
    struct watch_port port;
    struct http_route routes[WATCH_ROUTES];
    struct http_server *server;
    unsigned port_number;
    struct front *front;
    struct complaint *complaint; /* while it opens */
};

static enum err open_server(void *context, uv_loop_t *loop, struct eir_desk *desk)
{
    struct watch_front *front = context;
    struct http_options options = {
        .listen = front->options.listen,
        .prefix = "",
        .routes = front->routes,
        .route_count = WATCH_ROUTES,
        .certificate = "",
        .certificate_key = "",
        .client_ca = "",
        .connections_max = CONNECTIONS_MAX,
        .streams_max = STREAMS_MAX,
        .requests_max = REQUESTS_MAX,
        .idle_ms = IDLE_MS,
    };
    (void)desk; /* nobody asks for a device here */
    enum err err = http_open(loop, &options, &front->server, front->complaint);
    if (err == ERR_OK)
        front->port_number = http_port(front->server);
    return err;
}

static void close_server(void *context)
{
    struct watch_front *front = context;
    http_close(front->server);
}

enum err watch_front_open(const struct watch_options *options, const struct watch_port *port,
                          struct eir *eir, struct watch_front **out, struct complaint *complaint)
{
    *out = NULL;
    struct watch_front *front = calloc(1, sizeof *front);
    if (front == NULL)
        return ERR_MEMORY;
    front->options = *options;
    front->port = *port;
    front->complaint = complaint;
    watch_routes(&front->port, front->routes);
    struct front_options starting = {
        .name = "metrics",
        .eir = eir,
        .face = FACE_API,
        .open = open_server,
        .close = close_server,
        .context = front,
    };
    enum err err = front_start(&starting, &front->front);
    if (err == ERR_OK)
        *out = front;
    else
        free(front);
    return err;
}

void watch_front_close(struct watch_front *front)
{
    if (front == NULL)
        return;
    front_stop(front->front);
    free(front);
}

unsigned watch_front_port(const struct watch_front *front)
{
    return front->port_number;
}
