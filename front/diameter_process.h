/*
 * diameter_process.h: the process in which freeDiameter runs, a child of the node.
 *
 * freeDiameter asserts in release, ends itself when its threads meet what they did not expect, and
 * does not begin twice: it gets a process that can end without the node, and that the node starts
 * again (s13.h). Requests become questions to the node, by s13_wire.h, over the socket that is the
 * standard input. When the node closes it, or is gone, the process takes leave of its peers and
 * ends.
 */
#ifndef FRONT_DIAMETER_PROCESS_H
#define FRONT_DIAMETER_PROCESS_H

#include "front/note.h"
#include "front/s13_settings.h"

/* What the process is given first, as these bytes: both ends are the same program. */
struct diameter_order {
    struct s13_options options;
    int log_level; /* the node's business */
};

/* What the program is started with. */
#define DIAMETER_PROCESS_ARGUMENT "--diameter"

/* Reads the order, which `prepare` is told of before anything is said; runs; returns the exit
 * status. */
int diameter_process(struct note note, void (*prepare)(const struct diameter_order *order));

#endif
