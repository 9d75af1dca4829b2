#include "front/gsup_front.h"

#include "front/front.h"
#include "front/gsup_conn.h"
#include "front/listener.h"
#include "proto/invariant.h"

#include <stddef.h>
#include <stdlib.h>

#define AT(field) offsetof(struct gsup_options, field)

/* How often it is looked who is silent, in parts of `idle_ms`. */
#define LOOKS_PER_IDLE 4

static const char *const unknown_words[] = {"ack", "nack", NULL};

static const struct setting rows[] = {
    {"listen", SETTING_ADDRESS, AT(listen),
     "Where MSCs and SGSNs connect to. GSUP is neither encrypted nor does it say who asks: keep "
     "it\n"
     "on this machine or on the core's own network.",
     .standard = "127.0.0.1:4222"},
    {"unknown", SETTING_WORD, AT(unknown),
     "What is said of unknown equipment, for which GSUP has no word: ack or nack.",
     .standard = "ack", .min = GSUP_UNKNOWN_ACK, .words = unknown_words},
    {"connections", SETTING_NUMBER, AT(connections_max), "How many at once; more are hung up on.",
     .standard = "256", .min = 1, .max = 4096},
    {"idle_ms", SETTING_NUMBER, AT(idle_ms),
     "A connection that is silent so long is pinged; after as long again it is closed, as is one\n"
     "that does not take its answers so long.",
     .standard = "30000", .min = 100, .max = 3600000},
};

const struct settings gsup_settings = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .lists = "imeid --print-config",
};

struct gsup_front {
    struct gsup_options options;
    struct front *front;
    struct gsup_conns conns;
    uv_tcp_t listener;
    uv_timer_t timer;
    uint16_t port;
};

static void on_call(uv_stream_t *listener, int status)
{
    struct gsup_front *front = listener->data;
    if (status == 0)
        gsup_conn_accept(&front->conns, listener);
}

static void on_timer(uv_timer_t *timer)
{
    struct gsup_front *front = timer->data;
    gsup_conns_look(&front->conns);
    if (front->conns.has_caller)
        gsup_conn_accept(&front->conns, (uv_stream_t *)&front->listener);
}

static void close_handles(struct gsup_front *front)
{
    uv_close((uv_handle_t *)&front->listener, NULL);
    uv_close((uv_handle_t *)&front->timer, NULL);
}

static enum err front_open(void *context, uv_loop_t *loop, struct eir_desk *desk)
{
    struct gsup_front *front = context;
    const struct gsup_options *options = &front->options;
    uint64_t every_ms = options->idle_ms / LOOKS_PER_IDLE;
    front->conns.desk = desk;
    front->listener.data = front->timer.data = front;
    invariant(uv_timer_init(loop, &front->timer) == 0);
    enum err err = listener_open(loop, &options->listen, on_call, &front->listener);
    if (err == ERR_OK && uv_timer_start(&front->timer, on_timer, every_ms, every_ms) != 0)
        err = ERR_INTERNAL;
    if (err == ERR_OK)
        front->port = listener_port(&front->listener);
    else
        close_handles(front);
    return err;
}

static void front_close(void *context)
{
    struct gsup_front *front = context;
    gsup_conns_close(&front->conns);
    close_handles(front);
}

enum err gsup_front_open(const struct gsup_options *options, struct eir *eir,
                         struct gsup_front **out)
{
    struct gsup_front *front = calloc(1, sizeof *front);
    *out = NULL;
    if (front == NULL)
        return ERR_MEMORY;
    front->options = *options;
    front->conns.options = &front->options;
    struct front_options starting = {
        .name = "gsup",
        .eir = eir,
        .face = FACE_GSUP,
        .open = front_open,
        .close = front_close,
        .context = front,
    };
    enum err err = front_start(&starting, &front->front);
    if (err == ERR_OK)
        *out = front;
    else
        free(front);
    return err;
}

void gsup_front_close(struct gsup_front *front)
{
    if (front == NULL)
        return;
    front_stop(front->front);
    free(front);
}

uint16_t gsup_front_port(const struct gsup_front *front)
{
    return front->port;
}
