#include "consensus/links_guest.h"

#include "proto/invariant.h"
#include "proto/reader.h"

#include <arpa/inet.h>
#include <nng/nng.h>
#include <stdio.h>
#include <stdlib.h>

#define HEAD_SIZE 4

static const uint8_t answers[] = {0, LINKS_BEAT, LINKS_REMOVED, LINKS_WIPED};

/* ---- frames out of bytes ---- */

static void deliver(struct links_guest *guest, uint8_t *data, size_t size)
{
    guest->options->receive(guest->options->context,
                            (struct links_frame){.from = guest->peer->id,
                                                 .channel = guest->channel,
                                                 .bytes = bytes_of(data, size),
                                                 .owner = data});
}

void links_frame_free(struct links_frame *frame)
{
    free(frame->owner);
    *frame = (struct links_frame){0};
}

/* Begins the frame of that size with what of it lies at `bytes`; the bytes used, or 0 without
 * memory. */
static size_t begin_frame(struct links_guest *guest, size_t size, struct bytes bytes)
{
    uint8_t *data = malloc(size > 0 ? size : 1);
    if (data == NULL)
        return 0;
    size_t here = bytes.size < size ? bytes.size : size;
    memcpy(data, bytes.data, here);
    if (here == size) {
        deliver(guest, data, size);
    } else {
        guest->frame = data;
        guest->frame_size = size;
        guest->frame_filled = here;
    }
    return HEAD_SIZE + here;
}

/* All frames that begin in the buffer; NULL, or why the guest is sent away. */
static const char *take_buffer(struct links_guest *guest)
{
    size_t at = 0;
    while (guest->filled - at >= HEAD_SIZE) {
        struct reader reader = reader_over(bytes_of(guest->buffer + at, guest->filled - at));
        size_t size = reader_u32(&reader);
        if (size > (guest->peer == NULL ? LINKS_HELLO_SIZE_MAX : PEER_MESSAGE_SIZE_MAX))
            return guest->peer == NULL ? "it began with something else than a HELLO"
                                       : "it sent a frame above the limit";
        if (guest->peer == NULL)
            return NULL;
        size_t used = begin_frame(guest, size, reader_bytes(&reader, reader_left(&reader)));
        if (used == 0)
            return err_sentence(ERR_MEMORY);
        at += used;
    }
    guest->filled -= at;
    memmove(guest->buffer, guest->buffer + at, guest->filled);
    return NULL;
}

static const char *take(struct links_guest *guest, size_t size)
{
    if (guest->frame == NULL) {
        guest->filled += size;
        return take_buffer(guest);
    }
    guest->frame_filled += size;
    if (guest->frame_filled == guest->frame_size) {
        uint8_t *frame = guest->frame;
        guest->frame = NULL;
        deliver(guest, frame, guest->frame_size);
    }
    return NULL;
}

struct bytes links_guest_hello(const struct links_guest *guest)
{
    struct reader reader = reader_over(bytes_of(guest->buffer, guest->filled));
    size_t size = reader_u32(&reader);
    return reader_bytes(&reader, size);
}

static bool is_hello_whole(const struct links_guest *guest)
{
    return guest->filled >= HEAD_SIZE && links_guest_hello(guest).data != NULL;
}

/* ---- the connection ---- */

/* With the lock held. */
static void read_on(struct links_guest *guest)
{
    if (guest->frame != NULL)
        links_conn_read(&guest->conn, guest->frame + guest->frame_filled,
                        guest->frame_size - guest->frame_filled);
    else
        links_conn_read(&guest->conn, guest->buffer + guest->filled,
                        sizeof guest->buffer - guest->filled);
}

static void read_done(void *context)
{
    struct links_guest *guest = context;
    struct links_conn *conn = &guest->conn;
    pthread_mutex_lock(&conn->lock);
    size_t size = links_conn_read_done(conn);
    pthread_mutex_unlock(&conn->lock);
    if (size == 0)
        return;
    const char *problem = take(guest, size);
    pthread_mutex_lock(&conn->lock);
    if (problem != NULL) {
        links_conn_break(conn, problem);
    } else if (guest->peer == NULL && is_hello_whole(guest)) {
        guest->has_said_hello = true;
        links_bell_ring(conn->bell);
    } else {
        read_on(guest);
    }
    pthread_mutex_unlock(&conn->lock);
}

