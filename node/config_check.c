#include "node/config_check.h"

#include "front/s13_files.h"
#include "node/identity.h"
#include "node/log.h"
#include "node/named_file.h"
#include "node/rulebook.h"
#include "store/directory.h"

#include <stdlib.h>

static unsigned line_of(const char *path, const char *section, const char *key)
{
    uint8_t *text = NULL;
    size_t size = 0;
    unsigned line = 0;
    if (file_read(path, DOCUMENT_SIZE_MAX, &text, &size) == ERR_OK)
        line = settings_line(bytes_of(text, size), section, key);
    free(text);
    return line;
}

/* Says what is wrong, if something is; returns `err`. */
static enum err said(const char *path, const char *section, const struct complaint *complaint,
                     enum err err)
{
    const char *key = complaint->key;
    if (err == ERR_OK)
        return ERR_OK;
    if (err != ERR_CONFIG || key == NULL)
        log_event(LOG_ERROR, "config", "file=\"%s\" text=\"%s\"", path,
                  err == ERR_CONFIG ? complaint->text : err_sentence(err));
    else if (section == NULL)
        log_event(LOG_ERROR, "config", "file=\"%s\" line=%u text=\"%s\"", path,
                  line_of(path, NULL, key), complaint->text);
    else
        log_event(LOG_ERROR, "config", "file=\"%s\" line=%u text=\"%s: %s\"", path,
                  line_of(path, section, key), section, complaint->text);
    return err;
}

static enum err check_flag_key(const struct sighter_settings *settings, const char *path)
{
    struct complaint complaint = {.text = ""};
    struct secret_key secret = {{0}};
    if (!settings->is_on || settings->flag_key[0] == '\0')
        return ERR_OK;
    enum err err = named_file_key("flag_key", settings->flag_key, &secret, &complaint);
    secret_key_wipe(&secret);
    return said(path, "sightings", &complaint, err);
}

static enum err check_identity(const struct config *config, const char *path)
{
    struct complaint complaint = {.text = ""};
    struct identity identity;
    enum err err = identity_load(config, &identity, &complaint);
    if (err == ERR_OK)
        identity_free(&identity);
    return said(path, NULL, &complaint, err);
}

static enum err check_policy(const struct config *config)
{
    struct policy *policy;
    enum err err = rulebook_read(config, &policy);
    if (err == ERR_OK)
        policy_free(policy);
    return err;
}

/* All that is wrong is said in one run, not one thing at a time. */
enum err config_check(const struct config *config, const char *path)
{
    struct complaint http = {.text = ""};
    struct complaint s13 = {.text = ""};
    const enum err errs[] = {
        check_identity(config, path),
        check_policy(config),
        check_flag_key(&config->sightings, path),
        said(path, "http", &http,
             config->http.is_on ? http_front_check(&config->http, &http) : ERR_OK),
        said(path, "s13", &s13, config->s13.is_on ? s13_files_check(&config->s13, &s13) : ERR_OK),
    };
    enum err err = ERR_OK;
    for (size_t i = 0; i < sizeof errs / sizeof errs[0] && err == ERR_OK; i++)
        err = errs[i];
    return err;
}
