/*
 * node.h: a node: opens its data, joins its threads, runs its loop until it is told to stop.
 */
#ifndef NODE_NODE_H
#define NODE_NODE_H

#include "node/config.h"

#define IMEID_VERSION "0.1.0"

/* What the process ends with; packaging/imeid.service and the manual list them. */
enum node_exit {
    NODE_EXIT_STOPPED = 0, /* by SIGTERM or SIGINT */
    NODE_EXIT_CONFIG = 2,  /* command line or configuration */
    NODE_EXIT_DATA = 3,    /* the data directory cannot be used */
    NODE_EXIT_NETWORK = 4, /* an address cannot be used */
    NODE_EXIT_FAILED = 5,  /* it ran, and could not go on */
    NODE_EXIT_REMOVED = 6, /* it is a member of the network no longer */
};

/* Runs until it is stopped. Logs what it does. */
enum node_exit node_run(const struct config *config);

#endif
