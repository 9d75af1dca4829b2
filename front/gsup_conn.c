#include "front/gsup_conn.h"

#include "front/gsup.h"
#include "front/ipa.h"
#include "proto/invariant.h"

#include <stdlib.h>

/* A read takes in many questions; an answer is about as long as its question. */
#define INPUT_SIZE  ((size_t)4096)
#define OUTPUT_SIZE ((size_t)8192)

_Static_assert(INPUT_SIZE >= IPA_FRAME_SIZE_MAX, "an input holds a frame");
_Static_assert(GSUP_MESSAGE_SIZE_MAX < IPA_FRAME_SIZE_MAX, "a frame holds an answer");

struct gsup_conn {
    uv_tcp_t tcp;
    uv_write_t write;
    struct gsup_conns *conns;
    struct gsup_conn *next;
    struct gsup_conn *before;
    uint64_t heard_ms;   /* when something came last, or it was pinged after that */
    uint64_t written_ms; /* when the write under way began */
    bool is_writing;     /* the output waits to be taken; nothing is read */
    bool is_pinged;
    bool is_known; /* its ID_ACK was answered: only once, lest two ends do so for ever */
    size_t input_size;
    size_t output_size;
    uint8_t input[INPUT_SIZE];
    uint8_t output[OUTPUT_SIZE];
};

static void count_conns(struct gsup_conns *conns, int change)
{
    conns->count += (size_t)change;
    metrics_connections(eir_desk_metrics(conns->desk), conns->count);
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

/* It is in no list from here on, and libuv frees it once nothing is under way. */
static void conn_close(struct gsup_conn *conn)
{
    struct gsup_conns *conns = conn->conns;
    if (uv_is_closing((uv_handle_t *)&conn->tcp))
        return;
    if (conn->before != NULL)
        conn->before->next = conn->next;
    else
        conns->first = conn->next;
    if (conn->next != NULL)
        conn->next->before = conn->before;
    count_conns(conns, -1);
    uv_close((uv_handle_t *)&conn->tcp, on_closed);
}

/* ---- answers ---- */

static bool is_refused(const struct gsup_conns *conns, enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_WHITE:
    case VERDICT_GREY: return false; /* let through and watched: TS 22.016 */
    case VERDICT_BLACK: return true;
    case VERDICT_UNKNOWN: return conns->options->unknown == GSUP_UNKNOWN_NACK;
    }
    return false;
}

static void answer_gsup(const struct gsup_conns *conns, struct bytes message, struct writer *output)
{
    uint8_t buffer[GSUP_MESSAGE_SIZE_MAX];
    struct writer answer = writer_over(buffer, sizeof buffer);
    struct gsup_message request;
    struct decision decision;
    enum gsup_cause cause;
    if (!gsup_read(message, &request, &cause))
        return;
    struct question question = {request.imei, IMEI_SVN_NONE, request.imsi};
    if (cause != GSUP_CAUSE_NONE)
        metrics_refused(eir_desk_metrics(conns->desk), REFUSAL_MALFORMED);
    else if (!eir_ask(conns->desk, &question, &decision))
        cause = GSUP_CAUSE_NETWORK_FAILURE;
    if (cause == GSUP_CAUSE_NONE)
        gsup_write_result(&answer, &request, is_refused(conns, decision.verdict));
    else
        gsup_write_error(&answer, &request, cause);
    invariant(writer_ok(&answer));
    ipa_write_gsup(output, writer_view(&answer));
}

static void answer_ccm(struct gsup_conn *conn, uint8_t type, struct writer *output)
{
    if (type == IPA_CCM_PING)
        ipa_write_ccm(output, IPA_CCM_PONG);
    if (type == IPA_CCM_ID_ACK && !conn->is_known) {
        conn->is_known = true;
        ipa_write_ccm(output, IPA_CCM_ID_ACK);
    }
}

/* What has no answer is passed over, as Osmocom's servers do: other streams and extensions, who the
 * peer says that it is, a pong. */
static void answer_frame(struct gsup_conn *conn, const struct ipa_frame *frame,
                         struct writer *output)
{
    struct bytes payload = frame->payload;
    if (payload.size == 0)
        return;
    if (frame->stream == IPA_STREAM_CCM)
        answer_ccm(conn, payload.data[0], output);
    if (frame->stream == IPA_STREAM_OSMO && payload.data[0] == IPA_EXTENSION_GSUP)
        answer_gsup(conn->conns, bytes_of(payload.data + 1, payload.size - 1), output);
}

/* Answers the whole frames of the input for which the output has room. ERR_TRUNCATED: all of them;
 * ERR_TOO_LARGE: what follows is no frame. */
static enum err answer_input(struct gsup_conn *conn)
{
    struct writer output = writer_over(conn->output, OUTPUT_SIZE);
    struct ipa_frame frame;
    size_t taken = 0;
    enum err err = ERR_OK;
    while (err == ERR_OK && OUTPUT_SIZE - output.size >= IPA_FRAME_SIZE_MAX) {
        err = ipa_read(bytes_of(conn->input + taken, conn->input_size - taken), &frame);
        if (err == ERR_OK)
            answer_frame(conn, &frame, &output);
        taken += frame.size;
    }
    invariant(writer_ok(&output));
    conn->output_size = output.size;
    conn->input_size -= taken;
    memmove(conn->input, conn->input + taken, conn->input_size);
    return err;
}

