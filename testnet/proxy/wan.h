/*
 * wan.h: the proxy as a whole: the network, its relays, and the files that they come from.
 *
 * Threads: the loop's.
 */
#ifndef PROXY_WAN_H
#define PROXY_WAN_H

#include "conf/document.h"

#include <stdio.h>
#include <uv.h>

struct wan;

struct wan_options {
    uv_loop_t *loop;
    const char *table; /* files, which stay the caller's */
    const char *profile;
    uint64_t seed;
};

/* Whether the proxy would take these files; `table` may be NULL. ERR_CONFIG with `complaint`,
 * ERR_MEMORY. */
enum err wan_check(const char *profile, const char *table, struct complaint *complaint) must_check;

/* ERR_CONFIG with `complaint` for a file that does not parse, ERR_NETWORK with it when an address
 * cannot be listened at, ERR_MEMORY. */
enum err wan_open(const struct wan_options *options, struct wan **out,
                  struct complaint *complaint) must_check;
/* The loop is to run until nothing is open, then wan_free(). */
void wan_close(struct wan *wan);
void wan_free(struct wan *wan); /* NULL is allowed */

/* Does what a line says (order.h), and answers in one: "ok", "error: …" or JSON. */
void wan_obey(struct wan *wan, struct bytes line, FILE *answer);

#endif
