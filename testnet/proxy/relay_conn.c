#include "testnet/proxy/relay_conn.h"

#include "proto/invariant.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { CALLER, CALLED, ENDS };

/* WAITING: the call is on its way. DIALLING: it has come, and the called one is called. */
enum phase { WAITING, DIALLING, UP, CLOSING };

/* An end of the connection, and the way from it to the other one. */
struct end {
    struct relay_conn *conn;
    uv_tcp_t tcp;
    struct way way;
    bool is_reading;
    bool has_ended; /* it sends no more; the way has been told */
    bool is_gone;   /* it can take nothing any more */
    bool is_shut;   /* it has been told that nothing more comes, or is gone */
    size_t writing; /* bytes to it that its socket has not taken */
    uv_shutdown_t shutdown;
};

struct relay_conn {
    struct relay_conn_options options;
    enum phase phase;
    struct call call;
    struct end end[ENDS];
    uv_poll_t alarm; /* on alarm_fd: the loop's own timers have milliseconds */
    int alarm_fd;
    uv_connect_t dial;
    uv_getaddrinfo_t lookup;
    bool is_looking_up;
    unsigned open_handles;
    uint8_t buffer[RELAY_READ_SIZE];
};

struct delivery {
    uv_write_t write;
    struct end *to;
    struct chunk *chunk;
};

static void tend(struct relay_conn *conn);

static struct end *end_of(const uv_stream_t *stream)
{
    struct relay_conn *conn = stream->data;
    return &conn->end[stream == (uv_stream_t *)&conn->end[CALLER].tcp ? CALLER : CALLED];
}

static struct end *other(struct end *end)
{
    return &end->conn->end[end == &end->conn->end[CALLER] ? CALLED : CALLER];
}

/* ---- closing ---- */

static void free_when_done(struct relay_conn *conn)
{
    if (conn->open_handles > 0 || conn->is_looking_up)
        return;
    for (size_t i = 0; i < ENDS; i++) {
        *conn->options.held -= conn->end[i].way.size;
        way_destroy(&conn->end[i].way);
    }
    close(conn->alarm_fd);
    conn->options.closed(conn->options.context, conn);
    free(conn);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct relay_conn *conn = handle->data;
    conn->open_handles--;
    free_when_done(conn);
}

void relay_conn_close(struct relay_conn *conn)
{
    if (conn->phase == CLOSING)
        return;
    conn->phase = CLOSING;
    if (conn->is_looking_up)
        (void)uv_cancel((uv_req_t *)&conn->lookup); /* else it calls back with its result */
    for (size_t i = 0; i < ENDS; i++)
        uv_close((uv_handle_t *)&conn->end[i].tcp, on_handle_closed);
    uv_close((uv_handle_t *)&conn->alarm, on_handle_closed);
}

/* The caller is told that nobody takes the call. */
static void refuse(struct relay_conn *conn)
{
    if (conn->phase == CLOSING)
        return;
    conn->phase = CLOSING;
    if (uv_tcp_close_reset(&conn->end[CALLER].tcp, on_handle_closed) != 0)
        uv_close((uv_handle_t *)&conn->end[CALLER].tcp, on_handle_closed);
    uv_close((uv_handle_t *)&conn->end[CALLED].tcp, on_handle_closed);
    uv_close((uv_handle_t *)&conn->alarm, on_handle_closed);
}

/* ---- from an end to its way ---- */

static void send_on(struct end *from, struct bytes bytes)
{
    if (way_send(&from->way, bytes, relay_now_us()) == ERR_OK)
        *from->conn->options.held += bytes.size;
    else
        relay_conn_close(from->conn);
}

/* It sends no more. */
static void end_sending(struct end *end)
{
    if (end->has_ended)
        return;
    end->has_ended = true;
    if (end->is_reading)
        uv_read_stop((uv_stream_t *)&end->tcp);
    end->is_reading = false;
    send_on(end, bytes_of(NULL, 0));
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct relay_conn *conn = handle->data;
    (void)suggested;
    *buffer = uv_buf_init((char *)conn->buffer, sizeof conn->buffer);
}

