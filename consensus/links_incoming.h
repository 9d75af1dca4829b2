/*
 * links_incoming.h: the connections that others make to this node.
 *
 * A caller is a stranger until its TLS handshake is done and its HELLO is verified; strangers are
 * few, short-lived and hold no memory that they choose the size of. After that it is a peer's
 * channel: it replaces the older connection of that channel, gets a beat every now and then, and
 * its frames go to options->receive. A node that was removed, or that lost its data, is told so and
 * sent away.
 *
 * Threads: all calls with the links' lock held; frames are received on NNG's.
 */
#ifndef CONSENSUS_LINKS_INCOMING_H
#define CONSENSUS_LINKS_INCOMING_H

#include "consensus/links.h"
#include "consensus/links_bell.h"
#include "consensus/links_roster.h"

struct links_incoming;
struct nng_tls_config;

/* `options`, `roster` and `bell` outlive it; `tls` is held. ERR_NETWORK when it cannot listen. */
enum err links_incoming_open(const struct links_options *options, const struct links_roster *roster,
                             struct nng_tls_config *tls, struct links_bell *bell,
                             struct links_incoming **out) must_check;
/* NULL is allowed. */
void links_incoming_close(struct links_incoming *incoming);

/* Hangs up on the peer: no frame of it is received once it returns. */
void links_incoming_hang_up(struct links_incoming *incoming, const struct links_seat *seat);

/* Does what is due; called when the bell rings and every LINKS_TICK_MS. */
void links_incoming_tend(struct links_incoming *incoming, uint64_t now_ms);

#endif
