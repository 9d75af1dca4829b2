/*
 * network.h: all paths between all nodes, and what commands make of them.
 *
 * A node keeps its place for good, so a path stays where it is in memory until network_close();
 * one that the table no longer has keeps its cuts, should it come back.
 *
 * Time as in path.h. Threads: one.
 */
#ifndef PROXY_NETWORK_H
#define PROXY_NETWORK_H

#include "testnet/proxy/order.h"
#include "testnet/proxy/path.h"
#include "testnet/proxy/table.h"

#include <stdio.h>

/* That there ever were. */
#define NETWORK_NODES_MAX 128

struct network;

/* Without nodes. All random numbers follow from the seed. ERR_MEMORY. */
enum err network_open(uint64_t seed, struct network **out) must_check;
void network_close(struct network *network); /* NULL is allowed */

/* These are the nodes from now on. ERR_TOO_MANY, and nothing is changed. */
enum err network_set_table(struct network *network, const struct table *table,
                           uint64_t now_us) must_check;

/* Copied. `name` is for the state. */
void network_set_distances(struct network *network, const struct distances *distances,
                           const char *name, uint64_t now_us);

/* Of two nodes that were in a table. */
struct path *network_path(struct network *network, const char *from, const char *to);

/* CUT, FLAP, ISOLATE or HEAL. NULL, or what is wrong; nothing is changed then. */
const char *network_obey(struct network *network, const struct order *order, uint64_t now_us);

/* One line of JSON without its end: profile, seed, nodes, and each path between them. */
void network_print(const struct network *network, FILE *out, uint64_t now_us);

#endif
