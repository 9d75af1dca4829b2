#include "testnet/proxy/control.h"

#include "testnet/proxy/order.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct control {
    struct wan *wan;
    uv_pipe_t server;
    bool is_closing;
    bool is_closed;
    struct caller *callers[CONTROL_CALLERS_MAX]; /* NULL: a free place */
};

struct caller {
    struct control *control;
    uv_pipe_t pipe;
    bool is_closing;
    size_t size; /* of what has come of a line */
    char line[ORDER_SIZE_MAX];
};

struct answer {
    uv_write_t write;
    char *text;
};

static void free_when_done(struct control *control)
{
    bool is_done = control->is_closed;
    for (size_t i = 0; i < CONTROL_CALLERS_MAX; i++)
        is_done = is_done && control->callers[i] == NULL;
    if (is_done)
        free(control);
}

static void on_caller_closed(uv_handle_t *handle)
{
    struct caller *caller = handle->data;
    struct control *control = caller->control;
    for (size_t i = 0; i < CONTROL_CALLERS_MAX; i++) {
        if (control->callers[i] == caller)
            control->callers[i] = NULL;
    }
    free(caller);
    free_when_done(control);
}

static void hang_up(struct caller *caller)
{
    if (caller->is_closing)
        return;
    caller->is_closing = true;
    uv_close((uv_handle_t *)&caller->pipe, on_caller_closed);
}

static void on_answered(uv_write_t *write, int status)
{
    struct answer *answer = write->data;
    (void)status; /* a caller that is gone ends at the next read */
    free(answer->text);
    free(answer);
}

/* Answers a line; false without memory. */
static bool answer_line(struct caller *caller, struct bytes line)
{
    size_t size = 0;
    struct answer *answer = calloc(1, sizeof *answer);
    FILE *out = answer == NULL ? NULL : open_memstream(&answer->text, &size);
    if (out == NULL) {
        free(answer);
        return false;
    }
    wan_obey(caller->control->wan, line, out);
    bool is_whole = fclose(out) == 0;
    answer->write.data = answer;
    uv_buf_t buffer = uv_buf_init(answer->text, (unsigned)size);
    if (is_whole &&
        uv_write(&answer->write, (uv_stream_t *)&caller->pipe, &buffer, 1, on_answered) == 0)
        return true;
    free(answer->text);
    free(answer);
    return false;
}

/* The whole lines of what has come; false: hang up. */
static bool answer_lines(struct caller *caller)
{
    const char *end;
    while ((end = memchr(caller->line, '\n', caller->size)) != NULL) {
        size_t size = (size_t)(end - caller->line);
        if (!answer_line(caller, bytes_of(caller->line, size)))
            return false;
        caller->size -= size + 1;
        memmove(caller->line, end + 1, caller->size);
    }
    return caller->size < sizeof caller->line;
}

static void on_room(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct caller *caller = handle->data;
    (void)suggested;
    *buffer =
        uv_buf_init(caller->line + caller->size, (unsigned)(sizeof caller->line - caller->size));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct caller *caller = stream->data;
    (void)buffer;
    if (size > 0)
        caller->size += (size_t)size;
    if (size < 0 || !answer_lines(caller))
        hang_up(caller);
}

static struct caller **free_place(struct control *control)
{
    for (size_t i = 0; i < CONTROL_CALLERS_MAX; i++) {
        if (control->callers[i] == NULL)
            return &control->callers[i];
    }
    return NULL;
}

static void on_call(uv_stream_t *server, int status)
{
    struct control *control = server->data;
    struct caller *caller = status == 0 ? calloc(1, sizeof *caller) : NULL;
    if (caller == NULL)
        return;
    struct caller **place = free_place(control);
    caller->control = control;
    uv_pipe_init(server->loop, &caller->pipe, 0);
    caller->pipe.data = caller;
    if (place != NULL)
        *place = caller;
    if (uv_accept(server, (uv_stream_t *)&caller->pipe) != 0 || place == NULL ||
        uv_read_start((uv_stream_t *)&caller->pipe, on_room, on_read) != 0)
        hang_up(caller);
}

enum err control_open(struct wan *wan, uv_loop_t *loop, const char *path, struct control **out)
{
    struct control *control = calloc(1, sizeof *control);
    *out = control;
    if (control == NULL)
        return ERR_MEMORY;
    control->wan = wan;
    uv_pipe_init(loop, &control->server, 0);
    control->server.data = control;
    (void)unlink(path);
    mode_t before = umask(077);
    int error = uv_pipe_bind(&control->server, path);
    umask(before);
    if (error == 0)
        error = uv_listen((uv_stream_t *)&control->server, CONTROL_CALLERS_MAX, on_call);
    return error == 0 ? ERR_OK : ERR_NETWORK;
}

static void on_server_closed(uv_handle_t *handle)
{
    struct control *control = handle->data;
    control->is_closed = true;
    free_when_done(control);
}

void control_close(struct control *control)
{
    if (control == NULL || control->is_closing)
        return;
    control->is_closing = true;
    for (size_t i = 0; i < CONTROL_CALLERS_MAX; i++) {
        if (control->callers[i] != NULL)
            hang_up(control->callers[i]);
    }
    uv_close((uv_handle_t *)&control->server, on_server_closed);
}