static void write_done(void *context)
{
    struct links_guest *guest = context;
    pthread_mutex_lock(&guest->conn.lock);
    (void)links_conn_write_done(&guest->conn);
    pthread_mutex_unlock(&guest->conn.lock);
}

void links_guest_name(struct links_guest *guest, const char *name)
{
    (void)snprintf(guest->name, sizeof guest->name, "%s", name);
}

/* "10.0.0.7:41234" or "[2001:db8::7]:41234". */
static void name_address(struct links_guest *guest, struct nng_stream *stream)
{
    char text[INET6_ADDRSTRLEN] = "";
    nng_sockaddr from;
    if (nng_stream_get_addr(stream, NNG_OPT_REMADDR, &from) != 0)
        from.s_family = NNG_AF_UNSPEC;
    if (from.s_family == NNG_AF_INET) {
        (void)inet_ntop(AF_INET, &from.s_in.sa_addr, text, sizeof text);
        (void)snprintf(guest->address, sizeof guest->address, "%s:%u", text,
                       ntohs(from.s_in.sa_port));
    } else if (from.s_family == NNG_AF_INET6) {
        (void)inet_ntop(AF_INET6, from.s_in6.sa_addr, text, sizeof text);
        (void)snprintf(guest->address, sizeof guest->address, "[%s]:%u", text,
                       ntohs(from.s_in6.sa_port));
    } else {
        (void)snprintf(guest->address, sizeof guest->address, "an address that is gone already");
    }
}

enum err links_guest_open(const struct links_options *options, struct links_bell *bell,
                          struct nng_stream *stream, struct links_guest **out)
{
    struct links_guest *guest = malloc(sizeof *guest);
    *out = NULL;
    if (guest != NULL) {
        memset(guest, 0, offsetof(struct links_guest, buffer));
        guest->options = options;
        links_guest_name(guest, "a caller");
    }
    if (guest == NULL ||
        links_conn_init(&guest->conn, bell, read_done, write_done, guest) != ERR_OK) {
        free(guest);
        nng_stream_close(stream);
        nng_stream_free(stream);
        return ERR_MEMORY;
    }
    name_address(guest, stream);
    links_conn_start(&guest->conn, stream);
    pthread_mutex_lock(&guest->conn.lock);
    read_on(guest);
    pthread_mutex_unlock(&guest->conn.lock);
    *out = guest;
    return ERR_OK;
}

void links_guest_close(struct links_guest *guest)
{
    links_conn_shut(&guest->conn);
    links_conn_destroy(&guest->conn);
    free(guest->frame);
    free(guest);
}

void links_guest_admit(struct links_guest *guest, const struct links_peer *peer,
                       enum peer_channel channel)
{
    size_t used = HEAD_SIZE + links_guest_hello(guest).size;
    guest->filled -= used;
    memmove(guest->buffer, guest->buffer + used, guest->filled);
    guest->peer = peer;
    guest->channel = channel;
    links_guest_beat(guest);
    const char *problem = take_buffer(guest);
    pthread_mutex_lock(&guest->conn.lock);
    if (problem != NULL)
        links_conn_break(&guest->conn, problem);
    else
        read_on(guest);
    pthread_mutex_unlock(&guest->conn.lock);
}

void links_guest_beat(struct links_guest *guest)
{
    pthread_mutex_lock(&guest->conn.lock);
    if (!guest->conn.is_writing)
        links_conn_write(&guest->conn, &answers[LINKS_BEAT], 1);
    pthread_mutex_unlock(&guest->conn.lock);
}

void links_guest_answer(struct links_guest *guest, uint8_t answer)
{
    invariant(guest->peer == NULL);
    guest->is_answered = true;
    guest->filled = 0;
    pthread_mutex_lock(&guest->conn.lock);
    links_conn_write(&guest->conn, &answers[answer], 1);
    read_on(guest);
    pthread_mutex_unlock(&guest->conn.lock);
}
