/*
 * api_scene.h: the HTTP API behind a real server, and a node that answers as the test says. All on
 * one thread: whoever waits for an answer runs the loop.
 */
#ifndef TESTS_FRONT_API_SCENE_H
#define TESTS_FRONT_API_SCENE_H

#include "front/api.h"
#include "proto/cbor.h"
#include "tests/unit/suite.h"
#include "json/body.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct scene;

/* Writes the body of the node's answer; a head with ERR_OK is there already. */
typedef void scene_answer(struct scene *scene, const struct request *request,
                          struct writer *writer);

enum { SCENE_HELD_MAX = 64 };

struct scene {
    uv_loop_t loop;
    struct api *api;
    struct http_route routes[API_ROUTES_MAX];
    struct http_server *server;
    scene_answer *answer;
    enum err err; /* other than ERR_OK: the node answers with it */
    size_t cut;   /* bytes taken off the node's answers */
    bool holds;   /* the node does not answer yet */
    struct errand *held[SCENE_HELD_MAX];
    size_t held_count;
    size_t asked;           /* times */
    struct request request; /* the last one */
    uint8_t encoded[4096];  /* of it */
    uint64_t number;        /* the test's */
};

static const struct response_head scene_head = {.err = ERR_OK, .height = 120, .age_ms = 340};

static inline void scene_tell(struct scene *scene, struct errand *errand)
{
    static struct request request;
    static uint8_t buffer[RESPONSE_SIZE_MAX];
    struct writer writer = writer_over(buffer, sizeof buffer);
    ck_assert_int_eq(request_parse(errand_request(errand), &request), ERR_OK);
    struct response_head head = scene_head;
    head.err = scene->err;
    response_head_write(&writer, &head);
    scene->request = request;
    if (request.encoded.size <= sizeof scene->encoded && request.encoded.size > 0)
        memcpy(scene->encoded, request.encoded.data, request.encoded.size);
    scene->request.encoded.data = scene->encoded;
    errand_forget(errand);
    if (scene->err == ERR_OK)
        scene->answer(scene, &request, &writer);
    ck_assert_int_eq(writer.err, ERR_OK);
    ck_assert_uint_le(scene->cut, writer.size);
    errand_answer(errand, bytes_of(buffer, writer.size - scene->cut));
}

static inline void scene_take(void *context, struct errand *errand)
{
    struct scene *scene = context;
    scene->asked++;
    if (scene->holds) {
        ck_assert_uint_lt(scene->held_count, SCENE_HELD_MAX);
        scene->held[scene->held_count++] = errand;
        return;
    }
    scene_tell(scene, errand);
}

static inline void scene_open(struct scene *scene, scene_answer *answer)
{
    *scene = (struct scene){.answer = answer};
    struct asker_port port = {.take = scene_take, .context = scene};
    struct http_options options = {
        .listen = {.host = "127.0.0.1"},
        .prefix = "",
        .routes = scene->routes,
        .certificate = "",
        .certificate_key = "",
        .client_ca = "",
        .connections_max = 100,
        .streams_max = 100,
        .requests_max = 1000,
        .idle_ms = 60000,
    };
    struct complaint complaint;
    ck_assert_int_eq(uv_loop_init(&scene->loop), 0);
    ck_assert_int_eq(api_open(&scene->loop, &port, NULL, &scene->api), ERR_OK);
    options.route_count = api_routes(scene->api, scene->routes);
    ck_assert_int_eq(http_open(&scene->loop, &options, &scene->server, &complaint), ERR_OK);
}

static inline void scene_release(struct scene *scene)
{
    scene->holds = false;
    for (size_t i = 0; i < scene->held_count; i++)
        scene_tell(scene, scene->held[i]);
    scene->held_count = 0;
}

static inline void scene_close(struct scene *scene)
{
    api_close(scene->api);
    http_close(scene->server);
    scene_release(scene);
    uv_run(&scene->loop, UV_RUN_DEFAULT);
    ck_assert_int_eq(uv_loop_close(&scene->loop), 0);
}

/* ---- its client ---- */

struct reply {
    unsigned status;
    char *head; /* terminated */
    char *text; /* of the body, terminated */
    size_t size;
    json_t *body; /* NULL: it is no JSON object */
};

static inline void reply_free(struct reply *reply)
{
    free(reply->head);
    free(reply->text);
    json_decref(reply->body);
}