static void lose(struct end *end)
{
    end->is_gone = end->is_shut = true;
    end_sending(end);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct end *end = end_of(stream);
    struct relay_conn *conn = end->conn;
    if (conn->phase != UP || size == 0)
        return;
    if (size > 0)
        send_on(end, bytes_of(buffer->base, (size_t)size));
    else if (size == UV_EOF)
        end_sending(end);
    else
        lose(end);
    if (conn->phase == UP)
        tend(conn);
}

static void set_reading(struct end *end, uint64_t now_us)
{
    const struct way *way = &end->way;
    bool is_much = *end->conn->options.held >= RELAY_HELD_MAX && way->size >= RELAY_HELD_ALWAYS;
    bool wants = !end->has_ended && !is_much && !way_is_full(way, now_us);
    if (wants == end->is_reading)
        return;
    end->is_reading = wants;
    if (wants)
        (void)uv_read_start((uv_stream_t *)&end->tcp, on_room, on_read);
    else
        uv_read_stop((uv_stream_t *)&end->tcp);
}

/* ---- from a way to the other end ---- */

static void on_written(uv_write_t *write, int status)
{
    struct delivery *delivery = write->data;
    struct end *to = delivery->to;
    to->writing -= delivery->chunk->size;
    free(delivery->chunk);
    free(delivery);
    if (to->conn->phase != UP)
        return;
    if (status != 0)
        lose(to);
    if (to->conn->phase == UP)
        tend(to->conn);
}

static void on_shut(uv_shutdown_t *shutdown, int status)
{
    struct end *end = shutdown->data;
    (void)status;
    end->is_shut = true;
    if (end->conn->phase == UP)
        tend(end->conn);
}

/* Owns the chunk. */
static void write_to(struct end *to, struct chunk *chunk)
{
    struct delivery *delivery = malloc(sizeof *delivery);
    if (delivery == NULL) {
        free(chunk);
        relay_conn_close(to->conn);
        return;
    }
    *delivery = (struct delivery){.to = to, .chunk = chunk};
    delivery->write.data = delivery;
    to->writing += chunk->size;
    uv_buf_t buffer = uv_buf_init((char *)chunk->data, (unsigned)chunk->size);
    if (uv_write(&delivery->write, (uv_stream_t *)&to->tcp, &buffer, 1, on_written) == 0)
        return;
    to->writing -= chunk->size;
    free(chunk);
    free(delivery);
    lose(to);
}

static void deliver(struct end *to, struct chunk *chunk)
{
    if (to->is_gone) {
        free(chunk);
    } else if (chunk->size > 0) {
        write_to(to, chunk);
    } else {
        free(chunk);
        to->shutdown.data = to;
        if (uv_shutdown(&to->shutdown, (uv_stream_t *)&to->tcp, on_shut) != 0)
            lose(to);
    }
}

static void carry(struct end *from, uint64_t now_us)
{
    struct end *to = other(from);
    struct chunk *chunk;
    while (from->conn->phase == UP && to->writing < RELAY_WRITING_MAX &&
           (chunk = way_take(&from->way, now_us)) != NULL) {
        *from->conn->options.held -= chunk->size;
        deliver(to, chunk);
    }
}

/* ---- calling ---- */

static void on_dialled(uv_connect_t *dial, int status)
{
    struct relay_conn *conn = dial->data;
    if (conn->phase == CLOSING)
        return;
    if (status != 0) {
        refuse(conn);
        return;
    }
    conn->phase = UP;
    uv_tcp_nodelay(&conn->end[CALLED].tcp, 1);
    tend(conn);
}

static void dial(struct relay_conn *conn, const struct sockaddr *address)
{
    conn->dial.data = conn;
    if (uv_tcp_connect(&conn->dial, &conn->end[CALLED].tcp, address, on_dialled) != 0)
        refuse(conn);
}

static void on_looked_up(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
    struct relay_conn *conn = lookup->data;
    conn->is_looking_up = false;
    if (conn->phase == CLOSING)
        free_when_done(conn);
    else if (status != 0)
        refuse(conn);
    else
        dial(conn, found->ai_addr);
    uv_freeaddrinfo(found);
}

static void call_target(struct relay_conn *conn)
{
    const struct host_port *target = conn->options.target;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    char port[8];
    snprintf(port, sizeof port, "%u", target->port);
    conn->phase = DIALLING;
    conn->lookup.data = conn;
    conn->is_looking_up = uv_getaddrinfo(conn->options.loop, &conn->lookup, on_looked_up,
                                         target->host, port, &hints) == 0;
    if (!conn->is_looking_up)
        refuse(conn);
}

