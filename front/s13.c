#include "front/s13.h"

#include "front/diameter_process.h"
#include "front/front.h"
#include "front/s13_wire.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { START_MS = 30000, AGAIN_MS = 1000, LEAVE_MS = 5000, AT_ONCE = 1024 };

enum s13_phase { S13_STARTING, S13_SERVING, S13_WAITING, S13_CLOSING };

struct s13 {
    struct s13_start start;
    struct front *front;
    uv_loop_t *loop;
    struct eir_desk *desk;
    enum s13_phase phase;
    bool has_begun; /* it has once said how its first start went */
    enum err err;   /* of the first start */
    uv_process_t process;
    uv_pipe_t pipe;
    unsigned open_count; /* of these two */
    uv_timer_t timer;
    struct diameter_order order; /* while it is written */
    uv_write_t order_write;
    uv_write_t write;
    size_t in_size;
    uint8_t in[S13_SAID_SIZE * AT_ONCE];
    uint8_t out[S13_ANSWER_SIZE * AT_ONCE];
};

static void begin(struct s13 *s13);

/* ---- the end of the process ---- */

static void began(struct s13 *s13, enum err err)
{
    if (!s13->has_begun)
        s13->err = err;
    s13->has_begun = true;
}

static void on_timer(uv_timer_t *timer)
{
    struct s13 *s13 = timer->data;
    if (s13->phase == S13_WAITING)
        begin(s13);
    else
        uv_process_kill(&s13->process, SIGKILL);
}

/* Both are closed: what was said of the process can be said of the next one. */
static void on_closed(uv_handle_t *handle)
{
    struct s13 *s13 = handle->data;
    if (--s13->open_count > 0)
        return;
    metrics_connections(eir_desk_metrics(s13->desk), 0);
    began(s13, ERR_INTERNAL); /* unless it has said better */
    if (s13->phase == S13_CLOSING) {
        uv_close((uv_handle_t *)&s13->timer, NULL);
        return;
    }
    s13->phase = S13_WAITING;
    uv_timer_start(&s13->timer, on_timer, AGAIN_MS, 0);
}

static void close_pipe(struct s13 *s13)
{
    if (!uv_is_closing((uv_handle_t *)&s13->pipe))
        uv_close((uv_handle_t *)&s13->pipe, on_closed);
}

static void on_exit_of(uv_process_t *process, int64_t status, int number)
{
    struct s13 *s13 = process->data;
    char text[128];
    snprintf(text, sizeof text, "S13 has ended (exit %d, signal %d), and is started again",
             (int)status, number);
    if (s13->phase == S13_SERVING)
        s13->start.note.say(NOTE_ERROR, "diameter_ended", NULL, text);
    uv_close((uv_handle_t *)process, on_closed); /* and the pipe at its end */
}

/* ---- questions ---- */

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    struct s13 *s13 = handle->data;
    (void)suggested;
    *out = uv_buf_init((char *)s13->in + s13->in_size, (unsigned)(sizeof s13->in - s13->in_size));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer);

static void on_written(uv_write_t *write, int status)
{
    struct s13 *s13 = write->data;
    if (status != 0)
        close_pipe(s13);
    else
        uv_read_start((uv_stream_t *)&s13->pipe, on_room, on_read);
}

/* One lot of answers is under way at a time, and nothing is read meanwhile: all is bounded. */
static void answer_all(struct s13 *s13, size_t size)
{
    uv_buf_t buffer = uv_buf_init((char *)s13->out, (unsigned)size);
    s13->write.data = s13;
    uv_read_stop((uv_stream_t *)&s13->pipe);
    if (uv_write(&s13->write, (uv_stream_t *)&s13->pipe, &buffer, 1, on_written) != 0)
        close_pipe(s13);
}

static void answer(struct s13 *s13, const struct s13_said *said, uint8_t out[S13_ANSWER_SIZE])
{
    struct decision decision;
    struct s13_answer answer = {.id = said->id};
    answer.is_decided = eir_ask(s13->desk, &said->question, &decision);
    answer.verdict = decision.verdict;
    s13_answer_write(&answer, out);
}

static void on_counted(struct s13 *s13, const struct s13_counts *counts)
{
    struct metrics_shard *shard = eir_desk_metrics(s13->desk);
    metrics_connections(shard, counts->connections);
    for (size_t i = 0; i < REFUSAL_COUNT; i++)
        metrics_refused_many(shard, (enum refusal)i, counts->refusals[i]);
}

static void on_started(struct s13 *s13, enum err err)
{
    began(s13, err);
    if (err != ERR_OK || s13->phase != S13_STARTING)
        return;
    s13->phase = S13_SERVING;
    uv_timer_stop(&s13->timer);
}

