/*
 * batch.h: many seeds, in some processes; a process that ends in an abort is a seed that failed.
 */
#ifndef TESTS_SIM_BATCH_H
#define TESTS_SIM_BATCH_H

#include "tests/sim/world.h"

#define BATCH_JOBS_MAX 64

struct batch {
    uint64_t first;
    uint64_t last;
    struct world_options world;
    uint32_t jobs;
    bool ledger; /* in worlds with ledgers */
    bool twice;  /* every seed runs a second time and must go the same way */
    bool covers; /* everything that is counted must have happened */
};

/* Runs them up to the first that fails, which is shown with the end of its trace, and prints what
 * happened in all of them. The exit status: 0, 1 when one failed, 3 when it could not be run. */
int batch_run(const struct batch *batch);

#endif
