#include "consensus/links_outgoing.h"

#include "consensus/links_conn.h"
#include "consensus/links_queue.h"
#include "proto/invariant.h"

#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>
#include <nng/supplemental/util/platform.h>
#include <stdio.h>
#include <stdlib.h>

/* Compared by address. */
static const char other_language[] = "it answers in another language";
static const char says_removed[] = "it says that this node was removed from the network";
static const char says_wiped[] =
    "it says that this node lost the data that it had when it first called: stop it, and let it "
    "join with a fresh node id";

enum phase { WAITING, DIALLING, GREETING, UP };

struct links_outgoing {
    const struct links_options *options;
    const struct links_peer *peer;
    enum peer_channel channel;
    struct links_bell *bell;
    struct nng_tls_config *tls;
    uint8_t hello[256];
    size_t hello_size;

    enum phase phase;
    uint64_t due_ms; /* WAITING: dial; DIALLING, GREETING: give up */
    uint64_t up_ms;
    uint32_t retry_ms;
    const char *told;  /* what was complained of last, since it was up */
    bool has_reported; /* to options->removed or options->wiped */
    nng_stream_dialer *dialer;
    nng_aio *dial;

    struct links_conn conn;
    /* The rest under conn.lock. */
    bool has_dialled;
    bool is_greeted; /* the first beat came */
    bool is_up;
    uint64_t heard_ms;
    uint8_t beats[16];
    struct links_queue queue;
};

/* ---- completions, on NNG's threads ---- */

static void dial_done(void *context)
{
    struct links_outgoing *outgoing = context;
    pthread_mutex_lock(&outgoing->conn.lock);
    outgoing->has_dialled = true;
    pthread_mutex_unlock(&outgoing->conn.lock);
    links_bell_ring(outgoing->bell);
}

/* NULL, or why the connection ends with this byte. */
static const char *ending(uint8_t byte)
{
    switch (byte) {
    case LINKS_BEAT: return NULL;
    case LINKS_REMOVED: return says_removed;
    case LINKS_WIPED: return says_wiped;
    default: return other_language;
    }
}

static void read_done(void *context)
{
    struct links_outgoing *outgoing = context;
    struct links_conn *conn = &outgoing->conn;
    pthread_mutex_lock(&conn->lock);
    size_t size = links_conn_read_done(conn);
    for (size_t i = 0; i < size; i++) {
        const char *reason = ending(outgoing->beats[i]);
        if (reason != NULL)
            links_conn_break(conn, reason);
    }
    if (size > 0) {
        outgoing->heard_ms = links_now_ms();
        if (!outgoing->is_greeted)
            links_bell_ring(outgoing->bell);
        outgoing->is_greeted = true;
        links_conn_read(conn, outgoing->beats, sizeof outgoing->beats);
    }
    pthread_mutex_unlock(&conn->lock);
}

/* With the lock held. */
static void write_front(struct links_outgoing *outgoing)
{
    struct bytes front = links_queue_front(&outgoing->queue);
    if (front.size > 0 && !outgoing->conn.is_writing)
        links_conn_write(&outgoing->conn, front.data, front.size);
}

static void write_done(void *context)
{
    struct links_outgoing *outgoing = context;
    pthread_mutex_lock(&outgoing->conn.lock);
    size_t size = links_conn_write_done(&outgoing->conn);
    if (size > 0) {
        links_queue_take(&outgoing->queue, size);
        write_front(outgoing);
    }
    pthread_mutex_unlock(&outgoing->conn.lock);
}

/* ---- opening and closing ---- */

static enum err sign_hello(struct links_outgoing *outgoing)
{
    const struct links_options *options = outgoing->options;
    struct peer_hello hello = {.network = options->network,
                               .from = options->id,
                               .to = outgoing->peer->id,
                               .channel = outgoing->channel,
                               .incarnation = options->incarnation};
    struct hash digest = peer_hello_digest(&hello);
    enum err err = signature_make(options->key, &digest, &hello.signature);
    if (err != ERR_OK)
        return err;
    struct writer writer = writer_over(outgoing->hello, sizeof outgoing->hello);
    peer_hello_write(&writer, &hello);
    invariant(writer_ok(&writer));
    outgoing->hello_size = writer.size;
    return ERR_OK;
}

static void destroy(struct links_outgoing *outgoing)
{
    nng_aio_free(outgoing->dial);
    links_queue_destroy(&outgoing->queue);
    if (outgoing->tls != NULL)
        nng_tls_config_free(outgoing->tls);
    free(outgoing);
}

