/*
 * links_stranger.h: the other end of a connection, under the test's control: any certificate, any
 * bytes. What it reads is kept.
 */
#ifndef TESTS_UNIT_CONSENSUS_LINKS_STRANGER_H
#define TESTS_UNIT_CONSENSUS_LINKS_STRANGER_H

#include "consensus/links_conn.h"
#include "tests/unit/consensus/links_fixture.h"

#include <netinet/tcp.h>
#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>

#define HELLO_FRAME_MAX 300
#define HEARD_MAX       65536

struct stranger {
    struct links_bell bell;
    struct links_conn conn;
    uint8_t buffer[16384];
    uint8_t heard[HEARD_MAX]; /* the first of it, under conn.lock */
    size_t heard_size;
    bool is_deaf; /* reads nothing */
};

/* ---- one connection ---- */

static inline void stranger_read(struct stranger *stranger)
{
    if (!stranger->is_deaf)
        links_conn_read(&stranger->conn, stranger->buffer, sizeof stranger->buffer);
}

static inline void stranger_read_done(void *context)
{
    struct stranger *stranger = context;
    pthread_mutex_lock(&stranger->conn.lock);
    size_t size = links_conn_read_done(&stranger->conn);
    size_t room = HEARD_MAX - stranger->heard_size;
    size_t kept = size < room ? size : room;
    memcpy(stranger->heard + stranger->heard_size, stranger->buffer, kept);
    stranger->heard_size += kept;
    if (size > 0)
        stranger_read(stranger);
    pthread_mutex_unlock(&stranger->conn.lock);
}

static inline void stranger_write_done(void *context)
{
    struct stranger *stranger = context;
    pthread_mutex_lock(&stranger->conn.lock);
    (void)links_conn_write_done(&stranger->conn);
    pthread_mutex_unlock(&stranger->conn.lock);
}

static inline void stranger_start(struct stranger *stranger, nng_stream *stream)
{
    ck_assert_int_eq(links_bell_init(&stranger->bell), ERR_OK);
    ck_assert_int_eq(links_conn_init(&stranger->conn, &stranger->bell, stranger_read_done,
                                     stranger_write_done, stranger),
                     ERR_OK);
    links_conn_start(&stranger->conn, stream);
    pthread_mutex_lock(&stranger->conn.lock);
    stranger_read(stranger);
    pthread_mutex_unlock(&stranger->conn.lock);
}

static inline void stranger_end(struct stranger *stranger)
{
    links_conn_shut(&stranger->conn);
    links_conn_destroy(&stranger->conn);
    links_bell_destroy(&stranger->bell);
}

static inline bool stranger_is_idle(struct stranger *stranger)
{
    pthread_mutex_lock(&stranger->conn.lock);
    bool is_idle = !stranger->conn.is_writing;
    pthread_mutex_unlock(&stranger->conn.lock);
    return is_idle;
}

static inline bool stranger_is_closed(struct stranger *stranger)
{
    pthread_mutex_lock(&stranger->conn.lock);
    bool is_closed = stranger->conn.reason != NULL;
    pthread_mutex_unlock(&stranger->conn.lock);
    return is_closed;
}

static inline size_t stranger_heard(struct stranger *stranger)
{
    pthread_mutex_lock(&stranger->conn.lock);
    size_t size = stranger->heard_size;
    pthread_mutex_unlock(&stranger->conn.lock);
    return size;
}

/* Up to 16 KiB, as one TLS record; what is said on a closed connection is lost. */
static inline void stranger_say(struct stranger *stranger, struct bytes bytes)
{
    wait_until(stranger_is_idle(stranger));
    pthread_mutex_lock(&stranger->conn.lock);
    links_conn_write(&stranger->conn, bytes.data, bytes.size);
    pthread_mutex_unlock(&stranger->conn.lock);
    wait_until(stranger_is_idle(stranger) || stranger_is_closed(stranger));
}

/* ---- TLS ---- */