/* Sends a request of HTTP/1.1, of which nobody awaits the answer yet; the socket. */
static inline int scene_send(struct scene *scene, const char *line, const char *fields,
                             const void *body, size_t size)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)http_port(scene->server)),
        .sin_addr = {htonl(INADDR_LOOPBACK)},
    };
    char head[2048];
    int head_size = snprintf(head, sizeof head,
                             "%s HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
                             "content-length: %zu\r\n%s\r\n",
                             line, size, fields);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(send(fd, head, (size_t)head_size, MSG_NOSIGNAL), head_size);
    for (size_t sent = 0; sent < size;) {
        ssize_t now = send(fd, (const char *)body + sent, size - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (now > 0)
            sent += (size_t)now;
        else if (errno != EAGAIN)
            break; /* refused before it was read */
        uv_run(&scene->loop, UV_RUN_NOWAIT);
    }
    return fd;
}

/* Runs the loop until the server has answered and closed. */
static inline struct reply scene_await(struct scene *scene, int fd)
{
    enum { CAPACITY = 32 << 20 };
    char *data = malloc(CAPACITY);
    size_t size = 0;
    ssize_t now = -1;
    while (now != 0) {
        uv_run(&scene->loop, UV_RUN_NOWAIT);
        now = recv(fd, data + size, CAPACITY - 1 - size, MSG_DONTWAIT);
        size += now > 0 ? (size_t)now : 0;
        ck_assert_uint_lt(size, CAPACITY - 1);
        ck_assert(now >= 0 || errno == EAGAIN);
    }
    close(fd);
    data[size] = '\0';
    char *gap = strstr(data, "\r\n\r\n");
    ck_assert_ptr_nonnull(gap);
    struct reply reply = {.head = strndup(data, (size_t)(gap - data) + 2)};
    reply.size = size - (size_t)(gap + 4 - data);
    reply.text = memcpy(calloc(1, reply.size + 1), gap + 4, reply.size);
    ck_assert_int_eq(strncmp(data, "HTTP/1.1 ", 9), 0);
    reply.status = (unsigned)strtoul(data + 9, NULL, 10);
    if (body_parse(bytes_of(reply.text, reply.size), &reply.body) != ERR_OK)
        reply.body = NULL;
    free(data);
    return reply;
}

static inline struct reply scene_ask(struct scene *scene, const char *line, const char *fields,
                                     const char *body)
{
    return scene_await(scene, scene_send(scene, line, fields, body, strlen(body)));
}

static inline struct reply scene_get(struct scene *scene, const char *target)
{
    char line[1024];
    snprintf(line, sizeof line, "GET %s", target);
    return scene_ask(scene, line, "", "");
}

#define JSON_FIELD "content-type: application/json\r\n"

static inline struct reply scene_post(struct scene *scene, const char *target, const char *body)
{
    char line[1024];
    snprintf(line, sizeof line, "POST %s", target);
    return scene_ask(scene, line, JSON_FIELD, body);
}

static inline bool reply_has(const struct reply *reply, const char *field)
{
    return strcasestr(reply->head, field) != NULL;
}

static inline const char *reply_text(const struct reply *reply, const char *key)
{
    const char *text = json_string_value(json_object_get(reply->body, key));
    return text != NULL ? text : "";
}

/* A problem of that status and error, in the form that the document has; freed. */
static inline void is_problem(struct reply reply, unsigned status, const char *error,
                              const char *param)
{
    ck_assert_msg(reply.status == status, "%u %s", reply.status, reply.text);
    ck_assert(reply_has(&reply, "\r\ncontent-type: application/problem+json\r\n"));
    ck_assert_str_eq(reply_text(&reply, "error"), error);
    ck_assert_str_ne(reply_text(&reply, "title"), "");
    ck_assert_str_ne(reply_text(&reply, "detail"), "");
    ck_assert_str_eq(reply_text(&reply, "param"), param);
    ck_assert_int_eq(json_integer_value(json_object_get(reply.body, "status")), status);
    reply_free(&reply);
}

/* That status and just this JSON; freed. */
static inline void is_answer(struct reply reply, unsigned status, const char *text)
{
    ck_assert_msg(reply.status == status, "%u %s", reply.status, reply.text);
    ck_assert(reply_has(&reply, "\r\ncontent-type: application/json\r\n"));
    ck_assert_str_eq(reply.text, text);
    reply_free(&reply);
}

#endif
