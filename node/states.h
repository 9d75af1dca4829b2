/*
 * states.h: states of checkpoints that go between nodes: what this node takes when it has none
 * (`start_from: checkpoint`), and what it gives to others that do.
 *
 * Joins the taker, the filler and the giver with the driver, the links and the clock. Belongs to
 * the loop's thread.
 */
#ifndef NODE_STATES_H
#define NODE_STATES_H

#include "node/checkpointer.h"
#include "node/driver.h"
#include "node/mail.h"
#include "node/offer.h"

#include <uv.h>

struct states;

struct states_options {
    uv_loop_t *loop;
    const char *directory; /* the data directory */
    const struct genesis *genesis;
    struct disk *disk;
    struct driver *driver; /* which takes a state, or does not */
    struct links *links;
    struct offer *offer;
    struct queue *mail;
    struct checkpointer *checkpointer; /* hears of peers that want a state */
    /* The state in the data directory is another one by now: the node begins again with it. */
    void (*replaced)(void *context);
    void (*fail)(void *context, enum err err, const char *what);
    void *context;
};

/* ERR_MEMORY. */
enum err states_open(const struct states_options *options, struct states **out) must_check;
/* Takes nothing more. */
void states_stop(struct states *states);
/* Nothing is read for a peer any more. */
bool states_is_idle(const struct states *states);
/* Idle. NULL is allowed. */
void states_close(struct states *states);

/* Our connection for short frames to a peer came or went. */
void states_link(struct states *states, uint32_t peer, bool is_up);

/* A LIST_WANTED, LIST, CHUNKS_WANTED or CHUNKS frame of a peer; any other is dropped. */
void states_receive(struct states *states, uint32_t from, struct bytes frame);

/* The filler has done something. */
void states_filled(struct states *states, const struct mail_filled *mail);

/* After every batch of events, and at states_deadline_ms() at the latest: does what is due. */
void states_go_on(struct states *states);
uint64_t states_deadline_ms(const struct states *states);

#endif
