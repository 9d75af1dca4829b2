#include "node/server_conn.h"

#include "node/clock.h"
#include "proto/invariant.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is read at once, and kept of a connection that is silent; a larger request has more. */
#define INPUT_SIZE ((size_t)4096)

/* Bytes of an answer that the client has not taken yet. */
struct rest {
    struct rest *next;
    size_t at;
    size_t size;
    uint8_t bytes[];
};

struct conn_call {
    struct call call;
    struct conn *conn;
    struct conn_call *next;
    struct conn_call *before;
    uint32_t id;
    uint8_t *request; /* NULL: the bytes were not kept */
};

struct conn {
    struct conns *conns;
    struct conn *next;
    enum sp_transport transport;
    bool is_local;
    /* The server's thread: */
    bool is_greeted;
    uint64_t asked_ms; /* when its last request had come; before the first, it itself */
    uint8_t *input;
    size_t capacity;
    size_t size;
    /* Under the mutex: */
    pthread_mutex_t mutex;
    int fd; /* -1: closed */
    bool is_broken;
    bool is_paused;
    size_t call_count;
    struct conn_call *calls;
    struct rest *rest; /* in order */
    struct rest **rest_end;
    uint64_t resting_ms; /* since when the client takes nothing */
};

/* The call came to nothing, and the connection is sound. */
static bool is_for_now(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* ---- answers, on any thread, under the mutex ---- */

static void watch(struct conn *conn)
{
    struct epoll_event event = {.data.ptr = conn};
    event.events =
        (conn->is_paused ? 0u : (uint32_t)EPOLLIN) | (conn->rest == NULL ? 0u : (uint32_t)EPOLLOUT);
    if (conn->fd != -1 && epoll_ctl(conn->conns->epoll, EPOLL_CTL_MOD, conn->fd, &event) != 0)
        conn->is_broken = true;
}

/* The server's thread sees that as the end of the connection. */
static void break_off(struct conn *conn)
{
    conn->is_broken = true;
    (void)shutdown(conn->fd, SHUT_RDWR);
}

static void rest_free(struct conns *conns, struct rest *rest)
{
    atomic_fetch_sub(&conns->rest_bytes, rest->size);
    free(rest);
}

static struct rest *rest_make(struct conns *conns, size_t size)
{
    size_t before = atomic_fetch_add(&conns->rest_bytes, size);
    bool fits = before <= CONNS_REST_MAX && CONNS_REST_MAX - before >= size;
    struct rest *rest = fits ? malloc(sizeof *rest + size) : NULL;
    if (rest == NULL)
        atomic_fetch_sub(&conns->rest_bytes, size);
    else
        *rest = (struct rest){.size = size};
    return rest;
}

static void keep_rest(struct conn *conn, struct bytes head, struct bytes body, size_t sent)
{
    size_t size = head.size + body.size - sent;
    struct rest *rest = rest_make(conn->conns, size);
    if (rest == NULL) {
        break_off(conn);
        return;
    }
    size_t of_head = sent < head.size ? head.size - sent : 0;
    size_t of_body = size - of_head;
    if (of_head > 0)
        memcpy(rest->bytes, head.data + sent, of_head);
    if (of_body > 0)
        memcpy(rest->bytes + of_head, body.data + body.size - of_body, of_body);
    if (conn->rest == NULL)
        conn->resting_ms = clock_monotonic_ms();
    *conn->rest_end = rest;
    conn->rest_end = &rest->next;
}

static void send_answer(struct conn *conn, uint32_t id, struct bytes body)
{
    uint8_t buffer[SP_HEAD_SIZE_MAX];
    struct writer writer = writer_over(buffer, sizeof buffer);
    sp_head_write(&writer, conn->transport, id, body.size);
    struct bytes head = writer_view(&writer);
    /* NOLINTNEXTLINE(performance-no-int-to-ptr): sendmsg() only reads it */
    void *rest_of_it = (void *)(uintptr_t)body.data;
    struct iovec parts[2] = {{.iov_base = buffer, .iov_len = head.size},
                             {.iov_base = rest_of_it, .iov_len = body.size}};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t sent = 0;
    if (conn->rest == NULL)
        sent = sendmsg(conn->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && !is_for_now()) {
        break_off(conn);
        return;
    }
    size_t taken = sent < 0 ? 0 : (size_t)sent;
    if (taken == head.size + body.size)
        return;
    keep_rest(conn, head, body, taken);
    watch(conn);
}

/* ---- calls ---- */

static void unlink_call(struct conn_call *call)
{
    struct conn *conn = call->conn;
    if (call->before != NULL)
        call->before->next = call->next;
    else
        conn->calls = call->next;
    if (call->next != NULL)
        call->next->before = call->before;
    conn->call_count--;
    atomic_fetch_sub(&conn->conns->calls, 1);
}

static void call_free(struct conn_call *call)
{
    free(call->request);
    free(call);
}

static void forget(struct call *base)
{
    struct conn_call *call = (struct conn_call *)base;
    free(call->request);
    call->request = NULL;
}

static void answer(struct call *base, struct bytes response)
{
    struct conn_call *call = (struct conn_call *)base;
    struct conn *conn = call->conn;
    struct conns *conns = conn->conns;
    pthread_mutex_lock(&conn->mutex);
    if (conn->fd != -1 && !conn->is_broken)
        send_answer(conn, call->id, response);
    unlink_call(call);
    bool is_awaited = conn->rest != NULL || conn->fd == -1; /* for its time-out, or its end */
    pthread_mutex_unlock(&conn->mutex);
    call_free(call);
    if (is_awaited || atomic_load(&conns->paused) > 0)
        conns->wake(conns->context);
}

static bool is_local(const struct call *base)
{
    return ((const struct conn_call *)base)->conn->is_local;
}

static const struct call_way way = {
    .face = FACE_CLIENT, .forget = forget, .answer = answer, .is_local = is_local};

static struct conn_call *call_make(struct conn *conn, uint32_t id)
{
    struct conn_call *call = malloc(sizeof *call);
    if (call == NULL)
        return NULL;
    *call = (struct conn_call){.call = {.way = &way}, .conn = conn, .id = id};
    pthread_mutex_lock(&conn->mutex);
    call->next = conn->calls;
    if (conn->calls != NULL)
        conn->calls->before = call;
    conn->calls = call;
    conn->call_count++;
    pthread_mutex_unlock(&conn->mutex);
    atomic_fetch_add(&conn->conns->calls, 1);
    return call;
}

/* ---- room, on the server's thread ---- */

/* Under the mutex; it is not read before the next watch(). */
static void end_pause(struct conn *conn)
{
    if (conn->is_paused)
        atomic_fetch_sub(&conn->conns->paused, 1);
    conn->is_paused = false;
}

static void hang_up(struct conn *conn)
{
    pthread_mutex_lock(&conn->mutex);
    /* A child between fork and exec holds it open: then closing does not end the watch, and what is
     * seen next is a connection that has been freed. */
    (void)epoll_ctl(conn->conns->epoll, EPOLL_CTL_DEL, conn->fd, NULL);
    close(conn->fd);
    conn->fd = -1;
    conn->conns->open_count--;
    end_pause(conn);
    while (conn->rest != NULL) {
        struct rest *rest = conn->rest;
        conn->rest = rest->next;
        rest_free(conn->conns, rest);
    }
    pthread_mutex_unlock(&conn->mutex);
    conn->conns->input_bytes -= conn->capacity;
    free(conn->input);
    conn->input = NULL;
    conn->capacity = conn->size = 0;
}

/* It waits for nothing. */
static bool is_silent(struct conn *conn)
{
    pthread_mutex_lock(&conn->mutex);
    bool is = conn->fd != -1 && conn->call_count == 0 && conn->rest == NULL;
    pthread_mutex_unlock(&conn->mutex);
    return is;
}

/* Hangs up on the one that has asked nothing for the longest, of those but one that have taken so
 * much. False: there is none. */
static bool make_room(struct conns *conns, const struct conn *but, size_t capacity)
{
    struct conn *found = NULL;
    for (struct conn *conn = conns->first; conn != NULL; conn = conn->next) {
        bool is_older =
            found == NULL || conn->asked_ms <= found->asked_ms; /* the last came first */
        if (conn != but && conn->capacity >= capacity && is_older && is_silent(conn))
            found = conn;
    }
    if (found != NULL)
        hang_up(found);
    return found != NULL;
}

bool conns_make_room(struct conns *conns)
{
    return make_room(conns, NULL, 0);
}

static bool has_room_for(struct conn *conn, size_t size)
{
    struct conns *conns = conn->conns;
    size_t capacity = size < INPUT_SIZE ? INPUT_SIZE : size;
    if (capacity == conn->capacity || (capacity < conn->capacity && capacity < conn->size))
        return true;
    size_t others = conns->input_bytes - conn->capacity;
    while (CONNS_INPUT_MAX - others < capacity && make_room(conns, conn, INPUT_SIZE + 1))
        others = conns->input_bytes - conn->capacity;
    uint8_t *input = CONNS_INPUT_MAX - others < capacity ? NULL : realloc(conn->input, capacity);
    if (input == NULL)
        return false;
    conns->input_bytes = others + capacity;
    conn->input = input;
    conn->capacity = capacity;
    return true;
}

/* ---- requests, on the server's thread ---- */

/* False: no memory. A submission goes straight to the loop, and its bytes are copied but once. */
static bool take(struct conn *conn, const struct sp_frame *frame)
{
    struct conns *conns = conn->conns;
    struct conn_call *call = call_make(conn, frame->id);
    if (call == NULL)
        return false;
    conn->asked_ms = clock_monotonic_ms();
    call->call.request = frame->request;
    if (request_is_submission(frame->request)) {
        clerk_submit(conns->clerk, &call->call, &conns->parsed);
        return true;
    }
    bool is_large = frame->request.size > QUESTION_SIZE_MAX;
    if (!is_large)
        call->request = malloc(frame->request.size + 1); /* it may be empty */
    if (call->request == NULL) {
        clerk_refuse(conns->clerk, &call->call, is_large ? ERR_TOO_LARGE : ERR_BUSY);
        return true;
    }
    if (frame->request.size > 0)
        memcpy(call->request, frame->request.data, frame->request.size);
    call->call.request = bytes_of(call->request, frame->request.size);
    clerk_take(conns->clerk, &call->call);
    return true;
}

/* Whether it may be read on; notes and watches if not, and if so again. */
static bool may_read(struct conn *conn)
{
    struct conns *conns = conn->conns;
    pthread_mutex_lock(&conn->mutex);
    bool may = conn->rest == NULL && conn->call_count < CONN_CALLS_MAX &&
               atomic_load(&conns->calls) < conns->calls_max;
    if (may == conn->is_paused) {
        conn->is_paused = !may;
        if (may)
            atomic_fetch_sub(&conns->paused, 1);
        else
            atomic_fetch_add(&conns->paused, 1);
        watch(conn);
    }
    pthread_mutex_unlock(&conn->mutex);
    return may;
}

/* What ends while a connection is being paused would wake nobody: so it is asked twice. */
static bool is_readable(struct conn *conn)
{
    if (may_read(conn))
        return true;
    return may_read(conn);
}

static enum err greet(struct conn *conn, size_t *used)
{
    if (conn->size < SP_GREETING_SIZE)
        return ERR_TRUNCATED;
    conn->is_greeted = true;
    *used = SP_GREETING_SIZE;
    return sp_greeting_check(bytes_of(conn->input, SP_GREETING_SIZE));
}

/* Takes the whole requests of the input, as long as it may. False: it is over. */
static bool take_input(struct conn *conn)
{
    struct sp_frame frame = {.size = 0};
    size_t used = 0;
    enum err err = conn->is_greeted ? ERR_OK : greet(conn, &used);
    while (err == ERR_OK && is_readable(conn)) {
        err = sp_read(conn->transport, bytes_of(conn->input + used, conn->size - used),
                      REQUEST_SIZE_MAX, &frame);
        if (err == ERR_OK && !take(conn, &frame))
            err = ERR_MEMORY;
        if (err == ERR_OK)
            used += frame.size;
    }
    if (err != ERR_OK && err != ERR_TRUNCATED)
        return false;
    conn->size -= used;
    memmove(conn->input, conn->input + used, conn->size);
    return has_room_for(conn, err == ERR_TRUNCATED ? frame.size : conn->size);
}

static bool read_input(struct conn *conn)
{
    ssize_t got =
        recv(conn->fd, conn->input + conn->size, conn->capacity - conn->size, MSG_DONTWAIT);
    if (got < 0 && is_for_now())
        return true;
    if (got <= 0)
        return false;
    conn->size += (size_t)got;
    return take_input(conn);
}

static void write_rest(struct conn *conn)
{
    pthread_mutex_lock(&conn->mutex);
    while (conn->rest != NULL && !conn->is_broken) {
        struct rest *rest = conn->rest;
        ssize_t sent = send(conn->fd, rest->bytes + rest->at, rest->size - rest->at,
                            MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0) {
            conn->is_broken = !is_for_now();
            break;
        }
        conn->resting_ms = clock_monotonic_ms();
        rest->at += (size_t)sent;
        if (rest->at < rest->size)
            break;
        conn->rest = rest->next;
        if (conn->rest == NULL)
            conn->rest_end = &conn->rest;
        rest_free(conn->conns, rest);
    }
    watch(conn);
    pthread_mutex_unlock(&conn->mutex);
}

/* ---- life ---- */

static void conn_free(struct conn *conn)
{
    struct conn_call *next;
    for (struct conn_call *call = conn->calls; call != NULL; call = next) { /* at the end of all */
        next = call->next;
        call_free(call);
    }
    pthread_mutex_destroy(&conn->mutex);
    free(conn);
}

void conns_add(struct conns *conns, int fd, enum sp_transport transport, bool is_local_)
{
    struct conn *conn = malloc(sizeof *conn);
    uint8_t *input = malloc(INPUT_SIZE);
    struct bytes greeting = sp_greeting();
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = conn};
    if (conn == NULL || input == NULL ||
        send(fd, greeting.data, greeting.size, MSG_NOSIGNAL) != (ssize_t)greeting.size ||
        epoll_ctl(conns->epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        free(conn);
        free(input);
        close(fd);
        return;
    }
    *conn = (struct conn){.conns = conns,
                          .next = conns->first,
                          .transport = transport,
                          .is_local = is_local_,
                          .asked_ms = clock_monotonic_ms(),
                          .input = input,
                          .capacity = INPUT_SIZE,
                          .fd = fd,
                          .rest_end = &conn->rest};
    pthread_mutex_init(&conn->mutex, NULL);
    conns->first = conn;
    conns->open_count++;
    conns->input_bytes += INPUT_SIZE;
}

/* What is asked of a connection in one look. */
struct look {
    bool is_open;
    bool is_broken;
    bool is_paused;
    bool is_done; /* closed, and no call is under way */
    uint64_t due_ms;
};

static struct look look_at(struct conn *conn)
{
    pthread_mutex_lock(&conn->mutex);
    struct look look = {
        .is_open = conn->fd != -1,
        .is_broken = conn->is_broken,
        .is_paused = conn->is_paused,
        .is_done = conn->fd == -1 && conn->call_count == 0,
        .due_ms = UINT64_MAX,
    };
    if (look.is_open && conn->rest != NULL)
        look.due_ms = conn->resting_ms + CONN_PATIENCE_MS;
    else if (look.is_open && !conn->is_greeted)
        look.due_ms = conn->asked_ms + CONN_PATIENCE_MS;
    pthread_mutex_unlock(&conn->mutex);
    return look;
}

/* False: it is over. */
static bool go_on(struct conn *conn, const struct look *look)
{
    return !look->is_broken && (!look->is_paused || !is_readable(conn) || take_input(conn));
}

void conn_work(struct conn *conn, uint32_t events)
{
    if ((events & EPOLLOUT) != 0)
        write_rest(conn);
    struct look look = look_at(conn);
    if (!look.is_open)
        return; /* another one needed its room, since these events were fetched */
    bool goes_on = (events & (EPOLLERR | EPOLLHUP)) == 0 && go_on(conn, &look);
    if (goes_on && !look.is_paused && (events & EPOLLIN) != 0)
        goes_on = read_input(conn);
    if (!goes_on)
        hang_up(conn);
}

uint64_t conns_tend(struct conns *conns)
{
    uint64_t now_ms = clock_monotonic_ms();
    uint64_t due_ms = UINT64_MAX;
    struct conn **at = &conns->first;
    while (*at != NULL) {
        struct conn *conn = *at;
        struct look look = look_at(conn);
        if (look.is_open && (look.due_ms <= now_ms || !go_on(conn, &look)))
            hang_up(conn);
        else if (look.is_open && look.due_ms < due_ms)
            due_ms = look.due_ms;
        if (look.is_done) {
            *at = conn->next;
            conn_free(conn);
        } else {
            at = &conn->next;
        }
    }
    return due_ms;
}

/* Takes no more requests; ends what is sent to it after its last answer, and it itself when it has
 * ended, too. */
static void part(struct conn *conn)
{
    pthread_mutex_lock(&conn->mutex);
    end_pause(conn);
    pthread_mutex_unlock(&conn->mutex);
    write_rest(conn);
    if (conn->rest == NULL)
        (void)shutdown(conn->fd, SHUT_WR);
    ssize_t got = recv(conn->fd, conn->input, conn->capacity, MSG_DONTWAIT);
    bool is_there = got > 0 || (got < 0 && is_for_now());
    if (!is_there || conn->is_broken)
        hang_up(conn);
}

/* NNG forgets what it has not read yet of a socket that the other side has closed, and closing with
 * requests unread takes answers back: so the clients close first. */
static void part_from_all(struct conns *conns)
{
    struct epoll_event events[16];
    uint64_t now_ms = clock_monotonic_ms();
    uint64_t end_ms = now_ms + CONN_PATIENCE_MS;
    for (struct conn *conn = conns->first; conn != NULL; conn = conn->next) {
        if (conn->fd != -1)
            part(conn);
    }
    for (; conns->open_count > 0 && now_ms < end_ms; now_ms = clock_monotonic_ms()) {
        int count = epoll_wait(conns->epoll, events, 16, (int)(end_ms - now_ms));
        for (int i = 0; i < count; i++)
            part(events[i].data.ptr);
    }
}

void conns_close(struct conns *conns)
{
    part_from_all(conns);
    while (conns->first != NULL) {
        struct conn *conn = conns->first;
        conns->first = conn->next;
        if (conn->fd != -1)
            hang_up(conn);
        conn_free(conn);
    }
}
