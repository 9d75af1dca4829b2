/*
 * links.h: connections to the other nodes: frames go out and come in, over NNG with mutual TLS.
 *
 * Two connections a peer and direction: control (votes, heartbeats, acknowledgements, short frames)
 * and bulk (blocks, transactions), so that bulk never delays a heartbeat. Each is dialled, and
 * dialled again when it breaks, in the background; a frame that cannot be queued is dropped (Raft
 * sends again). The caller of a connection says who it is with a signed HELLO (proto/peer.h);
 * frames of a connection without one are dropped and the connection is closed.
 *
 * Threads: links_send() from the loop's thread only. The callbacks come on threads of NNG's: they
 * must not block and not call back into links; the node's put what they get into a mailbox.
 */
#ifndef CONSENSUS_LINKS_H
#define CONSENSUS_LINKS_H

#include "proto/genesis.h"
#include "proto/peer.h"

struct links;

struct links_peer {
    uint32_t id;
    const char *name;    /* the name in its certificate */
    const char *address; /* tls+tcp://host:port */
    struct public_key key;
    struct bytes ca; /* its organisation's, DER */
};

/* A frame that came in; the receiver frees it with links_frame_free(). */
struct links_frame {
    uint32_t from;
    enum peer_channel channel;
    struct bytes bytes; /* without the HELLO frames, which links handles itself */
    void *owner;
};

struct links_options {
    struct hash network;
    uint32_t id;
    struct incarnation incarnation;
    const struct secret_key *key;
    const char *listen;          /* tls+tcp://address:port */
    const char *certificate_pem; /* text, with its chain */
    const char *certificate_key_pem;
    const struct links_peer *peers;
    size_t peer_count;
    void (*receive)(void *context, struct links_frame frame);
    /* A connection of ours to `peer` is up or down. */
    void (*state)(void *context, uint32_t peer, enum peer_channel channel, bool up);
    /* Something that an operator should read: "certificate of 10.0.0.7 not accepted: …". */
    void (*complain)(void *context, const char *text);
    void *context;
};

/* All that `options` points to is copied. ERR_NETWORK when it cannot listen, ERR_CONFIG for a
 * certificate that does not parse. */
enum err links_open(const struct links_options *options, struct links **out) must_check;
/* No callback comes after it returns. */
void links_close(struct links *links);

/* Queues one frame, made of the parts in order (copied). ERR_UNREACHABLE without a connection,
 * ERR_BUSY when the channel's queue is full; the frame is dropped in both cases. */
enum err links_send(struct links *links, uint32_t peer, enum peer_channel channel,
                    const struct bytes *parts, size_t part_count) must_check;

void links_frame_free(struct links_frame *frame);

#endif
