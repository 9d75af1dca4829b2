#include "consensus/links.h"

#include "consensus/links_incoming.h"
#include "consensus/links_outgoing.h"
#include "consensus/links_roster.h"
#include "consensus/links_tls.h"
#include "proto/address.h"

#include <nng/nng.h>
#include <nng/supplemental/util/platform.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* How often what is due by time is looked at. */
#define TICK_MS 50

struct links {
    struct links_options options; /* without peers and authorities */
    char listen[ADDRESS_SIZE_MAX + 1];
    char *certificate_pem;
    char *certificate_key_pem;
    struct secret_key key;
    struct links_trust trust;
    struct links_bell bell;
    pthread_mutex_t lock; /* for all that is below but `tender`; see links_roster.h */
    struct links_roster roster;
    struct links_incoming *incoming;
    pthread_t tender;
    bool is_tended;
};

/* ---- the thread that tends ---- */

static void tend_once(struct links *links)
{
    uint64_t now_ms = links_now_ms();
    pthread_mutex_lock(&links->lock);
    links_incoming_tend(links->incoming, now_ms);
    for (size_t i = 0; i < links->roster.count; i++) {
        for (size_t channel = 0; channel < LINKS_CHANNELS; channel++)
            links_outgoing_tend(links->roster.seats[i]->outgoing[channel], now_ms);
    }
    pthread_mutex_unlock(&links->lock);
}

static void *tend(void *context)
{
    struct links *links = context;
    do
        tend_once(links);
    while (links_bell_wait(&links->bell, TICK_MS));
    return NULL;
}

/* Signals are for the threads that expect them. */
static enum err start_tending(struct links *links)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    links->is_tended = pthread_create(&links->tender, NULL, tend, links) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return links->is_tended ? ERR_OK : ERR_MEMORY;
}

/* ---- what cannot be used ---- */

static enum err wrong(const struct links_options *options, const char *what, const char *which)
{
    char text[ADDRESS_SIZE_MAX + 80];
    (void)snprintf(text, sizeof text, "%s: %.*s", what, ADDRESS_SIZE_MAX, which);
    options->complain(options->context, text);
    return ERR_CONFIG;
}

/* The peer at that place; those before it are checked. */
static enum err check_peer(const struct links *links, const struct links_peer *peers, size_t place)
{
    const struct links_options *options = &links->options;
    const struct links_peer *peer = &peers[place];
    if (strlen(peer->name) > NAME_SIZE_MAX)
        return wrong(options, "too long a name", peer->name);
    if (address_check(peer->address) != ERR_OK)
        return wrong(options, "not a node's address, tls+tcp://host:port", peer->address);
    bool is_taken = peer->id == options->id || peer->id == 0;
    for (size_t other = 0; other < place; other++)
        is_taken |= peers[other].id == peer->id;
    if (is_taken)
        return wrong(options, "not a number of its own", peer->name);
    /* It could be called, and could not call. */
    if (!links_trust_has(&links->trust, peer->ca))
        return wrong(options, "of an organisation whose CA was not known at the start", peer->name);
    return ERR_OK;
}

static enum err check(const struct links_options *options)
{
    if (options->peer_count > LINKS_PEERS_MAX || options->authority_count > LINKS_AUTHORITIES_MAX)
        return ERR_TOO_MANY;
    if (address_check_listen(options->listen) != ERR_OK)
        return wrong(options, "not an address to listen on, tls+tcp://address:port",
                     options->listen);
    return ERR_OK;
}

/* ---- peers that come and go ---- */

static void vacate(struct links *links, struct links_seat *seat)
{
    if (links->incoming != NULL)
        links_incoming_hang_up(links->incoming, seat);
    for (size_t i = 0; i < LINKS_CHANNELS; i++)
        links_outgoing_close(seat->outgoing[i]);
    free(seat);
}

static enum err open_outgoing(struct links *links, const struct links_peer *peer,
                              struct links_seat *seat)
{
    static const enum peer_channel channels[LINKS_CHANNELS] = {PEER_CONTROL, PEER_BULK};
    struct nng_tls_config *tls;
    enum err err = links_tls_caller(&links->options, peer, &tls);
    for (size_t i = 0; err == ERR_OK && i < LINKS_CHANNELS; i++)
        err = links_outgoing_open(&links->options, &seat->peer, channels[i], tls, &links->bell,
                                  &seat->outgoing[i]);
    links_tls_free(tls);
    return err;
}

/* What the node was seen to have is known, though `seat` was made without it. */
static void pass_known(const struct links_peer *from, struct links_seat *seat)
{
    if (!from->has_known || seat->peer.has_known)
        return;
    seat->peer.has_known = true;
    seat->peer.known = from->known;
}

/* The seat that the peer has, or a new one. */
static enum err seat_peer(struct links *links, const struct links_peer *peer,
                          struct links_seat **out)
{
    struct links_seat *old = links_roster_find(&links->roster, peer->id);
    *out = old;
    if (old != NULL && links_seat_is_of(old, peer)) {
        pass_known(peer, old);
        return ERR_OK;
    }
    enum err err = links_seat_make(peer, out);
    if (err == ERR_OK && old != NULL)
        pass_known(&old->peer, *out);
    if (err == ERR_OK)
        err = open_outgoing(links, peer, *out);
    if (err != ERR_OK && *out != NULL)
        vacate(links, *out);
    return err;
}

