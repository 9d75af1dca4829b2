/*
 * errand.h: a question of a front end on its way to its node and back: the node's side of it.
 *
 * The node takes errands by a port, and answers them on whichever thread.
 */
#ifndef FRONT_ERRAND_H
#define FRONT_ERRAND_H

#include "proto/bytes.h"

struct errand;

struct asker_port {
    /* Answers the errand sooner or later, once, on any thread, perhaps before this returns. */
    void (*take)(void *context, struct errand *errand);
    void *context;
};

/* The bytes of the request; the node may say that it needs them no more. */
struct bytes errand_request(const struct errand *errand);
void errand_forget(struct errand *errand);
/* The errand is gone for the node afterwards. `response` is copied. */
void errand_answer(struct errand *errand, struct bytes response);

#endif
