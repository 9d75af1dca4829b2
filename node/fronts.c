#include "node/fronts.h"

#include "front/s13.h"
#include "node/log.h"
#include "node/notes.h"

#include <stdlib.h>

struct fronts {
    struct gsup_front *gsup; /* NULL: off */
    struct s13 *s13;         /* NULL: off */
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
    if (err == ERR_OK && config->s13.is_on)
        err = said("s13", &config->s13.listen,
                   s13_open(&config->s13, notes_for_log, eir, &fronts->s13));
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
    s13_close(fronts->s13);
    gsup_front_close(fronts->gsup);
    free(fronts);
}

void fronts_end(void)
{
    s13_end();
}
