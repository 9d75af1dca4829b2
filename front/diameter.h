/*
 * diameter.h: freeDiameter inside a process of its own, which diameter_process.h is about.
 *
 * The library has one instance a process, which starts once and ends once, also by itself: when an
 * answer meets the end of its connection, for example. Then this process ends.
 *
 * Threads: the functions here on one; freeDiameter has its own, which call `take` and the note's
 * `say`.
 */
#ifndef FRONT_DIAMETER_H
#define FRONT_DIAMETER_H

#include "front/ecr.h"
#include "front/note.h"
#include "front/s13_settings.h"

/* What the process ends with when the library has ended by itself. */
#define DIAMETER_EXIT_ENDED 3

/* Requests go to `take`, which does not wait for their answers. All that is given lives as long as
 * the process. Events: peer_up, peer_down, peer_refused with the peer's name, message_refused,
 * diameter with freeDiameter's own words.
 * ERR_NETWORK when the address cannot be used, ERR_CONFIG when freeDiameter does not take a
 * certificate or a key, ERR_MEMORY, ERR_IO, ERR_INTERNAL; each is said. */
enum err diameter_start(const struct s13_options *options, struct note note,
                        void (*take)(struct ecr *ecr)) must_check;

/* Takes leave of the peers (DPR) and ends the library: at most about 20 seconds, when a peer does
 * not answer. After a start that succeeded. */
void diameter_stop(void);

#endif
