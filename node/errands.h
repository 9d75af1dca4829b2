/*
 * errands.h: the front ends' way to the clerk: each errand is a call of its own.
 */
#ifndef NODE_ERRANDS_H
#define NODE_ERRANDS_H

#include "front/errand.h"
#include "node/clerk.h"

/* For as long as the clerk is there; once it is closed, it answers SHUTTING_DOWN. */
struct asker_port errands_port(struct clerk *clerk);

#endif