/* ---- the socket ---- */

static void work(struct gsup_conn *conn);

static void on_written(uv_write_t *write, int status)
{
    struct gsup_conn *conn = write->handle->data;
    conn->is_writing = false;
    if (status < 0) {
        conn_close(conn);
        return;
    }
    conn->heard_ms = uv_now(conn->tcp.loop); /* it reads: it is there */
    work(conn);
}

/* Sends the output: at once, or as the peer takes it. False when the connection is closed. */
static bool send_output(struct gsup_conn *conn)
{
    uv_stream_t *stream = (uv_stream_t *)&conn->tcp;
    uv_buf_t buffer = uv_buf_init((char *)conn->output, (unsigned)conn->output_size);
    int sent = uv_try_write(stream, &buffer, 1);
    if (sent == (int)conn->output_size)
        return true;
    size_t skipped = sent > 0 ? (size_t)sent : 0;
    buffer.base += skipped;
    buffer.len -= skipped;
    if ((sent < 0 && sent != UV_EAGAIN) ||
        uv_write(&conn->write, stream, &buffer, 1, on_written) != 0) {
        conn_close(conn);
        return false;
    }
    conn->is_writing = true;
    conn->written_ms = uv_now(conn->tcp.loop);
    return true;
}

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    struct gsup_conn *conn = handle->data;
    (void)wanted;
    *out = uv_buf_init((char *)conn->input + conn->input_size,
                       (unsigned)(INPUT_SIZE - conn->input_size));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct gsup_conn *conn = stream->data;
    (void)buffer;
    if (size < 0) {
        conn_close(conn);
        return;
    }
    conn->input_size += (size_t)size;
    conn->heard_ms = uv_now(stream->loop);
    conn->is_pinged = false;
    work(conn);
}

/* Answers what has come, and reads on unless an answer waits to be taken. */
static void work(struct gsup_conn *conn)
{
    uv_stream_t *stream = (uv_stream_t *)&conn->tcp;
    enum err err = ERR_OK;
    while (err == ERR_OK && !conn->is_writing) {
        err = answer_input(conn);
        if (conn->output_size > 0 && !send_output(conn))
            return;
    }
    if (err != ERR_OK && err != ERR_TRUNCATED)
        conn_close(conn);
    else if (conn->is_writing)
        uv_read_stop(stream);
    else
        (void)uv_read_start(stream, on_room, on_read); /* UV_EALREADY is as well */
}

static void greet(struct gsup_conn *conn)
{
    struct writer output = writer_over(conn->output, OUTPUT_SIZE);
    ipa_write_id_get(&output);
    conn->output_size = output.size;
    if (send_output(conn))
        work(conn);
}

void gsup_conn_accept(struct gsup_conns *conns, uv_stream_t *listener)
{
    struct gsup_conn *conn = calloc(1, sizeof *conn);
    conns->has_caller = conn == NULL;
    if (conn == NULL)
        return;
    conn->conns = conns;
    conn->tcp.data = conn;
    invariant(uv_tcp_init(listener->loop, &conn->tcp) == 0);
    bool is_taken = uv_accept(listener, (uv_stream_t *)&conn->tcp) == 0;
    if (!is_taken || conns->count >= conns->options->connections_max) {
        metrics_refused(eir_desk_metrics(conns->desk), REFUSAL_OVERLOAD);
        uv_close((uv_handle_t *)&conn->tcp, on_closed);
        return;
    }
    conn->heard_ms = uv_now(listener->loop);
    conn->next = conns->first;
    if (conns->first != NULL)
        conns->first->before = conn;
    conns->first = conn;
    count_conns(conns, 1);
    uv_tcp_nodelay(&conn->tcp, 1);
    greet(conn);
}

static void ping(struct gsup_conn *conn)
{
    struct writer output = writer_over(conn->output, OUTPUT_SIZE);
    ipa_write_ccm(&output, IPA_CCM_PING);
    conn->output_size = output.size;
    conn->is_pinged = true;
    conn->heard_ms = uv_now(conn->tcp.loop);
    if (send_output(conn))
        work(conn);
}

/* Nobody is hung up on unasked, however long it was that this node did not look. */
static void look(struct gsup_conn *conn)
{
    uint64_t since_ms = conn->is_writing ? conn->written_ms : conn->heard_ms;
    if (uv_now(conn->tcp.loop) - since_ms < conn->conns->options->idle_ms)
        return;
    if (conn->is_writing || conn->is_pinged)
        conn_close(conn);
    else
        ping(conn);
}

void gsup_conns_look(struct gsup_conns *conns)
{
    struct gsup_conn *next;
    for (struct gsup_conn *conn = conns->first; conn != NULL; conn = next) {
        next = conn->next; /* this one may go */
        look(conn);
    }
}

void gsup_conns_close(struct gsup_conns *conns)
{
    while (conns->first != NULL)
        conn_close(conns->first);
}