enum err links_outgoing_open(const struct links_options *options, const struct links_peer *peer,
                             enum peer_channel channel, struct nng_tls_config *tls,
                             struct links_bell *bell, struct links_outgoing **out)
{
    struct links_outgoing *outgoing = calloc(1, sizeof *outgoing);
    *out = NULL;
    if (outgoing == NULL)
        return ERR_MEMORY;
    *outgoing = (struct links_outgoing){.options = options,
                                        .peer = peer,
                                        .channel = channel,
                                        .bell = bell,
                                        .tls = tls,
                                        .retry_ms = LINKS_RETRY_MIN_MS};
    nng_tls_config_hold(tls);
    enum err err = sign_hello(outgoing);
    if (err == ERR_OK)
        err = links_queue_init(&outgoing->queue, channel == PEER_BULK ? LINKS_BULK_QUEUE_MAX
                                                                      : LINKS_CONTROL_QUEUE_MAX);
    if (err == ERR_OK && nng_aio_alloc(&outgoing->dial, dial_done, outgoing) != 0)
        err = ERR_MEMORY;
    if (err == ERR_OK)
        err = links_conn_init(&outgoing->conn, bell, read_done, write_done, outgoing);
    if (err != ERR_OK) {
        destroy(outgoing);
        return err;
    }
    *out = outgoing;
    return ERR_OK;
}

/* ---- the ways between the phases ---- */

static void tell(struct links_outgoing *outgoing, const char *what, const char *reason)
{
    if (outgoing->told == reason)
        return;
    outgoing->told = reason;
    char text[512];
    (void)snprintf(text, sizeof text, "%s, %s: %s %s: %s", outgoing->peer->name,
                   outgoing->channel == PEER_BULK ? "bulk" : "control", what,
                   outgoing->peer->address, reason);
    outgoing->options->complain(outgoing->options->context, text);
}

static void wait_and_retry(struct links_outgoing *outgoing, uint64_t now_ms)
{
    outgoing->phase = WAITING;
    outgoing->due_ms = now_ms + outgoing->retry_ms;
    uint32_t doubled = 2 * outgoing->retry_ms;
    outgoing->retry_ms = doubled < LINKS_RETRY_MAX_MS ? doubled : LINKS_RETRY_MAX_MS;
}

static void dial(struct links_outgoing *outgoing, uint64_t now_ms)
{
    int error = nng_stream_dialer_alloc(&outgoing->dialer, outgoing->peer->address);
    if (error == 0) {
        error = nng_stream_dialer_set_ptr(outgoing->dialer, NNG_OPT_TLS_CONFIG, outgoing->tls);
        if (error == 0)
            error = nng_stream_dialer_set_bool(outgoing->dialer, NNG_OPT_TCP_NODELAY, true);
        if (error != 0)
            nng_stream_dialer_free(outgoing->dialer);
    }
    if (error != 0) {
        outgoing->dialer = NULL;
        tell(outgoing, "cannot call", nng_strerror(error));
        wait_and_retry(outgoing, now_ms);
        return;
    }
    outgoing->has_dialled = false; /* no completion is under way */
    outgoing->phase = DIALLING;
    outgoing->due_ms = now_ms + LINKS_DIAL_MS;
    nng_stream_dialer_dial(outgoing->dialer, outgoing->dial);
}

/* Ends the attempt, whatever it has come to; the stream when it has come to one. Closing the dialer
 * is the one way to end an attempt that NNG 1.5.2 does not do while the attempt may be freed. */
static int end_dial(struct links_outgoing *outgoing, nng_stream **stream)
{
    nng_stream_dialer_close(outgoing->dialer);
    nng_aio_wait(outgoing->dial);
    int error = nng_aio_result(outgoing->dial);
    *stream = error == 0 ? nng_aio_get_output(outgoing->dial, 0) : NULL;
    nng_stream_dialer_free(outgoing->dialer);
    outgoing->dialer = NULL;
    return error;
}

static void give_up_dial(struct links_outgoing *outgoing, uint64_t now_ms)
{
    nng_stream *stream;
    (void)end_dial(outgoing, &stream);
    if (stream != NULL) {
        nng_stream_close(stream);
        nng_stream_free(stream);
    }
    tell(outgoing, "cannot call", "no answer");
    wait_and_retry(outgoing, now_ms);
}

static void greet(struct links_outgoing *outgoing, uint64_t now_ms)
{
    nng_stream *stream;
    int error = end_dial(outgoing, &stream);
    if (error != 0) {
        tell(outgoing, "cannot call", nng_strerror(error));
        wait_and_retry(outgoing, now_ms);
        return;
    }
    struct links_conn *conn = &outgoing->conn;
    struct bytes hello = bytes_of(outgoing->hello, outgoing->hello_size);
    outgoing->phase = GREETING;
    outgoing->due_ms = now_ms + LINKS_HELLO_MS;
    links_conn_start(conn, stream);
    pthread_mutex_lock(&conn->lock);
    outgoing->is_greeted = false;
    links_queue_clear(&outgoing->queue);
    bool fits = links_queue_put(&outgoing->queue, &hello, 1);
    invariant(fits);
    write_front(outgoing);
    links_conn_read(conn, outgoing->beats, sizeof outgoing->beats);
    pthread_mutex_unlock(&conn->lock);
}

