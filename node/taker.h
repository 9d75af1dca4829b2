/*
 * taker.h: what a node that takes the state of a checkpoint asks of whom, and what it believes of
 * the answers.
 *
 * No I/O and no clock: links, frames and time come in, what is to be done comes out, one action at
 * a time. A node whose log has nearly all that is committed asks its peers which checkpoint's state
 * they offer. Of an offered one, `c`, this node's own log says what the state is, in the checkpoint
 * block after it, which is committed and on its disk: from then on nothing is believed but that.
 * The list of chunks comes from one peer, page by page, and has the root that the log says, or is
 * thrown away; the chunks come from all who offer `c`, some at a time, and each has the hash that
 * the list says. docs/decisions/0014-taking-a-state.md has the reasons.
 *
 * Belongs to the loop's thread.
 */
#ifndef NODE_TAKER_H
#define NODE_TAKER_H

#include "ledger/chunk.h"
#include "node/suppliers.h"
#include "proto/checkpoint.h"
#include "proto/peer_state.h"

/* The state is sought once this few blocks are missing in the log. */
#define TAKE_NEAR 256

/* Lots under way, held, or being loaded; and their bytes, but one lot always goes. */
#define TAKE_LOTS_MAX  8
#define TAKE_BYTES_MAX (8u * 1024 * 1024)

/* Lots that one peer is asked for at a time. */
#define TAKE_PEER_LOTS_MAX 2

/* Peers are asked this often what they offer: it also keeps what they do. */
#define TAKE_RENEW_MS 1000

/* How long a peer is not asked that no longer has what it offered. */
#define TAKE_LACKS_MS 1000

/* Without progress for so long everything begins anew, with whatever is offered then. */
#define TAKE_STALL_MS 60000

/* Chunks of a list, each 64 bytes of memory, before its root is known to be right. A ledger of all
 * TACs that there are has about a million. */
#define TAKE_CHUNKS_MAX 4000000

/* How the node stands when taker_*() is called. */
struct taker_view {
    uint32_t leader;  /* another node; 0: none is known */
    uint64_t settled; /* committed, and on this node's disk */
    uint64_t known;   /* what the leader says is committed */
};

enum taker_do {
    TAKER_ASK_LIST,   /* peer, list_wanted */
    TAKER_ASK_CHUNKS, /* peer, chunks_wanted */
    TAKER_LOOK,   /* height: if the log says what the state was there, taker_confirm() is called */
    TAKER_BEGIN,  /* checkpoint: the load of its state begins; any former one is over */
    TAKER_LOAD,   /* chunks, count, bytes: the next ones; then taker_loaded(), sooner or later */
    TAKER_END,    /* all is loaded: the state is to be put into its place */
    TAKER_BLAME,  /* peer, err: what it sent is wrong; for the log */
    TAKER_FORGET, /* there was no progress: what was loaded is forgotten */
};

struct taker_action {
    enum taker_do what;
    uint32_t peer;
    uint64_t height;
    struct peer_list_wanted list_wanted;
    struct peer_chunks_wanted chunks_wanted;
    struct checkpoint checkpoint;
    const struct chunk *chunks; /* until the next call */
    size_t count;
    uint8_t *bytes; /* of all these chunks; the caller frees them */
    enum err err;
};

/* Chunks that lie next to each other, 1 MiB of them, or a single larger one. */
struct lot {
    size_t first; /* in the list */
    size_t count;
    size_t size; /* bytes of all of them, */
    size_t have; /* and of those that have come */
    uint8_t *bytes;
    struct hasher hasher; /* of a single one, over what has come */
    uint32_t peer;        /* who gives it; 0: nobody yet */
    uint64_t request;     /* under way; 0: none */
    uint64_t asked_ms;
    bool is_loading;
};

enum taker_state {
    TAKER_OFF,
    TAKER_SEEKING,  /* a checkpoint whose state somebody offers, and of which the log speaks */
    TAKER_LISTING,  /* its list of chunks */
    TAKER_FETCHING, /* the chunks */
    TAKER_ENDING,   /* the state is being put into its place */
};

struct taker {
    enum taker_state state;
    uint64_t request;     /* the last one */
    uint64_t progress_ms; /* when something last came, or was loaded */
    uint64_t look_ms;     /* when the log was last looked into */
    size_t look;          /* which of the offers is looked for next */
    uint64_t round_ms;    /* when the last round of questions for offers began, */
    uint64_t round;       /* its request; 0: there was none, */
    size_t round_at;      /* and the next peer in it */
    bool is_to_begin;     /* TAKER_BEGIN is due */
    bool is_to_forget;
    struct checkpoint checkpoint;
    uint32_t list_peer; /* 0: nobody is asked */
    uint64_t list_request;
    uint64_t list_ms;
    struct chunk_tree tree; /* of the list so far */
    struct chunk *chunks;
    size_t chunk_count;
    size_t chunk_capacity;
    size_t next_chunk; /* the first that is in no lot yet */
    uint64_t size;     /* bytes of all chunks */
    size_t lot_count;
    struct lot lots[TAKE_LOTS_MAX]; /* in order */
    struct suppliers suppliers;
};

/* A node that takes no state has one that is off. */
void taker_init(struct taker *taker, bool is_on, uint64_t now_ms);
/* Off, and without memory. */
void taker_clear(struct taker *taker);

/* A peer came or went. */
void taker_link(struct taker *taker, uint32_t peer, bool is_up);

/* What frames say; what was not asked for, or comes too late, is nothing. */
void taker_list(struct taker *taker, uint32_t from, const struct peer_list *list, uint64_t now_ms);
void taker_chunks(struct taker *taker, uint32_t from, const struct peer_chunks *chunks,
                  uint64_t now_ms);

/* The log's own word of a checkpoint that was looked for. */
void taker_confirm(struct taker *taker, const struct checkpoint *checkpoint, uint64_t now_ms);

/* The first of the lots that were given to be loaded is. */
void taker_loaded(struct taker *taker, uint64_t now_ms);

/* What is to be done next; false: nothing, for now. Time passes with it. */
bool taker_next(struct taker *taker, const struct taker_view *view, uint64_t now_ms,
                struct taker_action *out);

/* When taker_next() may have something again though nothing came; UINT64_MAX: never. */
uint64_t taker_deadline_ms(const struct taker *taker, uint64_t now_ms);

#endif
