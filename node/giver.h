/*
 * giver.h: answers peers that take the state that this node offers.
 *
 * The state may be long out of the page cache, and a chunk of it large: lists and chunks are read
 * on libuv's thread pool, one answer at a time, so that verifications have the rest of it. Belongs
 * to the loop's thread otherwise.
 */
#ifndef NODE_GIVER_H
#define NODE_GIVER_H

#include "consensus/links.h"
#include "node/offer.h"

#include <uv.h>

/* Answers of one peer that wait or are under way; beyond it what it asks for is dropped. */
#define GIVER_PEER_MAX 2

struct give;

struct giver {
    uv_loop_t *loop;
    struct offer *offer;
    struct links *links;
    /* The state cannot be read. */
    void (*fail)(void *context, enum err err, const char *what);
    void *context;
    struct give *first; /* the one under way, and those that wait */
    bool is_stopped;
};

void giver_list(struct giver *giver, uint32_t peer, const struct peer_list_wanted *wanted);
void giver_chunks(struct giver *giver, uint32_t peer, const struct peer_chunks_wanted *wanted);

/* Takes nothing more, and sends nothing more. */
void giver_stop(struct giver *giver);
bool giver_is_idle(const struct giver *giver);

#endif