/* Whose call has not come yet, and who has given up: the called one never hears of it. */
static bool has_given_up(const struct relay_conn *conn)
{
    struct pollfd caller = {.events = POLLRDHUP};
    return uv_fileno((const uv_handle_t *)&conn->end[CALLER].tcp, &caller.fd) == 0 &&
           poll(&caller, 1, 0) > 0;
}

/* ---- what is due ---- */

static void on_alarm(uv_poll_t *alarm, int status, int events)
{
    struct relay_conn *conn = alarm->data;
    uint64_t count;
    (void)status;
    (void)events;
    if (conn->phase != CLOSING && read(conn->alarm_fd, &count, sizeof count) == sizeof count)
        tend(conn);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t next_us(struct relay_conn *conn, uint64_t now_us)
{
    uint64_t next = WAY_NEVER;
    if (conn->phase == WAITING)
        return conn->call.next_us;
    for (size_t i = 0; i < ENDS && conn->phase == UP; i++) {
        struct end *end = &conn->end[i];
        if (other(end)->writing < RELAY_WRITING_MAX)
            next = earlier(next, way_next_us(&end->way));
        if (!end->has_ended && way_room_us(&end->way) > now_us)
            next = earlier(next, way_room_us(&end->way));
    }
    return next;
}

static void set_alarm(struct relay_conn *conn)
{
    uint64_t next = next_us(conn, relay_now_us());
    struct itimerspec at = {.it_value = {.tv_sec = 0}}; /* off */
    if (next != WAY_NEVER)
        at.it_value = (struct timespec){.tv_sec = (time_t)(next / 1000000),
                                        .tv_nsec = (long)(next % 1000000) * 1000};
    int result = timerfd_settime(conn->alarm_fd, TFD_TIMER_ABSTIME, &at, NULL);
    invariant(result == 0);
}

static void tend(struct relay_conn *conn)
{
    uint64_t now_us = relay_now_us();
    if (conn->phase == WAITING && has_given_up(conn)) {
        relay_conn_close(conn);
        return;
    }
    if (conn->phase == WAITING && call_take(&conn->call, now_us))
        call_target(conn);
    for (size_t i = 0; i < ENDS && conn->phase == UP; i++)
        carry(&conn->end[i], now_us);
    for (size_t i = 0; i < ENDS && conn->phase == UP; i++)
        set_reading(&conn->end[i], now_us);
    if (conn->phase == UP && conn->end[CALLER].is_shut && conn->end[CALLED].is_shut)
        relay_conn_close(conn);
    if (conn->phase != CLOSING)
        set_alarm(conn);
}

static struct relay_conn *make(const struct relay_conn_options *options)
{
    struct relay_conn *conn = calloc(1, sizeof *conn);
    if (conn == NULL)
        return NULL;
    conn->options = *options;
    conn->open_handles = ENDS + 1;
    conn->alarm_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (conn->alarm_fd < 0 || uv_poll_init(options->loop, &conn->alarm, conn->alarm_fd) != 0) {
        if (conn->alarm_fd >= 0)
            close(conn->alarm_fd);
        free(conn);
        return NULL;
    }
    conn->alarm.data = conn;
    uv_poll_start(&conn->alarm, UV_READABLE, on_alarm);
    for (size_t i = 0; i < ENDS; i++) {
        conn->end[i].conn = conn;
        conn->end[i].tcp.data = conn;
        uv_tcp_init(options->loop, &conn->end[i].tcp);
    }
    way_init(&conn->end[CALLER].way, options->path, options->back);
    way_init(&conn->end[CALLED].way, options->back, options->path);
    return conn;
}

struct relay_conn *relay_conn_accept(uv_stream_t *server, const struct relay_conn_options *options)
{
    struct relay_conn *conn = make(options);
    if (conn == NULL)
        return NULL;
    if (uv_accept(server, (uv_stream_t *)&conn->end[CALLER].tcp) != 0) {
        relay_conn_close(conn);
        return conn;
    }
    uv_tcp_nodelay(&conn->end[CALLER].tcp, 1);
    call_begin(&conn->call, options->path, options->back, relay_now_us());
    set_alarm(conn);
    return conn;
}
