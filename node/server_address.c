#include "node/server_address.h"

#include "proto/number.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define BACKLOG 512 /* the kernel's somaxconn bounds it */

#define HOST_SIZE 256
#define PORT_SIZE 6

#define TCP "tcp://"
#define IPC "ipc://"

static int say(const char **why, const char *text)
{
    *why = text;
    return -1;
}

static int listen_at(int family, const struct sockaddr *address, socklen_t size)
{
    int on = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd == -1)
        return -1;
    if (family != AF_UNIX)
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, address, size) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int number = errno;
    close(fd);
    errno = number;
    return -1;
}

/* ---- sockets in the file system ---- */

/* Its process has ended without taking the name away. */
static bool is_left_behind(const struct sockaddr_un *name)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd == -1)
        return false;
    bool is =
        connect(fd, (const struct sockaddr *)name, sizeof *name) != 0 && errno == ECONNREFUSED;
    close(fd);
    return is;
}

static int listen_on_path(const char *path, struct server_address *out, const char **why)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    size_t size = strlen(path);
    if (size == 0 || size >= sizeof name.sun_path)
        return say(why, "the path is empty or too long");
    memcpy(name.sun_path, path, size + 1);
    memcpy(out->path, path, size + 1);
    int fd = listen_at(AF_UNIX, (struct sockaddr *)&name, sizeof name);
    if (fd == -1 && errno == EADDRINUSE && is_left_behind(&name) && unlink(path) == 0)
        fd = listen_at(AF_UNIX, (struct sockaddr *)&name, sizeof name);
    return fd == -1 ? say(why, strerror(errno)) : fd;
}

/* ---- TCP ---- */

/* HOST:PORT or [HOST]:PORT, into two texts. */
static bool split(const char *text, char host[HOST_SIZE], char port[PORT_SIZE])
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL)
        return false;
    size_t host_size = (size_t)(colon - text);
    size_t port_size = strlen(colon + 1);
    bool is_bracketed = host_size >= 2 && text[0] == '[' && colon[-1] == ']';
    if (is_bracketed) {
        text++;
        host_size -= 2;
    }
    uint64_t number; /* the library takes 65536 for 0 */
    if (host_size >= HOST_SIZE || port_size >= PORT_SIZE ||
        number_parse(colon + 1, 0, 65535, &number) != ERR_OK)
        return false;
    memcpy(host, text, host_size);
    host[host_size] = '\0';
    memcpy(port, colon + 1, port_size + 1);
    return true;
}

static int listen_on_host(const char *text, const char **why)
{
    char host[HOST_SIZE];
    char port[PORT_SIZE];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found;
    if (!split(text, host, port))
        return say(why, "tcp://HOST:PORT is wanted");
    bool is_any = host[0] == '\0' || strcmp(host, "*") == 0;
    int result = getaddrinfo(is_any ? NULL : host, port, &hints, &found);
    if (result != 0)
        return say(why, gai_strerror(result));
    int fd = listen_at(found->ai_family, found->ai_addr, found->ai_addrlen);
    if (fd == -1)
        (void)say(why, strerror(errno));
    freeaddrinfo(found);
    return fd;
}

int server_listen(const char *text, struct server_address *out, const char **why)
{
    *out = (struct server_address){.transport = SP_TCP};
    if (strncmp(text, TCP, strlen(TCP)) == 0)
        return listen_on_host(text + strlen(TCP), why);
    out->transport = SP_IPC;
    if (strncmp(text, IPC, strlen(IPC)) == 0)
        return listen_on_path(text + strlen(IPC), out, why);
    return say(why, "tcp://HOST:PORT or ipc:///PATH is wanted");
}

void server_hush(const struct server_address *address, int listener)
{
    if (listener == -1)
        return;
    if (address->transport == SP_IPC)
        (void)unlink(address->path);
    close(listener);
}

/* ---- who calls ---- */

static bool is_loopback(const struct sockaddr_storage *peer)
{
    if (peer->ss_family == AF_INET) {
        const struct sockaddr_in *four = (const struct sockaddr_in *)peer;
        return ntohl(four->sin_addr.s_addr) >> 24 == 127;
    }
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)peer;
    if (peer->ss_family != AF_INET6)
        return false;
    if (IN6_IS_ADDR_V4MAPPED(&six->sin6_addr))
        return six->sin6_addr.s6_addr[12] == 127;
    return IN6_IS_ADDR_LOOPBACK(&six->sin6_addr);
}

bool server_is_local(const struct server_address *address, int fd)
{
    struct sockaddr_storage peer = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof peer;
    if (address->transport == SP_IPC)
        return true;
    return getpeername(fd, (struct sockaddr *)&peer, &size) == 0 && is_loopback(&peer);
}
