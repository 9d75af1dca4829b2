/*
 * fronts.h: the front ends that the configuration asks for.
 *
 * Opened last, closed first. Belongs to the loop's thread; each front end has a thread of its own.
 */
#ifndef NODE_FRONTS_H
#define NODE_FRONTS_H

#include "eir/eir.h"
#include "front/watch.h"
#include "node/clerk.h"
#include "node/config.h"

struct fronts;

struct fronts_options {
    const struct config *config;
    struct eir *eir;
    struct clerk *clerk;
    struct watch_port watch;
};

/* ERR_MEMORY, and the errors of a front end that cannot start: which one is logged. */
enum err fronts_open(const struct fronts_options *options, struct fronts **out) must_check;
void fronts_close(struct fronts *fronts); /* NULL is allowed */

#endif
