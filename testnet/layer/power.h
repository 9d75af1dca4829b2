/*
 * power.h: a loss of power, after the process has ended: what the journal holds is lost, torn or
 * kept, as a seed says, and the journal is empty after it.
 *
 * A sector of 512 bytes goes back to what it held before one of the writes that touched it since it
 * was last synced: writes are kept whole, lost whole, cut in two, or kept in pieces, a later one
 * though an earlier one is lost. A file's length goes back likewise, and on its own. Names go back
 * to one moment, in the order in which they were changed, as a file system's own journal has them.
 * Nothing that a sync has covered is touched.
 */
#ifndef TESTNET_LAYER_POWER_H
#define TESTNET_LAYER_POWER_H

#include "testnet/layer/journal.h"

#include <stdint.h>

/* What was found unsynced, and what became of it. */
struct power_loss {
    uint64_t writes;
    uint64_t writes_lost; /* whole */
    uint64_t writes_torn; /* in part */
    uint64_t names;       /* calls that changed names */
    uint64_t names_lost;
};

/* Plays it below the directory `data`, an open one, whose journal nobody else has. The same seed
 * and journal lose the same; with `loses_all` nothing unsynced is kept, whatever the seed. */
void power_lose(struct journal *journal, int data, uint64_t seed, bool loses_all,
                struct power_loss *out);

#endif
