/*
 * mail.h: what other threads post to the loop.
 *
 * One queue, one kind a poster. The poster allocates the mail, the loop frees it, with mail_free().
 */
#ifndef NODE_MAIL_H
#define NODE_MAIL_H

#include "consensus/links.h"
#include "ledger/ledger.h"
#include "node/queue.h"
#include "node/tx_ref.h"

/* Bytes that may wait for the loop. What peers send in bulk and what clients submit stops below the
 * bound, so that no flood of it keeps a heartbeat out. */
#define MAIL_BYTES_MAX      (64u * 1024 * 1024)
#define MAIL_BULK_BYTES_MAX (48u * 1024 * 1024)

struct call;

enum mail_kind {
    MAIL_FRAME,   /* a frame of a peer */
    MAIL_LINK,    /* a connection to a peer came or went */
    MAIL_WORD,    /* what was learned of a peer, or what it says of this node */
    MAIL_WRITTEN, /* the log writer has made writes durable, or failed */
    MAIL_APPLIED, /* the apply thread has committed blocks, or failed */
    MAIL_FILLED,  /* the filler has loaded something of a state that is taken, or failed */
    MAIL_SUBMIT,  /* a client's transaction */
    MAIL_ASK,     /* a client asks for a transaction that is not in the ledger */
    MAIL_READ,    /* a client's question whose answer must miss nothing */
};

struct mail {
    struct queue_item item;
    enum mail_kind kind;
};

struct mail_frame {
    struct mail mail;
    struct links_frame frame;
};

struct mail_link {
    struct mail mail;
    uint32_t peer;
    enum peer_channel channel;
    bool is_up;
};

enum word {
    WORD_LEARNED, /* the peer's incarnation, when it first called */
    WORD_REMOVED, /* it says that this node was removed */
    WORD_WIPED,   /* it says that this node has lost its data */
};

struct mail_word {
    struct mail mail;
    uint32_t peer;
    enum word word;
    struct incarnation incarnation; /* LEARNED */
};

struct mail_written {
    struct mail mail;
    uint64_t write; /* all up to this one are durable */
    uint64_t last;  /* the highest block on disk */
    enum err err;
};

struct mail_filled {
    struct mail mail;
    uint64_t load;
    bool was_added; /* chunks */
    bool is_whole;  /* the new state is in its place */
    enum err err;
};

struct mail_submit {
    struct mail mail;
    struct call *call;
    struct tx_ref *tx;
};

struct mail_ask {
    struct mail mail;
    struct call *call;
    struct hash id;
};

struct mail_read {
    struct mail mail;
    struct call *call;
};

/* Blocks of one LMDB transaction of the apply thread: bounds its dirty pages, and how long outcomes
 * wait. */
#define MAIL_APPLIED_BLOCKS_MAX 64

struct mail_applied {
    struct mail mail;
    uint64_t height;
    enum err err;        /* with the height that failed; nothing else is told then */
    bool brings_members; /* a configuration block is among them */
    size_t block_count;  /* the last one is that of `height` */
    struct hash blocks[MAIL_APPLIED_BLOCKS_MAX];
    size_t outcome_count;
    struct outcome outcomes[];
};

/* Post what links say. A frame that does not fit, or finds no memory, is lost, as on any network;
 * the frame is taken over in any case. Any thread. */
void mail_post_frame(struct queue *queue, struct links_frame frame);
void mail_post_link(struct queue *queue, uint32_t peer, enum peer_channel channel, bool is_up);
/* `incarnation` may be NULL. A word that finds no memory is lost: of a peer that was not learned
 * nothing is taken. */
void mail_post_word(struct queue *queue, enum word word, uint32_t peer,
                    const struct incarnation *incarnation);

/* Frees the mail and what it carries. A call in it is not answered. */
void mail_free(struct mail *mail);

#endif
