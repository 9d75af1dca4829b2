/* What a client sends to the HTTP server, HTTP/1.1 or HTTP/2, through a socket: nothing of it is
 * left when the client has gone, and what it is told is HTTP. */
#include "front/http.h"
#include "proto/invariant.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uv_loop_t loop;
static struct http_server *server;

static void echo(void *context, struct http_request *request)
{
    (void)context;
    struct http_response response = {.status = 200,
                                     .content_type = "text/plain",
                                     .body =
                                         request->body.size > 0 ? request->body : request->query};
    http_answer(request, &response);
}

static void open_server(void)
{
    static const struct http_route routes[] = {
        {"/echo/{what}", METHOD_GET | METHOD_POST, 1000, echo, NULL},
        {"/any/*", 0, 1000, echo, NULL},
    };
    struct http_options options = {.listen = {.host = "127.0.0.1"},
                                   .prefix = "",
                                   .routes = routes,
                                   .route_count = 2,
                                   .certificate = "",
                                   .certificate_key = "",
                                   .client_ca = "",
                                   .connections_max = 10,
                                   .streams_max = 10,
                                   .requests_max = 10,
                                   .idle_ms = 1000};
    struct complaint complaint;
    invariant(uv_loop_init(&loop) == 0);
    invariant(http_open(&loop, &options, &server, &complaint) == ERR_OK);
}

/* -1 when this machine has no port left for one more client, or the fuzzer's clock came between. */
static int dial(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(http_port(server)),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct linger reset = {.l_onoff = 1}; /* leaves no port behind that waits */
    invariant(fd >= 0);
    invariant(setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset) == 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    invariant(errno == EADDRNOTAVAIL || errno == EINTR);
    close(fd);
    return -1;
}

/* Until the client has been heard: the server has accepted it, and read what it reads. */
static void run_some(void)
{
    for (int i = 0; i < 4; i++)
        uv_run(&loop, UV_RUN_NOWAIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_counts counts;
    char answer[4096];
    if (server == NULL)
        open_server();
    int fd = dial();
    if (fd < 0)
        return -1; /* not for the corpus */
    for (size_t at = 0; at < size;) {
        ssize_t sent = send(fd, data + at, size - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        run_some();
        if (sent <= 0)
            break;
        at += (size_t)sent;
    }
    run_some();
    ssize_t got = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
    bool is_h2 = size >= 3 && memcmp(data, "PRI", 3) == 0;
    if (got >= 9)
        invariant(is_h2 ? answer[3] == 4 : memcmp(answer, "HTTP/1.1 ", 9) == 0);
    close(fd);
    do {
        uv_run(&loop, UV_RUN_NOWAIT);
        http_count(server, &counts);
    } while (counts.connections > 0);
    invariant(counts.under_way == 0);
    return 0;
}
