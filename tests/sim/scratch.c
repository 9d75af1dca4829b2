#include "tests/sim/scratch.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool scratch_make(struct scratch *scratch)
{
    const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    snprintf(scratch->path, SCRATCH_PATH_SIZE, "%s/imei-sim-XXXXXX", parent);
    if (mkdtemp(scratch->path) != NULL)
        return true;
    perror("sim: a scratch directory");
    return false;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

void scratch_remove(const struct scratch *scratch)
{
    nftw(scratch->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}
