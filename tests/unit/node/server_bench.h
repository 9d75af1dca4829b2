/*
 * server_bench.h: the clients' socket of a clerk, and clients of it.
 */
#ifndef TESTS_UNIT_NODE_SERVER_BENCH_H
#define TESTS_UNIT_NODE_SERVER_BENCH_H

#include "node/server.h"
#include "tests/unit/node/clerk_scene.h"
#include "tests/unit/node/client.h"

struct bench {
    struct scene scene;
    struct server *server;
    char address[256];
};

static inline void begin(struct bench *bench)
{
    scene_open(&bench->scene);
    snprintf(bench->address, sizeof bench->address, "ipc://%.200s/clients",
             bench->scene.world->scratch.path);
    assert_ok(server_open(bench->address, bench->scene.clerk, &bench->server));
}

static inline void end(struct bench *bench)
{
    clerk_close(bench->scene.clerk);
    server_close(bench->server);
    scene_close(&bench->scene);
}

/* A request that submits the next statement, and that statement. */
struct signed_request {
    struct signed_statement statement;
    uint8_t buffer[STATEMENT_MAX + 64];
    struct bytes encoded;
};

static inline void signed_request_make(struct bench *bench, struct signed_request *out)
{
    static struct request request;
    out->statement = sign_next(bench->scene.world);
    request = (struct request){.kind = REQUEST_SUBMIT, .encoded = signed_view(&out->statement)};
    struct writer writer = writer_over(out->buffer, sizeof out->buffer);
    request_write(&writer, &request);
    out->encoded = writer_view(&writer);
}

/* A question may be lost where an address changes hands, and every client asks again. */
static inline bool is_answered(struct client *client)
{
    const struct request request = {.kind = REQUEST_STATUS};
    nng_socket_set_ms(client->socket, NNG_OPT_RECVTIMEO, 2000);
    client_ask(client, &request);
    return client_take(client) == 0;
}

static inline bool is_answered_at(const char *address)
{
    struct client client = client_open(address);
    bool is = is_answered(&client);
    client_close(&client);
    return is;
}

#endif
