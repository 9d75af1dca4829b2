/*
 * links_outgoing.h: one connection that this node makes: to one peer, for one channel.
 *
 * It is dialled, says HELLO, and is up when the peer has answered it with a first beat; beats that
 * follow show that the peer still runs. What goes wrong is told once and dialled again, at first at
 * once and then more and more slowly. Frames are taken while it is up; the queue is emptied when it
 * breaks and begins with the HELLO of the next connection, so nothing comes before a HELLO and
 * nothing outlives its connection. That the peer says this node was removed goes to
 * options->removed, from the control channel, once.
 *
 * Threads: links_outgoing_send() from any one thread; the rest with the links' lock held.
 */
#ifndef CONSENSUS_LINKS_OUTGOING_H
#define CONSENSUS_LINKS_OUTGOING_H

#include "consensus/links.h"
#include "consensus/links_bell.h"

struct links_outgoing;
struct nng_tls_config;

/* `options`, `peer` and `bell` outlive it; `tls` is held. Signs the HELLO: ERR_BAD_KEY. */
enum err links_outgoing_open(const struct links_options *options, const struct links_peer *peer,
                             enum peer_channel channel, struct nng_tls_config *tls,
                             struct links_bell *bell, struct links_outgoing **out) must_check;

/* Ends it, tells that it is down when it was up. NULL is allowed. */
void links_outgoing_close(struct links_outgoing *outgoing);

/* Does what is due; called when the bell rings and every LINKS_TICK_MS. */
void links_outgoing_tend(struct links_outgoing *outgoing, uint64_t now_ms);

/* As links_send(). */
enum err links_outgoing_send(struct links_outgoing *outgoing, const struct bytes *parts,
                             size_t part_count) must_check;

#endif
