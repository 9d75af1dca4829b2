/*
 * links_conn.h: one TLS connection: a stream of bytes each way, one read and one write under way.
 *
 * NNG 1.5.2 forgets a read or write that is begun after the connection died: it never completes,
 * not even by its time-out, and waiting for it blocks for ever; only closing the stream ends it.
 * So reads and writes begin under the lock and never after the close, closing comes before waiting,
 * and nobody takes the absence of an error for life (docs/decisions/0002-links.md).
 *
 * Threads: the completions come on NNG's threads and take the lock themselves. Starting and
 * shutting belong to the thread that tends the links.
 */
#ifndef CONSENSUS_LINKS_CONN_H
#define CONSENSUS_LINKS_CONN_H

#include "consensus/links_bell.h"

#include <stddef.h>

struct nng_aio;
struct nng_stream;

struct links_conn {
    pthread_mutex_t lock;
    struct links_bell *bell; /* rung when it breaks */
    struct nng_stream *stream;
    struct nng_aio *reader;
    struct nng_aio *writer;
    const char *reason; /* why it broke; NULL: it did not */
    bool is_farewell;   /* it broke because the other side closed it */
    bool is_open;       /* between start and shut */
    bool is_writing;
};

/* `read_done` and `write_done` get `context` and call links_conn_read_done() or _write_done(). */
enum err links_conn_init(struct links_conn *conn, struct links_bell *bell,
                         void (*read_done)(void *), void (*write_done)(void *),
                         void *context) must_check;
void links_conn_destroy(struct links_conn *conn);

/* Takes the stream over. */
void links_conn_start(struct links_conn *conn, struct nng_stream *stream);

/* Closes; no completion comes after it returns. Nothing happens to one that was not started. */
void links_conn_shut(struct links_conn *conn);

/* The rest is called with the lock held. */

/* Some of the bytes, at least one; `data` and `buffer` stay the caller's until it is done. Nothing
 * happens when the connection is broken. */
void links_conn_read(struct links_conn *conn, void *buffer, size_t size);
void links_conn_write(struct links_conn *conn, const void *data, size_t size);

/* How many bytes the completed one moved; 0 when the connection is broken, or is now. */
size_t links_conn_read_done(struct links_conn *conn);
size_t links_conn_write_done(struct links_conn *conn);

/* Gives it up, for a reason that is a constant; the first one stays. */
void links_conn_break(struct links_conn *conn, const char *reason);

#endif
