#include "consensus/links_incoming.h"

#include "consensus/links_guest.h"
#include "consensus/ration.h"
#include "proto/invariant.h"

#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

/* After an accept that failed (no file descriptor left) the next one waits. */
#define ACCEPT_PAUSE_MS 100

/* An operator reads so many lines about strangers, then how many more there were. */
#define COMPLAINTS_MAX       10
#define COMPLAINTS_PERIOD_MS 10000

/* For one that was told why it is not served to hang up, on a bad line. */
#define ANSWER_MS 2000

struct links_incoming {
    const struct links_options *options;
    const struct links_roster *roster;
    struct links_bell *bell;
    nng_stream_listener *listener;
    nng_aio *accept;
    atomic_bool has_accepted;
    bool is_accepting;
    uint64_t accept_ms;
    struct links_guest *guests; /* oldest first */
    size_t stranger_count;

    struct ration complaints;
};

/* ---- complaints ---- */

static void complain(struct links_incoming *incoming, const char *who, const char *where,
                     const char *what, uint64_t now_ms)
{
    if (!ration_take(&incoming->complaints, COMPLAINTS_MAX, COMPLAINTS_PERIOD_MS, now_ms))
        return;
    char more[48] = "";
    unsigned unsaid = ration_withheld(&incoming->complaints);
    if (unsaid > 0)
        (void)snprintf(more, sizeof more, " (and %u more before)", unsaid);
    char text[512];
    (void)snprintf(text, sizeof text, "%s at %s is not served: %s%s", who, where, what, more);
    incoming->options->complain(incoming->options->context, text);
}

/* ---- opening and closing ---- */

static void accept_done(void *context)
{
    struct links_incoming *incoming = context;
    atomic_store(&incoming->has_accepted, true);
    links_bell_ring(incoming->bell);
}

static int listen_on(struct links_incoming *incoming, struct nng_tls_config *tls)
{
    int error = nng_stream_listener_alloc(&incoming->listener, incoming->options->listen);
    if (error != 0) {
        incoming->listener = NULL;
        return error;
    }
    if ((error = nng_stream_listener_set_ptr(incoming->listener, NNG_OPT_TLS_CONFIG, tls)) != 0 ||
        (error = nng_stream_listener_set_bool(incoming->listener, NNG_OPT_TCP_NODELAY, true)) != 0)
        return error;
    return nng_stream_listener_listen(incoming->listener);
}

enum err links_incoming_open(const struct links_options *options, const struct links_roster *roster,
                             struct nng_tls_config *tls, struct links_bell *bell,
                             struct links_incoming **out)
{
    struct links_incoming *incoming = calloc(1, sizeof *incoming);
    *out = NULL;
    if (incoming == NULL)
        return ERR_MEMORY;
    incoming->options = options;
    incoming->roster = roster;
    incoming->bell = bell;
    atomic_init(&incoming->has_accepted, false);
    int error = nng_aio_alloc(&incoming->accept, accept_done, incoming);
    if (error == 0)
        error = listen_on(incoming, tls);
    if (error != 0) {
        char text[ADDRESS_SIZE_MAX + 80];
        (void)snprintf(text, sizeof text, "cannot listen on %s: %s", options->listen,
                       nng_strerror(error));
        options->complain(options->context, text);
        links_incoming_close(incoming);
        return error == NNG_ENOMEM ? ERR_MEMORY : ERR_NETWORK;
    }
    *out = incoming;
    return ERR_OK;
}

static nng_stream *take_accepted(struct links_incoming *incoming)
{
    atomic_store(&incoming->has_accepted, false);
    incoming->is_accepting = false;
    return nng_aio_result(incoming->accept) == 0 ? nng_aio_get_output(incoming->accept, 0) : NULL;
}

