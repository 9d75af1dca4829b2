#include "node/fronts.h"

#include <stdlib.h>

struct fronts {
    struct eir *eir;
};

enum err fronts_open(const struct config *config, struct eir *eir, struct fronts **out)
{
    (void)config;
    struct fronts *fronts = calloc(1, sizeof *fronts);
    *out = fronts;
    if (fronts == NULL)
        return ERR_MEMORY;
    fronts->eir = eir;
    return ERR_OK;
}

void fronts_close(struct fronts *fronts)
{
    free(fronts);
}