/* `certificate` and `ca` are stems of files; NULL: none. */
static inline nng_tls_config *stranger_tls(nng_tls_mode mode, const char *certificate,
                                           const char *ca, const char *server_name)
{
    nng_tls_config *tls;
    ck_assert_int_eq(nng_tls_config_alloc(&tls, mode), 0);
    if (certificate != NULL) {
        const char *pem = fixture_text(certificate, "pem");
        const char *key = fixture_text(certificate, "key");
        ck_assert_int_eq(nng_tls_config_own_cert(tls, pem, key, NULL), 0);
        free((void *)(uintptr_t)pem);
        free((void *)(uintptr_t)key);
    }
    if (ca != NULL) {
        const char *pem = fixture_text(ca, "pem");
        ck_assert_int_eq(nng_tls_config_ca_chain(tls, pem, NULL), 0);
        free((void *)(uintptr_t)pem);
    }
    if (server_name != NULL)
        ck_assert_int_eq(nng_tls_config_server_name(tls, server_name), 0);
    return tls;
}

/* Calls the node, and frees `tls`; the handshake goes on in the background. */
static inline void stranger_call_with(struct stranger *stranger, const struct node *node,
                                      nng_tls_config *tls)
{
    memset(stranger, 0, sizeof *stranger);
    nng_stream_dialer *dialer;
    nng_aio *aio;
    ck_assert_int_eq(nng_aio_alloc(&aio, NULL, NULL), 0);
    ck_assert_int_eq(nng_stream_dialer_alloc(&dialer, node->listen), 0);
    ck_assert_int_eq(nng_stream_dialer_set_ptr(dialer, NNG_OPT_TLS_CONFIG, tls), 0);
    ck_assert_int_eq(nng_stream_dialer_set_bool(dialer, NNG_OPT_TCP_NODELAY, true), 0);
    nng_stream_dialer_dial(dialer, aio);
    nng_aio_wait(aio);
    ck_assert_int_eq(nng_aio_result(aio), 0);
    stranger_start(stranger, nng_aio_get_output(aio, 0));
    nng_stream_dialer_free(dialer);
    nng_aio_free(aio);
    nng_tls_config_free(tls);
}

/* Calls n1 with that certificate. */
static inline void stranger_call(struct stranger *stranger, const struct node *node,
                                 const char *certificate)
{
    stranger_call_with(stranger, node, stranger_tls(NNG_TLS_MODE_CLIENT, certificate, "a", "n1"));
}

/* ---- HELLO ---- */

static inline struct peer_hello hello_of(const struct node *from, uint32_t to,
                                         enum peer_channel channel)
{
    return (struct peer_hello){.network = from->network,
                               .from = from->id,
                               .to = to,
                               .channel = channel,
                               .incarnation = from->incarnation};
}

/* As it goes over the wire, signed with that node's key. */
static inline struct bytes hello_frame(uint8_t *buffer, struct peer_hello hello,
                                       const struct node *signer)
{
    struct hash digest = peer_hello_digest(&hello);
    ck_assert_int_eq(signature_make(&signer->secret, &digest, &hello.signature), ERR_OK);
    struct writer writer = writer_over(buffer, HELLO_FRAME_MAX);
    writer_u32(&writer, 0);
    peer_hello_write(&writer, &hello);
    ck_assert(writer_ok(&writer));
    buffer[3] = (uint8_t)(writer.size - 4);
    return writer_view(&writer);
}

/* ---- TCP without TLS ---- */

static inline struct sockaddr_in tcp_address(const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port =
                                 htons((uint16_t)strtoul(strrchr(address, ':') + 1, NULL, 10))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return to;
}

static inline int tcp_call(const struct node *node)
{
    struct sockaddr_in to = tcp_address(node->listen);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
    return fd;
}

/* The other side has closed it; what it said before is dropped. */
static inline bool tcp_is_closed(int fd)
{
    char bytes[4096];
    ssize_t size = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
    return size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR);
}

#endif
