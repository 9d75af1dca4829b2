/*
 * s13.h: the front end for MMEs and SGSNs: S13 and S13' (3GPP TS 29.272).
 *
 * freeDiameter's threads take requests in and put them into a bounded queue, from which workers,
 * each with a desk of its own, answer them.
 *
 * The library outlives a front end (diameter.h): s13_close() and s13_open() may follow each other
 * in one process, with the same options; s13_end() comes last.
 */
#ifndef FRONT_S13_H
#define FRONT_S13_H

#include "eir/eir.h"
#include "front/note.h"
#include "front/s13_settings.h"

struct s13;

/* `options` and `note` live until s13_end(), `eir` until s13_close(). The errors of
 * diameter_start(), which are said. */
enum err s13_open(const struct s13_options *options, struct note note, struct eir *eir,
                  struct s13 **out) must_check;
/* Answers what waits, and frees; what comes afterwards is answered 3004. NULL is allowed. */
void s13_close(struct s13 *s13);

/* Before the process ends: takes leave of the peers. Waits, as diameter_stop() does. */
void s13_end(void);

#endif
