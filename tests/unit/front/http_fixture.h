/*
 * http_fixture.h: an HTTP server on a thread of its own, and a client of plain sockets.
 */
#ifndef TESTS_FRONT_HTTP_FIXTURE_H
#define TESTS_FRONT_HTTP_FIXTURE_H

#include "front/http.h"
#include "front/http_problem.h"
#include "tests/unit/suite.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

struct served {
    uv_loop_t loop;
    uv_thread_t thread;
    uv_async_t call; /* runs `task` on the thread */
    void (*task)(struct served *served);
    uv_sem_t done;
    struct http_options options;
    struct http_server *server;
    struct complaint complaint;
    enum err err;
    unsigned port;
    struct http_counts counts;
    struct http_request *held[256]; /* by the route /held */
    size_t held_count;
};

/* Says what it was given. */
static inline void echo(void *context, struct http_request *request)
{
    (void)context;
    char text[1024];
    int size = snprintf(text, sizeof text, "%.*s|%.*s|%.*s|%.*s|%.*s|%zu", (int)request->path.size,
                        (const char *)request->path.data, (int)request->query.size,
                        (const char *)request->query.data, (int)request->params[0].size,
                        (const char *)request->params[0].data,
                        (int)request->fields[HTTP_FIELD_AUTHORIZATION].size,
                        (const char *)request->fields[HTTP_FIELD_AUTHORIZATION].data,
                        request->body.size < 100 ? (int)request->body.size : 0,
                        (const char *)request->body.data, request->body.size);
    struct http_response response = {
        .status = 200, .content_type = "text/plain", .body = bytes_of(text, (size_t)size)};
    http_answer(request, &response);
}

/* A million bytes, each the low byte of its place. */
#define LARGE 1000000u
static inline void large(void *context, struct http_request *request)
{
    (void)context;
    uint8_t *body = malloc(LARGE);
    ck_assert_ptr_nonnull(body);
    for (size_t i = 0; i < LARGE; i++)
        body[i] = (uint8_t)i;
    struct http_response response = {.status = 200, .body = bytes_of(body, LARGE), .owned = body};
    http_answer(request, &response);
}

/* Answered when the test says so. */
static inline void hold(void *context, struct http_request *request)
{
    struct served *served = context;
    ck_assert_uint_lt(served->held_count, sizeof served->held / sizeof served->held[0]);
    served->held[served->held_count++] = request;
}

static inline void answer_held(struct served *served)
{
    for (size_t i = 0; i < served->held_count; i++) {
        struct http_response response = {.status = 200, .body = bytes_of("at last", 7)};
        http_answer(served->held[i], &response);
    }
    served->held_count = 0;
}

static inline void on_call(uv_async_t *call)
{
    struct served *served = call->data;
    served->task(served);
    uv_sem_post(&served->done);
}

static inline void run_served(void *context)
{
    struct served *served = context;
    served->err = http_open(&served->loop, &served->options, &served->server, &served->complaint);
    if (served->err == ERR_OK)
        served->port = http_port(served->server);
    else
        uv_close((uv_handle_t *)&served->call, NULL);
    uv_sem_post(&served->done);
    uv_run(&served->loop, UV_RUN_DEFAULT);
}

/* With the options as they are set; routes are the fixture's when there are none. */
static inline void served_start(struct served *served)
{
    static struct http_route routes[4];
    routes[0] = (struct http_route){"/echo/{what}", METHOD_GET | METHOD_POST, 65536, echo, NULL};
    routes[1] = (struct http_route){"/large", METHOD_GET, 0, large, NULL};
    routes[2] = (struct http_route){"/held", METHOD_GET | METHOD_PUT, 1000, hold, served};
    routes[3] = (struct http_route){"/any/*", 0, 1000, echo, NULL};
    if (served->options.route_count == 0) {
        served->options.routes = routes;
        served->options.route_count = 4;
    }
    snprintf(served->options.listen.host, sizeof served->options.listen.host, "127.0.0.1");
    ck_assert_int_eq(uv_loop_init(&served->loop), 0);
    ck_assert_int_eq(uv_sem_init(&served->done, 0), 0);
    ck_assert_int_eq(uv_async_init(&served->loop, &served->call, on_call), 0);
    served->call.data = served;
    ck_assert_int_eq(uv_thread_create(&served->thread, run_served, served), 0);
    uv_sem_wait(&served->done);
}

static inline struct served served_of(void)
{
    return (struct served){.options = {.prefix = "",
                                       .certificate = "",
                                       .certificate_key = "",
                                       .client_ca = "",
                                       .connections_max = 100,
                                       .streams_max = 100,
                                       .requests_max = 1000,
                                       .idle_ms = 60000}};
}

static inline void served_do(struct served *served, void (*task)(struct served *served))
{
    served->task = task;
    ck_assert_int_eq(uv_async_send(&served->call), 0);
    uv_sem_wait(&served->done);
}

static inline void take_counts(struct served *served)
{
    http_count(served->server, &served->counts);
}

static inline void close_served(struct served *served)
{
    http_close(served->server);
    uv_close((uv_handle_t *)&served->call, NULL);
}

static inline void served_stop(struct served *served)
{
    if (served->err == ERR_OK)
        served_do(served, close_served);
    ck_assert_int_eq(uv_thread_join(&served->thread), 0);
    ck_assert_int_eq(uv_loop_close(&served->loop), 0);
    uv_sem_destroy(&served->done);
}

/* ---- a client ---- */

#define PATIENCE_MS 30000 /* never reached unless something is wrong */

static inline int dial(const struct served *served)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)served->port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static inline void say(int fd, const void *data, size_t size)
{
    size_t sent = 0;
    while (sent < size) {
        ssize_t now = send(fd, (const char *)data + sent, size - sent, MSG_NOSIGNAL);
        if (now <= 0)
            return; /* the server has hung up: what it said is still to be read */
        sent += (size_t)now;
    }
}

static inline void say_text(int fd, const char *text)
{
    say(fd, text, strlen(text));
}

/* Reads until the server closes or `until` has been read; terminated. */
static inline size_t hear(int fd, const char *until, char *out, size_t capacity)
{
    size_t size = 0;
    out[0] = '\0';
    while (size + 1 < capacity && (until == NULL || strstr(out, until) == NULL)) {
        struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
        ck_assert_msg(poll(&poll_fd, 1, PATIENCE_MS) == 1, "nothing comes after '%s'", out);
        ssize_t now = recv(fd, out + size, capacity - size - 1, 0);
        if (now <= 0)
            break;
        size += (size_t)now;
        out[size] = '\0';
    }
    return size;
}

/* One request on a connection of its own; the whole answer. */
static inline void ask_text(const struct served *served, const char *request, char *out,
                            size_t capacity)
{
    int fd = dial(served);
    say_text(fd, request);
    hear(fd, NULL, out, capacity);
    close(fd);
}

#define assert_holds(text, part)                                                                   \
    ck_assert_msg(strstr((text), (part)) != NULL, "'%s' is not in: %s", (part), (text))

#endif
