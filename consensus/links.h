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
 * HELLO, and another one every LINKS_BEAT_MS; or, when it knows the caller and will never accept
 * it, LINKS_REMOVED or LINKS_WIPED, and then the end. Of one connection frames arrive in order,
 * each once, from the first on; what was under way when it broke may be lost.
 * docs/decisions/0002-links.md has the reasons.
 *
 * Peers come and go while frames flow: links_set_peers(). TLS shows that a caller is of one of the
 * organisations known when links were opened, its HELLO which node it is; who is called must have a
 * certificate of its own organisation's CA in its own name.
 *
 * Threads: links_send(), links_set_peers() and links_set_removed() from the loop's thread only. The
 * callbacks come on threads of links' and NNG's, and within links_set_peers(): they must not block
 * and not call back into links; the node's put what they get into a mailbox. receive() is called
 * for several connections at once, for one of them in order; the others are called by one thread at
 * a time.
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

/* The pause after an answer that is not going to change: LINKS_REMOVED, LINKS_WIPED. */
#define LINKS_RETRY_FINAL_MS 30000

/* A called node shows life this often; one that was silent for so long is dialled anew: a vanished
 * host or a cut line, which TCP alone notices after a quarter of an hour. */
#define LINKS_BEAT_MS    2500
#define LINKS_SILENCE_MS 10000

/* Peers at a time: the members, and for a node that is behind those that it knows to be members by
 * now. */
#define LINKS_PEERS_MAX (2 * MEMBERS_MAX)

/* Callers at a time that have not said who they are; the oldest goes for a new one. About 90 KB
 * each. */
#define LINKS_STRANGERS_MAX 128

/* Removed nodes that a caller may be told to be one of: the last ones are enough, an older one has
 * been told long ago. */
#define LINKS_REMOVED_MAX 1024

/* CAs of organisations beside the peers': all that a genesis file names. */
#define LINKS_AUTHORITIES_MAX GENESIS_ORGANISATIONS_MAX

enum { LINKS_BEAT = 1, LINKS_REMOVED = 2, LINKS_WIPED = 3 };

struct links;

struct links_peer {
    uint32_t id;
    const char *name;    /* the name in its certificate */
    const char *address; /* tls+tcp://host:port */
    struct public_key key;
    struct bytes ca; /* its organisation's, DER */
    /* The incarnation that it had when it first called, as learned() said it and the node kept it;
     * a HELLO with another one is answered LINKS_WIPED. */
    bool has_known;
    struct incarnation known;
};

/* A node that was a peer and never will be again. */
struct links_removed {
    uint32_t id;
    struct public_key key;
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
    size_t peer_count;              /* at most LINKS_PEERS_MAX */
    /* CAs in DER of the organisations whose nodes may become peers later, at most
     * LINKS_AUTHORITIES_MAX. An empty one is passed over; one that cannot be used is told to
     * complain() and passed over. The peers' need not be among them. */
    const struct bytes *authorities;
    size_t authority_count;
    void (*receive)(void *context, struct links_frame frame);
    /* A connection of ours to `peer` is up or down. */
    void (*state)(void *context, uint32_t peer, enum peer_channel channel, bool up);
    /* `peer` has called, and no incarnation of it was known: it is this one from now on. Comes
     * before receive() of any frame of it: who makes it durable before acting on the first frame,
     * and gives it back as `known` after a restart, accepts no wiped node. NULL: nobody is told. */
    void (*learned)(void *context, uint32_t peer, const struct incarnation *incarnation);
    /* `peer` says that this node was removed; once for each peer in the list. That is all it means:
     * a hostile member can say so alone, and no one else can (who is called has shown its
     * certificate). To believe it takes a majority of the members that this node knows. NULL:
     * nobody is told. */
    void (*removed)(void *context, uint32_t peer);
    /* `peer` says that this node has lost the data that it had when it first called; once for each
     * peer in the list. NULL: nobody is told. */
    void (*wiped)(void *context, uint32_t peer);
    /* Something that an operator should read: "certificate of 10.0.0.7 not accepted: …". */
    void (*complain)(void *context, const char *text);
    void *context;
};

/* All that `options` points to is copied; of keys and certificates what peers to come need, until
 * links_close(). ERR_NETWORK when it cannot listen; ERR_CONFIG for a certificate that does not
 * parse, an address that is none, or two peers of one id, which complain() is told before;
 * ERR_BAD_KEY; ERR_TOO_MANY; ERR_MEMORY. */
enum err links_open(const struct links_options *options, struct links **out) must_check;
/* No callback comes after it returns, in some milliseconds; what is queued is lost. NULL is
 * allowed. */
void links_close(struct links *links);

/* These are the peers from now on. One that is as before (its incarnation aside) keeps its
 * connections untouched; a new one is dialled and its HELLO accepted; one that is not among them is
 * hung up on in both directions and dialled no more: state() says so, and no frame of it reaches
 * receive() once this returns. (What receive() put into a mailbox before is the node's to throw
 * away, by its `from`.) One of which anything but the incarnation differs goes and comes.
 *
 * A peer that cannot be used is told to complain(), left out, and does not keep the others out; the
 * error is the first one's: ERR_CONFIG as of links_open(), or its CA is none of those known when
 * links were opened; ERR_MEMORY. ERR_TOO_MANY, and nothing is changed. Takes some milliseconds. */
enum err links_set_peers(struct links *links, const struct links_peer *peers,
                         size_t count) must_check;

/* These nodes are answered LINKS_REMOVED when they call with a good HELLO; a node that is a peer as
 * well is a peer. All of them, each time; copied. None at links_open(). Best before the
 * links_set_peers() without them. ERR_TOO_MANY, ERR_MEMORY, and nothing is changed. */
enum err links_set_removed(struct links *links, const struct links_removed *removed,
                           size_t count) must_check;

/* Queues one frame, made of the parts in order (copied); never blocks. ERR_UNREACHABLE without a
 * connection, ERR_BUSY when the channel's queue is full, ERR_TOO_LARGE above PEER_MESSAGE_SIZE_MAX;
 * the frame is dropped in these cases. */
enum err links_send(struct links *links, uint32_t peer, enum peer_channel channel,
                    const struct bytes *parts, size_t part_count) must_check;

void links_frame_free(struct links_frame *frame);

#endif
