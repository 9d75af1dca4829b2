/*
 * s13.h: the front end for MMEs and SGSNs: S13 and S13' (3GPP TS 29.272).
 *
 * Diameter is spoken by a process of its own (diameter_process.h), which asks here. When it ends,
 * it is started again after a second.
 */
#ifndef FRONT_S13_H
#define FRONT_S13_H

#include "eir/eir.h"
#include "front/note.h"
#include "front/s13_settings.h"

struct s13;

struct s13_start {
    const char *program; /* that calls diameter_process() when it has its argument */
    int log_level;       /* of the process, as the node numbers them */
    struct note note;    /* event diameter_ended */
};

/* `eir` lives until s13_close(). The errors of diameter_start(), which are said;
 * ERR_MEMORY; ERR_IO when the process cannot be started. */
enum err s13_open(const struct s13_options *options, const struct s13_start *start, struct eir *eir,
                  struct s13 **out) must_check;
/* The process takes leave of its peers, and is killed when that takes longer than five seconds.
 * What is not answered then never is. NULL is allowed. */
void s13_close(struct s13 *s13);

#endif
