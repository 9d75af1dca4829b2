/*
 * rulebook.h: what this node's operator has set for its answers: policy, golden list and pairs,
 * read at start and again on SIGHUP; and since when TACs were asked for, kept over restarts.
 *
 * A file that is wrong when it is read again is named in the log with its line, and all stays as it
 * was. Files are read off the loop. Belongs to the loop's thread.
 */
#ifndef NODE_RULEBOOK_H
#define NODE_RULEBOOK_H

#include "eir/eir.h"
#include "node/config.h"

#include <uv.h>

struct rulebook;

/* Policy, golden list and pairs as they lie there. The log says what is wrong with them:
 * ERR_CONFIG. */
enum err rulebook_read(const struct config *config, struct policy **out) must_check;

/* Sets what it reads, and warns of organisations in it that the ledger does not have; from now on
 * SIGHUP reads it again. The errors of rulebook_read(), and ERR_MEMORY. */
enum err rulebook_open(uv_loop_t *loop, const struct config *config, struct ledger *ledger,
                       struct eir *eir, struct rulebook **out) must_check;
/* Before the loop runs out: keeps what is to be kept. NULL is allowed, here and below. */
void rulebook_close(struct rulebook *rulebook);
/* After it has. */
void rulebook_free(struct rulebook *rulebook);

#endif
