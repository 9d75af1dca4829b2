#include "node/server.h"

#include "node/clock.h"
#include "node/log.h"
#include "node/server_address.h"
#include "node/server_conn.h"
#include "proto/invariant.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Events of one look: as many answers as are asked for in it may wait for each other. */
#define EVENTS_MAX 64

/* How long nobody is let in when there is no room for one more connection in this process or on the
 * machine: the caller waits, and would be seen again at once. */
#define FULL_MS 100

struct server {
    struct conns conns;
    struct server_address address;
    int listener;
    int wake;
    pthread_t thread;
    bool has_thread;
    atomic_bool is_closing;
    uint64_t full_until_ms; /* 0: callers are let in */
};

/* Any thread. */
static void wake(void *context)
{
    const struct server *server = context;
    const uint64_t one = 1;
    ssize_t written = write(server->wake, &one, sizeof one);
    (void)written; /* when it is full, the thread wakes anyway */
}

static bool watch(struct server *server, int operation, int fd, uint32_t events)
{
    /* What is no connection has the address of its own descriptor as its data. */
    int *data = fd == server->listener ? &server->listener : &server->wake;
    struct epoll_event event = {.events = events, .data.ptr = data};
    return epoll_ctl(server->conns.epoll, operation, fd, &event) == 0;
}

/* ---- on the thread ---- */

static void let_in(struct server *server, int fd)
{
    int on = 1;
    if (server->conns.open_count >= SERVER_CONNECTIONS_MAX && !conns_make_room(&server->conns)) {
        close(fd);
        return;
    }
    if (server->address.transport == SP_TCP) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    }
    conns_add(&server->conns, fd, server->address.transport, server_is_local(&server->address, fd));
}

static void answer_callers(struct server *server)
{
    for (int i = 0; i < EVENTS_MAX; i++) {
        int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd != -1) {
            let_in(server, fd);
            continue;
        }
        bool is_full = errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS;
        if (is_full && watch(server, EPOLL_CTL_MOD, server->listener, 0))
            server->full_until_ms = clock_monotonic_ms() + FULL_MS;
        if (errno != ECONNABORTED && errno != EINTR)
            return;
    }
}

static void take_event(struct server *server, const struct epoll_event *event)
{
    uint64_t count;
    if (event->data.ptr == &server->listener)
        answer_callers(server);
    else if (event->data.ptr == &server->wake)
        invariant(read(server->wake, &count, sizeof count) == sizeof count);
    else
        conn_work(event->data.ptr, event->events);
}

static int wait_ms(struct server *server, uint64_t due_ms)
{
    uint64_t now_ms = clock_monotonic_ms();
    if (server->full_until_ms != 0 && server->full_until_ms <= now_ms &&
        watch(server, EPOLL_CTL_MOD, server->listener, EPOLLIN))
        server->full_until_ms = 0;
    if (server->full_until_ms != 0 && server->full_until_ms < due_ms)
        due_ms = server->full_until_ms;
    if (due_ms == UINT64_MAX)
        return -1;
    return due_ms > now_ms ? (int)(due_ms - now_ms) : 0;
}

static void *run(void *context)
{
    struct server *server = context;
    struct epoll_event events[EVENTS_MAX];
    while (!atomic_load(&server->is_closing)) {
        int timeout_ms = wait_ms(server, conns_tend(&server->conns));
        int count = epoll_wait(server->conns.epoll, events, EVENTS_MAX, timeout_ms);
        invariant(count >= 0 || errno == EINTR);
        for (int i = 0; i < count; i++)
            take_event(server, &events[i]);
    }
    return NULL;
}

/* ---- life ---- */

static enum err begin(struct server *server)
{
    server->conns.epoll = epoll_create1(EPOLL_CLOEXEC);
    server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (server->conns.epoll == -1 || server->wake == -1 ||
        !watch(server, EPOLL_CTL_ADD, server->wake, EPOLLIN) ||
        !watch(server, EPOLL_CTL_ADD, server->listener, EPOLLIN))
        return ERR_IO;
    if (pthread_create(&server->thread, NULL, run, server) != 0)
        return ERR_MEMORY;
    (void)pthread_setname_np(server->thread, "clients");
    server->has_thread = true;
    return ERR_OK;
}

enum err server_open(const char *address, struct clerk *clerk, struct server **out)
{
    *out = NULL;
    struct server *server = calloc(1, sizeof *server);
    if (server == NULL)
        return ERR_MEMORY;
    *server = (struct server){
        .conns = {.clerk = clerk,
                  .epoll = -1,
                  .calls_max = SERVER_CALLS_MAX,
                  .wake = wake,
                  .context = server},
        .listener = -1,
        .wake = -1,
    };
    const char *why;
    server->listener = server_listen(address, &server->address, &why);
    enum err err = server->listener == -1 ? ERR_NETWORK : begin(server);
    if (server->listener == -1)
        log_event(LOG_ERROR, "clients", "address=\"%s\" why=\"%s\" do=\"%s\"", address, why,
                  "free the address, or set another 'clients'");
    if (err == ERR_OK)
        *out = server;
    else
        server_close(server);
    return err;
}

void server_close(struct server *server)
{
    if (server == NULL)
        return;
    atomic_store(&server->is_closing, true);
    if (server->has_thread) {
        wake(server);
        pthread_join(server->thread, NULL);
        (void)watch(server, EPOLL_CTL_DEL, server->listener, 0);
        (void)watch(server, EPOLL_CTL_DEL, server->wake, 0);
    }
    server_hush(&server->address, server->listener);
    conns_close(&server->conns);
    if (server->wake != -1)
        close(server->wake);
    if (server->conns.epoll != -1)
        close(server->conns.epoll);
    free(server);
}
