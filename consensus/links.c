#include "consensus/links.h"

#include "consensus/links_incoming.h"
#include "consensus/links_outgoing.h"
#include "consensus/links_tls.h"

#include <nng/nng.h>
#include <nng/supplemental/util/platform.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* How often what is due by time is looked at. */
#define TICK_MS 50

enum { CHANNELS = 2 };

struct links {
    struct links_options options;
    struct links_peer peers[MEMBERS_MAX];
    char listen[ADDRESS_SIZE_MAX + 1];
    char names[MEMBERS_MAX][NAME_SIZE_MAX + 1];
    char addresses[MEMBERS_MAX][ADDRESS_SIZE_MAX + 1];
    struct links_bell bell;
    struct links_incoming *incoming;
    struct links_outgoing *outgoing[MEMBERS_MAX][CHANNELS];
    pthread_t tender;
    bool is_tended;
};

/* ---- the thread that tends ---- */

static void *tend(void *context)
{
    struct links *links = context;
    do {
        uint64_t now_ms = nng_clock();
        links_incoming_tend(links->incoming, now_ms);
        for (size_t i = 0; i < links->options.peer_count; i++) {
            for (size_t channel = 0; channel < CHANNELS; channel++)
                links_outgoing_tend(links->outgoing[i][channel], now_ms);
        }
    } while (links_bell_wait(&links->bell, TICK_MS));
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

/* ---- options ---- */

static enum err wrong(const struct links_options *options, const char *what, const char *which)
{
    char text[ADDRESS_SIZE_MAX + 80];
    (void)snprintf(text, sizeof text, "%s: %.*s", what, ADDRESS_SIZE_MAX, which);
    options->complain(options->context, text);
    return ERR_CONFIG;
}

/* Another scheme would be a connection without TLS. */
static bool is_address(const char *address)
{
    nng_url *url;
    if (strlen(address) > ADDRESS_SIZE_MAX || nng_url_parse(&url, address) != 0)
        return false;
    bool is_one = strcmp(url->u_scheme, "tls+tcp") == 0 && strlen(url->u_port) > 0;
    nng_url_free(url);
    return is_one;
}

static enum err check(const struct links_options *options)
{
    if (options->peer_count >= MEMBERS_MAX)
        return ERR_TOO_MANY;
    if (!is_address(options->listen))
        return wrong(options, "not an address to listen on, tls+tcp://address:port",
                     options->listen);
    for (size_t i = 0; i < options->peer_count; i++) {
        const struct links_peer *peer = &options->peers[i];
        if (strlen(peer->name) > NAME_SIZE_MAX)
            return wrong(options, "too long a name", peer->name);
        if (!is_address(peer->address))
            return wrong(options, "not a node's address, tls+tcp://host:port", peer->address);
        bool is_taken = peer->id == options->id || peer->id == 0;
        for (size_t other = 0; other < i; other++)
            is_taken |= options->peers[other].id == peer->id;
        if (is_taken)
            return wrong(options, "not a number of its own", peer->name);
    }
    return ERR_OK;
}

static void copy_text(char *to, const char *text)
{
    memcpy(to, text, strlen(text) + 1);
}

/* What is not copied is used while opening and forgotten after. */
static void copy_options(struct links *links, const struct links_options *options)
{
    links->options = *options;
    links->options.peers = links->peers;
    links->options.listen = links->listen;
    copy_text(links->listen, options->listen);
    for (size_t i = 0; i < options->peer_count; i++) {
        links->peers[i] = options->peers[i];
        links->peers[i].name = links->names[i];
        links->peers[i].address = links->addresses[i];
        copy_text(links->names[i], options->peers[i].name);
        copy_text(links->addresses[i], options->peers[i].address);
    }
}

static void forget_secrets(struct links *links)
{
    links->options.key = NULL;
    links->options.certificate_pem = NULL;
    links->options.certificate_key_pem = NULL;
    for (size_t i = 0; i < links->options.peer_count; i++)
        links->peers[i].ca = bytes_of(NULL, 0);
}

/* ---- opening, sending, closing ---- */

static enum err open_outgoing(struct links *links, size_t place)
{
    static const enum peer_channel channels[CHANNELS] = {PEER_CONTROL, PEER_BULK};
    const struct links_peer *peer = &links->peers[place];
    struct nng_tls_config *tls;
    enum err err = links_tls_caller(&links->options, peer, &tls);
    for (size_t i = 0; err == ERR_OK && i < CHANNELS; i++)
        err = links_outgoing_open(&links->options, peer, channels[i], tls, &links->bell,
                                  &links->outgoing[place][i]);
    links_tls_free(tls);
    return err;
}

static enum err open_incoming(struct links *links)
{
    struct nng_tls_config *tls;
    enum err err = links_tls_called(&links->options, &tls);
    if (err == ERR_OK)
        err = links_incoming_open(&links->options, tls, &links->bell, &links->incoming);
    links_tls_free(tls);
    return err;
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
    copy_options(links, options);
    for (size_t i = 0; err == ERR_OK && i < options->peer_count; i++)
        err = open_outgoing(links, i);
    if (err == ERR_OK)
        err = open_incoming(links);
    forget_secrets(links);
    if (err == ERR_OK)
        err = start_tending(links);
    if (err != ERR_OK) {
        links_close(links);
        return err;
    }
    *out = links;
    return ERR_OK;
}

void links_close(struct links *links)
{
    if (links == NULL)
        return;
    if (links->is_tended) {
        links_bell_ring_last(&links->bell);
        pthread_join(links->tender, NULL);
    }
    links_incoming_close(links->incoming);
    for (size_t i = 0; i < links->options.peer_count; i++) {
        for (size_t channel = 0; channel < CHANNELS; channel++)
            links_outgoing_close(links->outgoing[i][channel]);
    }
    links_bell_destroy(&links->bell);
    free(links);
}

static struct links_outgoing *find(struct links *links, uint32_t peer, enum peer_channel channel)
{
    for (size_t i = 0; i < links->options.peer_count; i++) {
        if (links->peers[i].id == peer)
            return links->outgoing[i][channel == PEER_BULK];
    }
    return NULL;
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
    struct links_outgoing *outgoing = find(links, peer, channel);
    if (outgoing == NULL)
        return ERR_UNREACHABLE;
    return links_outgoing_send(outgoing, parts, part_count);
}