static void set_up(struct links_outgoing *outgoing, bool is_up)
{
    pthread_mutex_lock(&outgoing->conn.lock);
    outgoing->is_up = is_up;
    pthread_mutex_unlock(&outgoing->conn.lock);
    outgoing->options->state(outgoing->options->context, outgoing->peer->id, outgoing->channel,
                             is_up);
}

static void go_up(struct links_outgoing *outgoing, uint64_t now_ms)
{
    outgoing->phase = UP;
    outgoing->up_ms = now_ms;
    outgoing->told = NULL;
    set_up(outgoing, true);
}

/* An answer that is not going to change. */
static void report(struct links_outgoing *outgoing, void (*callback)(void *context, uint32_t peer))
{
    if (outgoing->has_reported || outgoing->channel != PEER_CONTROL)
        return;
    outgoing->has_reported = true;
    if (callback != NULL)
        callback(outgoing->options->context, outgoing->peer->id);
}

static void hang_up(struct links_outgoing *outgoing, const char *what, const char *reason,
                    uint64_t now_ms)
{
    links_conn_shut(&outgoing->conn);
    if (outgoing->phase == UP) {
        set_up(outgoing, false);
        if (now_ms - outgoing->up_ms > LINKS_RETRY_MAX_MS)
            outgoing->retry_ms = LINKS_RETRY_MIN_MS;
    }
    tell(outgoing, what, reason);
    wait_and_retry(outgoing, now_ms);
    if (reason == says_removed)
        report(outgoing, outgoing->options->removed);
    if (reason == says_wiped)
        report(outgoing, outgoing->options->wiped);
    if (reason == says_removed || reason == says_wiped)
        outgoing->due_ms = now_ms + LINKS_RETRY_FINAL_MS;
}

void links_outgoing_tend(struct links_outgoing *outgoing, uint64_t now_ms)
{
    struct links_conn *conn = &outgoing->conn;
    pthread_mutex_lock(&conn->lock);
    const char *reason = conn->reason;
    bool has_dialled = outgoing->has_dialled;
    bool is_greeted = outgoing->is_greeted;
    uint64_t heard_ms = outgoing->heard_ms;
    pthread_mutex_unlock(&conn->lock);

    switch (outgoing->phase) {
    case WAITING:
        if (now_ms >= outgoing->due_ms)
            dial(outgoing, now_ms);
        break;
    case DIALLING:
        if (has_dialled)
            greet(outgoing, now_ms);
        else if (now_ms >= outgoing->due_ms)
            give_up_dial(outgoing, now_ms);
        break;
    case GREETING:
        if (reason != NULL)
            hang_up(outgoing, "no session with", reason, now_ms);
        else if (is_greeted)
            go_up(outgoing, now_ms);
        else if (now_ms >= outgoing->due_ms)
            hang_up(outgoing, "no session with", "no answer to the HELLO", now_ms);
        break;
    case UP:
        if (reason != NULL)
            hang_up(outgoing, "lost", reason, now_ms);
        else if (now_ms > heard_ms && now_ms - heard_ms > LINKS_SILENCE_MS)
            hang_up(outgoing, "lost", "no sign of life", now_ms);
        break;
    }
}

void links_outgoing_close(struct links_outgoing *outgoing)
{
    if (outgoing == NULL)
        return;
    nng_stream *stream = NULL;
    if (outgoing->phase == DIALLING)
        (void)end_dial(outgoing, &stream);
    if (stream != NULL) {
        nng_stream_close(stream);
        nng_stream_free(stream);
    }
    links_conn_shut(&outgoing->conn);
    if (outgoing->phase == UP)
        set_up(outgoing, false);
    links_conn_destroy(&outgoing->conn);
    destroy(outgoing);
}

enum err links_outgoing_send(struct links_outgoing *outgoing, const struct bytes *parts,
                             size_t part_count)
{
    enum err err = ERR_OK;
    pthread_mutex_lock(&outgoing->conn.lock);
    if (!outgoing->is_up || outgoing->conn.reason != NULL)
        err = ERR_UNREACHABLE;
    else if (!links_queue_put(&outgoing->queue, parts, part_count))
        err = ERR_BUSY;
    else
        write_front(outgoing);
    pthread_mutex_unlock(&outgoing->conn.lock);
    return err;
}