void links_incoming_close(struct links_incoming *incoming)
{
    if (incoming == NULL)
        return;
    if (incoming->listener != NULL)
        nng_stream_listener_close(incoming->listener);
    if (incoming->is_accepting) {
        nng_aio_wait(incoming->accept);
        nng_stream *stream = take_accepted(incoming);
        if (stream != NULL) {
            nng_stream_close(stream);
            nng_stream_free(stream);
        }
    }
    while (incoming->guests != NULL) {
        struct links_guest *guest = incoming->guests;
        incoming->guests = guest->next;
        links_guest_close(guest);
    }
    nng_stream_listener_free(incoming->listener);
    nng_aio_free(incoming->accept);
    free(incoming);
}

/* ---- guests ---- */

static void remove_guest(struct links_incoming *incoming, struct links_guest **place)
{
    struct links_guest *guest = *place;
    *place = guest->next;
    if (guest->peer == NULL)
        incoming->stranger_count--;
    links_guest_close(guest);
}

static void remove_oldest_stranger(struct links_incoming *incoming)
{
    struct links_guest **place = &incoming->guests;
    while (*place != NULL && (*place)->peer != NULL)
        place = &(*place)->next;
    invariant(*place != NULL);
    remove_guest(incoming, place);
}

static void welcome(struct links_incoming *incoming, nng_stream *stream, uint64_t now_ms)
{
    if (incoming->stranger_count == LINKS_STRANGERS_MAX)
        remove_oldest_stranger(incoming);
    struct links_guest *guest;
    if (links_guest_open(incoming->options, incoming->bell, stream, &guest) != ERR_OK)
        return;
    guest->due_ms = now_ms + LINKS_HELLO_MS;
    struct links_guest **place = &incoming->guests;
    while (*place != NULL)
        place = &(*place)->next;
    *place = guest;
    incoming->stranger_count++;
}

static void tend_listener(struct links_incoming *incoming, uint64_t now_ms)
{
    if (atomic_load(&incoming->has_accepted)) {
        nng_stream *stream = take_accepted(incoming);
        if (stream != NULL) {
            welcome(incoming, stream, now_ms);
        } else {
            complain(incoming, "a caller", incoming->options->listen,
                     nng_strerror(nng_aio_result(incoming->accept)), now_ms);
            incoming->accept_ms = now_ms + ACCEPT_PAUSE_MS;
        }
    }
    if (!incoming->is_accepting && now_ms >= incoming->accept_ms) {
        incoming->is_accepting = true;
        nng_stream_listener_accept(incoming->listener, incoming->accept);
    }
}

void links_incoming_hang_up(struct links_incoming *incoming, const struct links_seat *seat)
{
    struct links_guest **place = &incoming->guests;
    while (*place != NULL) {
        if ((*place)->peer == &seat->peer)
            remove_guest(incoming, place);
        else
            place = &(*place)->next;
    }
}

/* ---- the HELLO ---- */

/* NULL, or why this HELLO is not for this node. */
static const char *parse_hello(const struct links_options *options, struct bytes frame,
                               struct peer_hello *hello)
{
    if (peer_hello_parse(frame, hello) != ERR_OK)
        return "it began with something else than a HELLO";
    if (!hash_equal(&hello->network, &options->network))
        return "its HELLO is for another network";
    if (hello->to != options->id)
        return "its HELLO is for another node";
    return NULL;
}

static bool is_signed_by(const struct peer_hello *hello, const struct public_key *key)
{
    struct hash digest = peer_hello_digest(hello);
    return signature_check(key, &digest, &hello->signature) == ERR_OK;
}

/* A wiped node is another node: what it voted and stored, it may have forgotten. */
static bool has_other_data(const struct links_options *options, struct links_peer *peer,
                           const struct incarnation *incarnation)
{
    if (peer->has_known)
        return memcmp(&peer->known, incarnation, sizeof *incarnation) != 0;
    peer->has_known = true;
    peer->known = *incarnation;
    if (options->learned != NULL)
        options->learned(options->context, peer->id, incarnation);
    return false;
}

/* Two connections of one channel: the older one is a half-open left-over, or one of two processes
 * with the same key and data. It is shut before the newer one is read, so that no frame of it comes
 * later. */
