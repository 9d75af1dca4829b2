#include "node/fronts.h"

#include "front/s13.h"
#include "front/watch_front.h"
#include "node/errands.h"
#include "node/log.h"
#include "node/notes.h"

#include <stdlib.h>

struct fronts {
    struct gsup_front *gsup; /* NULL: off, as the others */
    struct s13 *s13;
    struct http_front *http;
    struct watch_front *watch;
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

static enum err open_s13(const struct fronts_options *options, struct s13 **out)
{
    struct s13_start start = {
        .program = "/proc/self/exe",
        .log_level = (int)options->config->log_level,
        .note = notes_for_log,
    };
    return s13_open(&options->config->s13, &start, options->eir, out);
}

static enum err open_watch(const struct fronts_options *options, struct fronts *fronts)
{
    const struct watch_options *watch = &options->config->metrics;
    struct complaint complaint = {.text = ""};
    enum err err =
        watch_front_open(watch, &options->watch, options->eir, &fronts->watch, &complaint);
    if (complaint.text[0] != '\0')
        notes_for_log.say(NOTE_ERROR, "metrics_not_started", NULL, complaint.text);
    return said("metrics", &watch->listen, err);
}

enum err fronts_open(const struct fronts_options *options, struct fronts **out)
{
    const struct config *config = options->config;
    struct fronts *fronts = calloc(1, sizeof *fronts);
    *out = fronts;
    if (fronts == NULL)
        return ERR_MEMORY;
    enum err err = ERR_OK;
    if (config->gsup.is_on)
        err = said("gsup", &config->gsup.listen,
                   gsup_front_open(&config->gsup, options->eir, &fronts->gsup));
    if (err == ERR_OK && config->s13.is_on)
        err = said("s13", &config->s13.listen, open_s13(options, &fronts->s13));
    struct http_front_base base = {
        .eir = options->eir, .clients = errands_port(options->clerk), .note = &notes_for_log};
    if (err == ERR_OK && config->http.is_on)
        err = said("http", &config->http.listen,
                   http_front_open(&config->http, &base, &fronts->http));
    if (err == ERR_OK && config->metrics.is_on)
        err = open_watch(options, fronts);
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
    watch_front_close(fronts->watch);
    s13_close(fronts->s13);
    http_front_close(fronts->http);
    gsup_front_close(fronts->gsup);
    free(fronts);
}
