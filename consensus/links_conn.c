#include "consensus/links_conn.h"

#include "proto/invariant.h"

#include <nng/nng.h>
#include <string.h>

enum err links_conn_init(struct links_conn *conn, struct links_bell *bell,
                         void (*read_done)(void *), void (*write_done)(void *), void *context)
{
    *conn = (struct links_conn){.bell = bell};
    if (pthread_mutex_init(&conn->lock, NULL) != 0)
        return ERR_MEMORY;
    if (nng_aio_alloc(&conn->reader, read_done, context) == 0 &&
        nng_aio_alloc(&conn->writer, write_done, context) == 0)
        return ERR_OK;
    links_conn_destroy(conn);
    return ERR_MEMORY;
}

void links_conn_destroy(struct links_conn *conn)
{
    invariant(!conn->is_open);
    nng_aio_free(conn->reader);
    nng_aio_free(conn->writer);
    pthread_mutex_destroy(&conn->lock);
}

void links_conn_start(struct links_conn *conn, struct nng_stream *stream)
{
    pthread_mutex_lock(&conn->lock);
    invariant(!conn->is_open);
    conn->stream = stream;
    conn->reason = NULL;
    conn->is_farewell = false;
    conn->is_writing = false;
    conn->is_open = true;
    pthread_mutex_unlock(&conn->lock);
}

void links_conn_shut(struct links_conn *conn)
{
    pthread_mutex_lock(&conn->lock);
    struct nng_stream *stream = conn->stream;
    conn->is_open = false;
    conn->stream = NULL;
    if (stream != NULL)
        nng_stream_close(stream);
    pthread_mutex_unlock(&conn->lock);
    if (stream == NULL)
        return;
    nng_aio_wait(conn->reader);
    nng_aio_wait(conn->writer);
    nng_stream_free(stream);
}

static bool is_usable(const struct links_conn *conn)
{
    return conn->is_open && conn->reason == NULL;
}

void links_conn_read(struct links_conn *conn, void *buffer, size_t size)
{
    if (!is_usable(conn))
        return;
    nng_iov part = {.iov_buf = buffer, .iov_len = size};
    int error = nng_aio_set_iov(conn->reader, 1, &part);
    invariant(error == 0);
    nng_stream_recv(conn->stream, conn->reader);
}

void links_conn_write(struct links_conn *conn, const void *data, size_t size)
{
    if (!is_usable(conn))
        return;
    invariant(!conn->is_writing);
    nng_iov part = {.iov_len = size};
    /* NNG reads only what it sends, but has one type, without const, for both ways. */
    memcpy(&part.iov_buf, &data, sizeof data);
    int error = nng_aio_set_iov(conn->writer, 1, &part);
    invariant(error == 0);
    conn->is_writing = true;
    nng_stream_send(conn->stream, conn->writer);
}

/* A TLS close_notify comes out of NNG as "connection refused". */
static bool is_farewell(int error)
{
    return error == NNG_ECONNREFUSED || error == NNG_ECONNSHUT || error == NNG_ECONNRESET ||
           error == NNG_ECLOSED;
}

/* NNG tells no more of mbedTLS's errors than this. */
static const char *reason_of(int error)
{
    if (is_farewell(error))
        return "it closed the connection";
    if (error == NNG_EPEERAUTH)
        return "it shows no certificate";
    if (error == NNG_ECRYPTO)
        return "TLS failed: a certificate that the other side does not accept, or no TLS 1.2";
    return nng_strerror(error);
}

void links_conn_break(struct links_conn *conn, const char *reason)
{
    if (!is_usable(conn))
        return;
    conn->reason = reason;
    links_bell_ring(conn->bell);
}

static size_t done(struct links_conn *conn, struct nng_aio *aio)
{
    if (!is_usable(conn))
        return 0;
    int error = nng_aio_result(aio);
    size_t size = error == 0 ? nng_aio_count(aio) : 0;
    if (size > 0)
        return size;
    if (error == 0)
        error = NNG_ECLOSED;
    conn->is_farewell = is_farewell(error);
    links_conn_break(conn, reason_of(error));
    return 0;
}

size_t links_conn_read_done(struct links_conn *conn)
{
    return done(conn, conn->reader);
}

size_t links_conn_write_done(struct links_conn *conn)
{
    conn->is_writing = false;
    return done(conn, conn->writer);
}
