#include "front/listener.h"

#include "proto/invariant.h"

#include <netinet/in.h>

#define BACKLOG 4096 /* clients that come at once; the kernel's somaxconn bounds it */

static enum err bind_to(uv_loop_t *loop, const struct host_port *address, uv_tcp_t *out)
{
    char port[6];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    uv_getaddrinfo_t found;
    snprintf(port, sizeof port, "%u", address->port);
    if (uv_getaddrinfo(loop, &found, NULL, address->host, port, &hints) != 0)
        return ERR_NETWORK;
    int bound = uv_tcp_bind(out, found.addrinfo->ai_addr, 0);
    uv_freeaddrinfo(found.addrinfo);
    return bound == 0 ? ERR_OK : ERR_NETWORK;
}

enum err listener_open(uv_loop_t *loop, const struct host_port *address, uv_connection_cb on_call,
                       uv_tcp_t *out)
{
    invariant(uv_tcp_init(loop, out) == 0); /* it opens nothing yet */
    enum err err = bind_to(loop, address, out);
    if (err == ERR_OK && uv_listen((uv_stream_t *)out, BACKLOG, on_call) != 0)
        err = ERR_NETWORK;
    return err;
}

uint16_t listener_port(const uv_tcp_t *listener)
{
    struct sockaddr_storage name = {.ss_family = AF_UNSPEC};
    int size = sizeof name;
    if (uv_tcp_getsockname(listener, (struct sockaddr *)&name, &size) != 0)
        return 0;
    /* The port lies at the same place in both families. */
    return ntohs(((const struct sockaddr_in *)&name)->sin_port);
}