static void replace_older(struct links_incoming *incoming, const struct links_peer *peer,
                          enum peer_channel channel)
{
    for (struct links_guest *other = incoming->guests; other != NULL; other = other->next) {
        if (other->peer == peer && other->channel == channel && !other->is_replaced) {
            links_conn_shut(&other->conn);
            other->is_replaced = true;
        }
    }
}

static void admit(struct links_incoming *incoming, struct links_guest *guest,
                  const struct links_peer *peer, enum peer_channel channel, uint64_t now_ms)
{
    replace_older(incoming, peer, channel);
    incoming->stranger_count--;
    guest->due_ms = now_ms + LINKS_BEAT_MS;
    links_guest_admit(guest, peer, channel);
}

/* Says why it is not served, here and there. */
static void answer(struct links_incoming *incoming, struct links_guest *guest, uint8_t byte,
                   const char *reason, uint64_t now_ms)
{
    complain(incoming, guest->name, guest->address, reason, now_ms);
    guest->due_ms = now_ms + ANSWER_MS;
    links_guest_answer(guest, byte);
}

/* NULL, or why it is sent away. */
static const char *hear_hello(struct links_incoming *incoming, struct links_guest *guest,
                              uint64_t now_ms)
{
    struct peer_hello hello;
    const char *reason = parse_hello(incoming->options, links_guest_hello(guest), &hello);
    if (reason != NULL)
        return reason;
    struct links_seat *seat = links_roster_find(incoming->roster, hello.from);
    const struct links_removed *removed = links_roster_find_removed(incoming->roster, hello.from);
    if (seat == NULL && removed == NULL)
        return "its HELLO is of a node that is no peer";
    if (!is_signed_by(&hello, seat != NULL ? &seat->peer.key : &removed->key))
        return "its HELLO is not signed by the node that it names";
    if (seat == NULL) {
        char name[NAME_SIZE_MAX];
        (void)snprintf(name, sizeof name, "node %u", hello.from);
        links_guest_name(guest, name);
        answer(incoming, guest, LINKS_REMOVED, "it was removed from the network", now_ms);
        return NULL;
    }
    links_guest_name(guest, seat->name);
    if (has_other_data(incoming->options, &seat->peer, &hello.incarnation))
        answer(incoming, guest, LINKS_WIPED,
               "it lost the data that it had when it called first: it needs a new node id", now_ms);
    else
        admit(incoming, guest, &seat->peer, hello.channel, now_ms);
    return NULL;
}

/* NULL, or why the guest goes. */
static const char *tend_guest(struct links_incoming *incoming, struct links_guest *guest,
                              uint64_t now_ms)
{
    if (guest->is_replaced)
        return "it has called again since";
    pthread_mutex_lock(&guest->conn.lock);
    const char *reason = guest->conn.reason;
    bool has_said_hello = guest->has_said_hello;
    pthread_mutex_unlock(&guest->conn.lock);
    if (reason != NULL)
        return reason;
    if (guest->peer == NULL && !guest->is_answered && has_said_hello)
        return hear_hello(incoming, guest, now_ms);
    if (now_ms < guest->due_ms)
        return NULL;
    if (guest->peer == NULL)
        return "it did not say HELLO in time";
    guest->due_ms = now_ms + LINKS_BEAT_MS;
    links_guest_beat(guest);
    return NULL;
}

/* A peer that stops or starts again: its own connections to it say so. Or all was said already. */
static bool goes_without_a_word(const struct links_guest *guest)
{
    return guest->is_answered || (guest->peer != NULL && guest->conn.is_farewell);
}

void links_incoming_tend(struct links_incoming *incoming, uint64_t now_ms)
{
    tend_listener(incoming, now_ms);
    struct links_guest **place = &incoming->guests;
    while (*place != NULL) {
        struct links_guest *guest = *place;
        const char *reason = tend_guest(incoming, guest, now_ms);
        if (reason != NULL && !goes_without_a_word(guest))
            complain(incoming, guest->name, guest->address, reason, now_ms);
        if (reason != NULL)
            remove_guest(incoming, place);
        else
            place = &guest->next;
    }
}