/* Closing the pipe ends the process. */
static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buffer)
{
    struct s13 *s13 = stream->data;
    size_t at = 0;
    size_t answered = 0;
    (void)buffer;
    if (got < 0) {
        close_pipe(s13);
        return;
    }
    s13->in_size += (size_t)got;
    for (; s13->in_size - at >= S13_SAID_SIZE; at += S13_SAID_SIZE) {
        struct s13_said said;
        if (s13_said_read(s13->in + at, &said) != ERR_OK) {
            close_pipe(s13);
            return;
        }
        switch (said.kind) {
        case S13_STARTED: on_started(s13, said.err); break;
        case S13_COUNTED: on_counted(s13, &said.counts); break;
        case S13_ASKED: answer(s13, &said, s13->out + S13_ANSWER_SIZE * answered++); break;
        }
    }
    memmove(s13->in, s13->in + at, s13->in_size - at);
    s13->in_size -= at;
    if (answered > 0)
        answer_all(s13, S13_ANSWER_SIZE * answered);
}

/* ---- its beginning ---- */

static int spawn(struct s13 *s13)
{
    char argument[] = DIAMETER_PROCESS_ARGUMENT;
    char *arguments[] = {(char[]){"imeid"}, argument, NULL};
    uv_stdio_container_t stdio[] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE | UV_WRITABLE_PIPE,
         .data.stream = (uv_stream_t *)&s13->pipe},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
        {.flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO},
    };
    uv_process_options_t options = {
        .exit_cb = on_exit_of,
        .file = s13->start.program,
        .args = arguments,
        .stdio_count = 3,
        .stdio = stdio,
    };
    return uv_spawn(s13->loop, &s13->process, &options);
}

/* Without its order the process waits: it ends when the pipe does. */
static void on_ordered(uv_write_t *write, int status)
{
    if (status != 0)
        close_pipe(write->data);
}

static void begin(struct s13 *s13)
{
    uv_buf_t order = uv_buf_init((char *)&s13->order, sizeof s13->order);
    s13->phase = S13_STARTING;
    s13->in_size = 0;
    s13->open_count = 2;
    s13->process.data = s13->pipe.data = s13;
    uv_pipe_init(s13->loop, &s13->pipe, 0);
    if (spawn(s13) != 0) {
        began(s13, ERR_IO);
        close_pipe(s13);
        uv_close((uv_handle_t *)&s13->process, on_closed);
        return;
    }
    uv_timer_start(&s13->timer, on_timer, START_MS, 0);
    s13->order_write.data = s13;
    if (uv_write(&s13->order_write, (uv_stream_t *)&s13->pipe, &order, 1, on_ordered) != 0 ||
        uv_read_start((uv_stream_t *)&s13->pipe, on_room, on_read) != 0)
        close_pipe(s13);
}

/* ---- the front end ---- */

static void front_end_close(void *context)
{
    struct s13 *s13 = context;
    enum s13_phase before = s13->phase;
    s13->phase = S13_CLOSING;
    uv_timer_stop(&s13->timer);
    if (before == S13_WAITING) {
        uv_close((uv_handle_t *)&s13->timer, NULL);
        return;
    }
    close_pipe(s13);
    uv_timer_start(&s13->timer, on_timer, LEAVE_MS, 0);
}

/* Waits until the process says how its start went, or ends. */
static enum err front_end_open(void *context, uv_loop_t *loop, struct eir_desk *desk)
{
    struct s13 *s13 = context;
    s13->loop = loop;
    s13->desk = desk;
    s13->timer.data = s13;
    if (uv_timer_init(loop, &s13->timer) != 0)
        return ERR_MEMORY;
    begin(s13);
    while (!s13->has_begun)
        uv_run(loop, UV_RUN_ONCE);
    if (s13->err != ERR_OK)
        front_end_close(s13);
    return s13->err;
}

enum err s13_open(const struct s13_options *options, const struct s13_start *start, struct eir *eir,
                  struct s13 **out)
{
    struct s13 *s13 = calloc(1, sizeof *s13);
    *out = s13;
    if (s13 == NULL)
        return ERR_MEMORY;
    s13->start = *start;
    s13->order = (struct diameter_order){.options = *options, .log_level = start->log_level};
    struct front_options front = {
        .name = "s13",
        .eir = eir,
        .face = FACE_S13,
        .open = front_end_open,
        .close = front_end_close,
        .context = s13,
    };
    enum err err = front_start(&front, &s13->front);
    if (err != ERR_OK) {
        free(s13);
        *out = NULL;
    }
    return err;
}

void s13_close(struct s13 *s13)
{
    if (s13 == NULL)
        return;
    front_stop(s13->front);
    free(s13);
}