static bool is_seated(const struct links_roster *roster, const struct links_seat *seat)
{
    return links_roster_find(roster, seat->peer.id) == seat;
}

/* With the lock held. */
static enum err set_peers(struct links *links, const struct links_peer *peers, size_t count)
{
    struct links_roster *roster = &links->roster;
    struct links_roster next = {.removed = roster->removed, .removed_count = roster->removed_count};
    enum err first = ERR_OK;
    for (size_t i = 0; i < count; i++) {
        enum err err = check_peer(links, peers, i);
        if (err == ERR_OK)
            err = seat_peer(links, &peers[i], &next.seats[next.count]);
        if (err == ERR_OK)
            next.count++;
        else if (first == ERR_OK)
            first = err;
    }
    for (size_t i = 0; i < roster->count; i++) {
        if (!is_seated(&next, roster->seats[i]))
            vacate(links, roster->seats[i]);
    }
    *roster = next;
    return first;
}

enum err links_set_peers(struct links *links, const struct links_peer *peers, size_t count)
{
    if (count > LINKS_PEERS_MAX)
        return ERR_TOO_MANY;
    pthread_mutex_lock(&links->lock);
    enum err err = set_peers(links, peers, count);
    pthread_mutex_unlock(&links->lock);
    links_bell_ring(&links->bell);
    return err;
}

enum err links_set_removed(struct links *links, const struct links_removed *removed, size_t count)
{
    if (count > LINKS_REMOVED_MAX)
        return ERR_TOO_MANY;
    struct links_removed *copy = calloc(count + 1, sizeof *copy);
    if (copy == NULL)
        return ERR_MEMORY;
    for (size_t i = 0; i < count; i++)
        copy[i] = removed[i];
    pthread_mutex_lock(&links->lock);
    free(links->roster.removed);
    links->roster.removed = copy;
    links->roster.removed_count = count;
    pthread_mutex_unlock(&links->lock);
    return ERR_OK;
}

/* ---- opening, sending, closing ---- */

static enum err copy_options(struct links *links, const struct links_options *options)
{
    links->options = *options;
    links->options.peers = NULL;
    links->options.peer_count = 0;
    links->options.authorities = NULL;
    links->options.authority_count = 0;
    links->key = *options->key;
    links->options.key = &links->key;
    memcpy(links->listen, options->listen, strlen(options->listen) + 1);
    links->options.listen = links->listen;
    links->certificate_pem = strdup(options->certificate_pem);
    links->certificate_key_pem = strdup(options->certificate_key_pem);
    links->options.certificate_pem = links->certificate_pem;
    links->options.certificate_key_pem = links->certificate_key_pem;
    return links->certificate_pem != NULL && links->certificate_key_pem != NULL ? ERR_OK
                                                                                : ERR_MEMORY;
}

static enum err open_all(struct links *links, const struct links_options *options)
{
    struct nng_tls_config *tls = NULL;
    enum err err = copy_options(links, options);
    if (err == ERR_OK)
        err = links_tls_called(options, &links->trust, &tls);
    if (err == ERR_OK)
        err = set_peers(links, options->peers, options->peer_count);
    if (err == ERR_OK)
        err = links_incoming_open(&links->options, &links->roster, tls, &links->bell,
                                  &links->incoming);
    links_tls_free(tls);
    return err == ERR_OK ? start_tending(links) : err;
}

enum err links_open(const struct links_options *options, struct links **out)
{
    *out = NULL;
    enum err err = check(options);
    if (err != ERR_OK)
        return err;
    struct links *links = calloc(1, sizeof *links);
    if (links == NULL)
        return ERR_MEMORY;
    if ((err = links_bell_init(&links->bell)) != ERR_OK) {
        free(links);
        return err;
    }
    if (pthread_mutex_init(&links->lock, NULL) != 0) {
        links_bell_destroy(&links->bell);
        free(links);
        return ERR_MEMORY;
    }
    if ((err = open_all(links, options)) != ERR_OK) {
        links_close(links);
        return err;
    }
    *out = links;
    return ERR_OK;
}

static void free_secret(char *text)
{
    if (text != NULL)
        explicit_bzero(text, strlen(text));
    free(text);
}

void links_close(struct links *links)
{
    if (links == NULL)
        return;
    if (links->is_tended) {
        links_bell_ring_last(&links->bell);
        pthread_join(links->tender, NULL);
    }
    for (size_t i = 0; i < links->roster.count; i++)
        vacate(links, links->roster.seats[i]);
    links_incoming_close(links->incoming);
    free(links->roster.removed);
    free(links->certificate_pem);
    free_secret(links->certificate_key_pem);
    explicit_bzero(&links->key, sizeof links->key);
    pthread_mutex_destroy(&links->lock);
    links_bell_destroy(&links->bell);
    free(links);
}

enum err links_send(struct links *links, uint32_t peer, enum peer_channel channel,
                    const struct bytes *parts, size_t part_count)
{
    size_t room = PEER_MESSAGE_SIZE_MAX;
    for (size_t i = 0; i < part_count; i++) {
        if (room < parts[i].size)
            return ERR_TOO_LARGE;
        room -= parts[i].size;
    }
    const struct links_seat *seat = links_roster_find(&links->roster, peer);
    if (seat == NULL)
        return ERR_UNREACHABLE;
    return links_outgoing_send(seat->outgoing[channel == PEER_BULK], parts, part_count);
}
