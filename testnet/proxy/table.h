/*
 * table.h: which nodes there are and where the proxy listens for whom: its table, a text.
 *
 *     node fr-op FR
 *     node ke-reg KE
 *     link fr-op ke-reg 127.64.82.8:21002 127.0.0.1:21002
 *
 * A link: the caller, the called, where the caller calls the proxy, and where the proxy calls the
 * called one (a name is looked up at each call). Nodes stand before links; each once.
 *
 * Threads: any.
 */
#ifndef PROXY_TABLE_H
#define PROXY_TABLE_H

#include "conf/settings.h"
#include "proto/limits.h"
#include "testnet/proxy/distance.h"

#define TABLE_TEXT_MAX  (256 * 1024)
#define TABLE_NODES_MAX 32
#define TABLE_LINKS_MAX (TABLE_NODES_MAX * (TABLE_NODES_MAX - 1))

struct table_node {
    char name[NAME_SIZE_MAX + 1];
    char country[COUNTRY_SIZE + 1];
};

struct table_link {
    size_t caller; /* among `nodes` */
    size_t called;
    struct host_port listen;
    struct host_port target;
};

struct table {
    size_t node_count;
    struct table_node nodes[TABLE_NODES_MAX];
    size_t link_count;
    struct table_link links[TABLE_LINKS_MAX];
};

/* ERR_CONFIG with `complaint`, which names the line. */
enum err table_parse(struct bytes text, struct table *out, struct complaint *complaint) must_check;

/* Its place; `node_count` when there is none. */
size_t table_find(const struct table *table, const char *name);

#endif
