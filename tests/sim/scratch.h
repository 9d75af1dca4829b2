/*
 * scratch.h: a directory that is gone in the end, in memory where there is such a file system.
 */
#ifndef TESTS_SIM_SCRATCH_H
#define TESTS_SIM_SCRATCH_H

#include <stdbool.h>

#define SCRATCH_PATH_SIZE 128

struct scratch {
    char path[SCRATCH_PATH_SIZE];
};

/* False, with a line on the standard error, when it cannot be made. */
bool scratch_make(struct scratch *scratch);
/* With all that is in it. */
void scratch_remove(const struct scratch *scratch);

#endif
