/*
 * links.h: connections to the other nodes: frames go out and come in, over NNG with mutual TLS.
 *
 * Two connections a peer and direction: control (votes, heartbeats, acknowledgements, short frames)
 * and bulk (blocks, transactions), so that bulk never delays a heartbeat. Each is dialled, and
 * dialled again when it breaks, in the background; a frame that cannot be queued is dropped (Raft
 * sends again). The caller of a connection says who it is with a signed HELLO (proto/peer.h);
 * nothing is taken from a connection without one, and it is closed.
 *
 * On the wire, inside TLS 1.2: from the caller frames, each a 4-byte size (0 or more) and that many
 * bytes, the first a HELLO; from the called one byte of value LINKS_BEAT when it has accepted the
 * HELLO, and another one every LINKS_BEAT_MS. Of one connection frames arrive in order, each once,
 * from the first on; what was under way when it broke may be lost. docs/decisions/0002-links.md has
 * the reasons.
 *
 * Threads: links_send() from the loop's thread only. The callbacks come on threads of links' and
 * NNG's: they must not block and not call back into links; the node's put what they get into a
 * mailbox. receive() is called for several connections at once, for one of them in order; state()
 * and complain() are called by one thread at a time.
 */
#ifndef CONSENSUS_LINKS_H
#define CONSENSUS_LINKS_H

#include "proto/genesis.h"
#include "proto/peer.h"

/* Bytes that wait in one connection's queue, with 4 for each frame: the largest frame always fits
 * an empty queue; bulk holds a window of blocks (about 8 MiB) beside the frame that is going out.
 */
#define LINKS_CONTROL_QUEUE_MAX (PEER_MESSAGE_SIZE_MAX + 4)
#define LINKS_BULK_QUEUE_MAX    (5 * (PEER_MESSAGE_SIZE_MAX + 4))

/* How long the network may take to answer a connection attempt, and how long the TLS handshake and
 * the HELLO may take after that, on either side: some round trips of a bad line. */
#define LINKS_DIAL_MS  5000
#define LINKS_HELLO_MS 10000

/* The pause before a connection is dialled again: doubled with each failure in a row. */
#define LINKS_RETRY_MIN_MS 50
#define LINKS_RETRY_MAX_MS 2000

/* A called node shows life this often; one that was silent for so long is dialled anew: a vanished
 * host or a cut line, which TCP alone notices after a quarter of an hour. */
#define LINKS_BEAT_MS    2500
#define LINKS_SILENCE_MS 10000

/* Callers at a time that have not said who they are; the oldest goes for a new one. About 90 KB
 * each. */
#define LINKS_STRANGERS_MAX 128

#define LINKS_BEAT 1

struct links;

struct links_peer {
    uint32_t id;
    const char *name;    /* the name in its certificate */
    const char *address; /* tls+tcp://host:port */
    struct public_key key;
    struct bytes ca; /* its organisation's, DER */
};

/* A frame that came in, at most PEER_MESSAGE_SIZE_MAX bytes, of which nothing is known but who sent
 * it; the receiver frees it with links_frame_free(), on any thread. */
struct links_frame {
    uint32_t from;
    enum peer_channel channel;
    struct bytes bytes; /* HELLO frames never come here */
    void *owner;
};

struct links_options {
    struct hash network;
    uint32_t id;
    struct incarnation incarnation;
    const struct secret_key *key;
    const char *listen;          /* tls+tcp://address:port; `*` is every address */
    const char *certificate_pem; /* text, with its chain */
    const char *certificate_key_pem;
    const struct links_peer *peers; /* the other nodes, each with an id of its own */
    size_t peer_count;              /* below MEMBERS_MAX */
    void (*receive)(void *context, struct links_frame frame);
    /* A connection of ours to `peer` is up or down. */
    void (*state)(void *context, uint32_t peer, enum peer_channel channel, bool up);
    /* Something that an operator should read: "certificate of 10.0.0.7 not accepted: …". */
    void (*complain)(void *context, const char *text);
    void *context;
};

/* All that `options` points to is copied, and the key is not kept. ERR_NETWORK when it cannot
 * listen; ERR_CONFIG for a certificate that does not parse, an address that is none, or two peers
 * of one id, which complain() is told before; ERR_BAD_KEY; ERR_TOO_MANY; ERR_MEMORY. */
enum err links_open(const struct links_options *options, struct links **out) must_check;
/* No callback comes after it returns, in some milliseconds; what is queued is lost. NULL is
 * allowed. */
void links_close(struct links *links);

/* Queues one frame, made of the parts in order (copied); never blocks. ERR_UNREACHABLE without a
 * connection, ERR_BUSY when the channel's queue is full, ERR_TOO_LARGE above PEER_MESSAGE_SIZE_MAX;
 * the frame is dropped in these cases. */
enum err links_send(struct links *links, uint32_t peer, enum peer_channel channel,
                    const struct bytes *parts, size_t part_count) must_check;

void links_frame_free(struct links_frame *frame);

#endif
