#include "node/fronts.h"

#include <stdlib.h>

struct fronts {
    struct gsup_front *gsup; /* NULL: off */
};

static enum err said(const char *name, const struct host_port *listen, enum err err)
{
    if (err == ERR_OK)
        log_event(LOG_INFO, "front_started", "front=%s host=%s port=%u", name, listen->host,
                  listen->port);
    else
        log_event(LOG_ERROR, "front_not_started", "front=%s host=%s port=%u why=%s", name,
                  listen->host, listen->port, err_name(err));
    return err;
}

enum err fronts_open(const struct config *config, struct eir *eir, struct fronts **out)
{
    struct fronts *fronts = calloc(1, sizeof *fronts);
    *out = fronts;
    if (fronts == NULL)
        return ERR_MEMORY;
    enum err err = ERR_OK;
    if (config->gsup.is_on)
        err =
            said("gsup", &config->gsup.listen, gsup_front_open(&config->gsup, eir, &fronts->gsup));
    if (err != ERR_OK) {
        fronts_close(fronts);
        *out = NULL;
    }
    return err;
}

void fronts_close(struct fronts *fronts)
{
    if (fronts == NULL)
        return;
    gsup_front_close(fronts->gsup);
    free(fronts);
}
