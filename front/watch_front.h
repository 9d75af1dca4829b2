/*
 * watch_front.h: the routes of watch.h on a server of their own, for an address that only those who
 * watch can reach.
 */
#ifndef FRONT_WATCH_FRONT_H
#define FRONT_WATCH_FRONT_H

#include "eir/eir.h"
#include "front/watch.h"
#include "front/watch_settings.h"

struct watch_front;

/* ERR_CONFIG or ERR_NETWORK, and `complaint` says why; ERR_MEMORY. `options` and `port` are copied.
 */
enum err watch_front_open(const struct watch_options *options, const struct watch_port *port,
                          struct eir *eir, struct watch_front **out,
                          struct complaint *complaint) must_check;
void watch_front_close(struct watch_front *front); /* NULL is allowed */

/* Where it listens, also if that was to be any. */
unsigned watch_front_port(const struct watch_front *front);

#endif
