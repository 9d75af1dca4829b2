#include "front/watch.h"

#include "eir/openmetrics.h"

#include <stdlib.h>

static const struct http_field no_store = {"cache-control", "no-store"};

/* `text` is malloc'ed, or NULL for want of memory; the server frees it. */
static void answer(struct http_request *request, unsigned status, const char *type, void *text,
                   const struct writer *writer)
{
    bool is_there = text != NULL && writer_ok(writer);
    struct http_response response = {
        .status = is_there ? status : 500,
        .content_type = is_there ? type : NULL,
        .body = is_there ? writer_view(writer) : bytes_of("", 0),
        .owned = text,
        .fields = {no_store},
    };
    http_answer(request, &response);
}

static void on_metrics(void *context, struct http_request *request)
{
    const struct watch_port *port = context;
    void *text = malloc(port->metrics_size_max);
    struct writer writer = writer_over(text, text != NULL ? port->metrics_size_max : 0);
    if (text != NULL)
        port->metrics(port->context, &writer);
    answer(request, 200, OPENMETRICS_TYPE, text, &writer);
}

static void on_live(void *context, struct http_request *request)
{
    static const char body[] = "{\"status\":\"live\"}\n";
    struct http_response response = {
        .status = 200,
        .content_type = "application/json",
        .body = bytes_of(body, sizeof body - 1),
        .fields = {no_store},
    };
    (void)context;
    http_answer(request, &response);
}

static void on_ready(void *context, struct http_request *request)
{
    const struct watch_port *port = context;
    void *text = malloc(port->ready_size_max);
    struct writer writer = writer_over(text, text != NULL ? port->ready_size_max : 0);
    bool is_ready = text != NULL && port->ready(port->context, &writer);
    answer(request, is_ready ? 200 : 503, "application/json", text, &writer);
}

void watch_routes(struct watch_port *port, struct http_route out[WATCH_ROUTES])
{
    static const struct http_route rows[WATCH_ROUTES] = {
        {.pattern = "/metrics", .methods = METHOD_GET, .handle = on_metrics},
        {.pattern = "/health/live", .methods = METHOD_GET, .handle = on_live},
        {.pattern = "/health/ready", .methods = METHOD_GET, .handle = on_ready},
    };
    for (size_t i = 0; i < WATCH_ROUTES; i++) {
        out[i] = rows[i];
        out[i].context = port;
    }
}
