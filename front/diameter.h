/*
 * diameter.h: freeDiameter inside this process.
 *
 * The library has one instance a process, which starts once and ends once. A node may begin again
 * in its process, so this outlives it: between diameter_serve(NULL) and the next diameter_serve()
 * its connections stand, and requests are answered 3004, too busy.
 *
 * Threads: the functions here on one; freeDiameter has its own, which call `take` and the
 * note's `say`.
 */
#ifndef FRONT_DIAMETER_H
#define FRONT_DIAMETER_H

#include "front/ecr.h"
#include "front/note.h"
#include "front/s13_settings.h"

/* Starts it with these options, unless it runs already; both live as long as it runs. Events:
 * peer_up, peer_down, peer_refused with the peer's name, diameter with freeDiameter's own words,
 * diameter_ended when it gave up by itself. ERR_NETWORK when the address cannot be used, ERR_CONFIG
 * when freeDiameter does not take a certificate or a key, ERR_MEMORY, ERR_IO, ERR_INTERNAL; each is
 * said. After an error the process cannot start it any more. */
enum err diameter_start(const struct s13_options *options, struct note note) must_check;

/* Where requests go from now on; `take` returns false for one that it does not take, which is
 * answered 3004. When it returns, no other thread is in the `take` before. NULL: nowhere. */
void diameter_serve(bool (*take)(void *context, struct ecr *ecr), void *context);

/* Takes leave of the peers (DPR) and ends the library. At most about 20 seconds, when a peer does
 * not answer. Nothing when it does not run. */
void diameter_stop(void);

#endif
