/*
 * links_guest.h: one connection that somebody made to this node: bytes in, frames out.
 *
 * At first a stranger: its first frame, which must be a HELLO and cannot be large, is collected and
 * reading stops. Once admitted as a peer's channel its frames go to options->receive, each in
 * memory of its own; a large one is read straight into it.
 *
 * Threads: as links_incoming.h; receive() is called on NNG's.
 */
#ifndef CONSENSUS_LINKS_GUEST_H
#define CONSENSUS_LINKS_GUEST_H

#include "consensus/links.h"
#include "consensus/links_conn.h"

#define LINKS_ADDRESS_TEXT_SIZE 64
#define LINKS_HELLO_SIZE_MAX    256

/* What NNG hands over at once: one TLS record. */
#define LINKS_READ_SIZE 16384

struct links_guest {
    struct links_guest *next;
    char name[NAME_SIZE_MAX + 1]; /* for complaints: "a caller", or who its HELLO showed it to be */
    char address[LINKS_ADDRESS_TEXT_SIZE];
    const struct links_options *options;
    const struct links_peer *peer; /* NULL: a stranger */
    enum peer_channel channel;
    uint64_t due_ms; /* a stranger is sent away then, a peer gets its next beat */
    bool is_replaced;
    bool
        is_answered; /* a stranger that was told why it is not served; it hangs up, or is hung up */

    struct links_conn conn;
    bool has_said_hello; /* under conn.lock */

    /* Touched by whom the read belongs to: its completion, or the tending thread between them. */
    uint8_t *frame; /* a frame that goes on beyond the buffer; NULL: none */
    size_t frame_size;
    size_t frame_filled;
    size_t filled; /* bytes in `buffer` */
    uint8_t buffer[LINKS_READ_SIZE];
};

/* Takes the stream over, also on failure: ERR_MEMORY. */
enum err links_guest_open(const struct links_options *options, struct links_bell *bell,
                          struct nng_stream *stream, struct links_guest **out) must_check;
void links_guest_close(struct links_guest *guest);

void links_guest_name(struct links_guest *guest, const char *name);

/* The HELLO of a stranger that has said it. */
struct bytes links_guest_hello(const struct links_guest *guest);

/* Makes it a peer's channel: sends the first beat and begins to receive frames. */
void links_guest_admit(struct links_guest *guest, const struct links_peer *peer,
                       enum peer_channel channel);

void links_guest_beat(struct links_guest *guest);

/* Answers the HELLO of one that is not to be admitted, and waits for it to hang up: a close right
 * after the byte might overtake it. Nothing of what it says goes anywhere. */
void links_guest_answer(struct links_guest *guest, uint8_t answer);

#endif
