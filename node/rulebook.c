#include "node/rulebook.h"

#include "eir/pairs_file.h"
#include "eir/policy_file.h"
#include "node/chore.h"
#include "node/log.h"
#include "node/policy_names.h"
#include "store/directory.h"

#include <signal.h>
#include <stdlib.h>

/* How often the days of new TACs are written down: a day is their unit. */
#define KEEP_EVERY_MS (UINT64_C(3600) * 1000)

#define TACS_FILE_NAME "tacs-asked"

struct rulebook {
    const struct config *config;
    struct ledger *ledger;
    struct eir *eir;
    uv_signal_t hangup;
    uv_timer_t hourly;
    struct chore reading;
    struct policy *read; /* by the chore; NULL: it could not */
    struct chore keeping;
    size_t kept; /* TACs that the file has */
};

/* ---- reading ---- */

static enum err say(const char *path, unsigned line, const char *text)
{
    log_event(LOG_ERROR, "policy", "file=\"%s\" line=%u text=\"%s\"", path, line, text);
    return ERR_CONFIG;
}

static enum err read_pairs(const struct config *config, struct pairs **out)
{
    enum err err = pairs_load(config->data, out);
    if (err == ERR_OK)
        return ERR_OK;
    char path[SETTING_TEXT_SIZE + 16];
    snprintf(path, sizeof path, "%s/" PAIRS_FILE_NAME, config->data);
    return say(path, 0, err_sentence(err));
}

enum err rulebook_read(const struct config *config, struct policy **out)
{
    struct policy_complaint complaint;
    enum err err = policy_read(config->policy, out, &complaint);
    if (err != ERR_OK)
        return say(complaint.path, complaint.complaint.line, complaint.complaint.text);
    err = read_pairs(config, &(*out)->pairs);
    if (err == ERR_OK)
        return ERR_OK;
    policy_free(*out);
    *out = NULL;
    return err;
}

/* NULL: it cannot be read, which is said. */
static struct policy *read_and_warn(const struct rulebook *rulebook)
{
    struct policy *policy;
    if (rulebook_read(rulebook->config, &policy) != ERR_OK)
        return NULL;
    policy_names_warn(rulebook->ledger, policy, rulebook->config->policy);
    return policy;
}

static void set(struct rulebook *rulebook, struct policy *policy)
{
    log_event(LOG_INFO, "policy", "file=\"%s\" rules=%zu golden=%zu pairs=%zu",
              rulebook->config->policy, policy->claims.count, golden_count(policy->golden),
              pairs_count(policy->pairs));
    eir_set_policy(rulebook->eir, policy);
}

static void read_again(void *context)
{
    struct rulebook *rulebook = context;
    rulebook->read = read_and_warn(rulebook);
}

static void set_again(void *context)
{
    struct rulebook *rulebook = context;
    if (rulebook->read == NULL)
        log_event(LOG_ERROR, "policy", "text=\"the policy before stays in force\" do=\"%s\"",
                  "mend the file that the line above names, and reload again");
    else
        set(rulebook, rulebook->read);
    rulebook->read = NULL;
}

static void on_hangup(uv_signal_t *handle, int number)
{
    struct rulebook *rulebook = handle->data;
    (void)number;
    chore_want(&rulebook->reading);
}

/* ---- days of TACs ---- */

static void tacs_path(const struct rulebook *rulebook, char path[SETTING_TEXT_SIZE + 16])
{
    snprintf(path, SETTING_TEXT_SIZE + 16, "%s/" TACS_FILE_NAME, rulebook->config->data);
}

/* A file that cannot be read costs new TACs the days that they have waited, and nothing else. */
static void recall(struct rulebook *rulebook)
{
    char path[SETTING_TEXT_SIZE + 16];
    uint8_t *data = NULL;
    size_t size;
    tacs_path(rulebook, path);
    enum err err = file_read(path, FIRST_ASKED_SIZE_MAX, &data, &size);
    if (err == ERR_OK)
        err = first_asked_read(eir_first_asked(rulebook->eir), bytes_of(data, size));
    free(data);
    if (err != ERR_OK && err != ERR_NOT_FOUND)
        log_event(LOG_WARNING, "tacs", "file=\"%s\" why=%s text=\"%s\"", path, err_name(err),
                  "the delays of TACs that nobody allocated begin anew");
    rulebook->kept = first_asked_count(eir_first_asked(rulebook->eir));
}

static void keep(void *context)
{
    struct rulebook *rulebook = context;
    const struct first_asked *asked = eir_first_asked(rulebook->eir);
    char path[SETTING_TEXT_SIZE + 16];
    size_t count = first_asked_count(asked);
    uint8_t *data = count == rulebook->kept ? NULL : malloc(FIRST_ASKED_SIZE_MAX);
    if (data == NULL)
        return;
    struct writer writer = writer_over(data, FIRST_ASKED_SIZE_MAX);
    tacs_path(rulebook, path);
    first_asked_write(asked, &writer);
    enum err err = file_replace(path, writer_view(&writer), 0600);
    free(data);
    if (err == ERR_OK)
        rulebook->kept = count;
    else
        log_event(LOG_WARNING, "tacs", "file=\"%s\" why=%s text=\"%s\"", path, err_name(err),
                  err_sentence(err));
}

static void kept(void *context)
{
    (void)context;
}

static void on_hour(uv_timer_t *timer)
{
    struct rulebook *rulebook = timer->data;
    chore_want(&rulebook->keeping);
}

/* ---- life ---- */

enum err rulebook_open(uv_loop_t *loop, const struct config *config, struct ledger *ledger,
                       struct eir *eir, struct rulebook **out)
{
    struct rulebook *rulebook = calloc(1, sizeof *rulebook);
    *out = rulebook;
    if (rulebook == NULL)
        return ERR_MEMORY;
    *rulebook = (struct rulebook){
        .config = config,
        .ledger = ledger,
        .eir = eir,
        .reading = {.loop = loop, .work = read_again, .done = set_again, .context = rulebook},
        .keeping = {.loop = loop, .work = keep, .done = kept, .context = rulebook},
    };
    uv_signal_init(loop, &rulebook->hangup);
    uv_timer_init(loop, &rulebook->hourly);
    rulebook->hangup.data = rulebook->hourly.data = rulebook;
    uv_signal_start(&rulebook->hangup, on_hangup, SIGHUP);
    uv_timer_start(&rulebook->hourly, on_hour, KEEP_EVERY_MS, KEEP_EVERY_MS);
    struct policy *policy = read_and_warn(rulebook);
    if (policy == NULL)
        return ERR_CONFIG;
    set(rulebook, policy);
    recall(rulebook);
    return ERR_OK;
}

void rulebook_close(struct rulebook *rulebook)
{
    if (rulebook == NULL)
        return;
    chore_close(&rulebook->reading);
    chore_close(&rulebook->keeping);
}

void rulebook_free(struct rulebook *rulebook)
{
    if (rulebook == NULL)
        return;
    keep(rulebook);
    policy_free(rulebook->read);
    free(rulebook);
}
