#include "node/policy_names.h"

#include "ledger/view.h"
#include "node/log.h"

#include <stdlib.h>

static bool is_known(struct view *view, struct organisation_info *info, const struct name *name)
{
    for (uint16_t number = 1; view_organisation(view, number, info) == ERR_OK; number++) {
        if (strcmp(info->name.text, name->text) == 0)
            return true;
    }
    return false;
}

static void check_rule(struct view *view, struct organisation_info *info,
                       const struct policy_rule *rule, const char *file)
{
    for (size_t i = 0; i < rule->organisation_count; i++) {
        const struct name *name = &rule->organisations[i];
        if (!is_known(view, info, name))
            log_event(LOG_WARNING, "policy",
                      "file=\"%s\" line=%u text=\"no organisation is called '%s' so far\"", file,
                      rule->line, name->text);
    }
}

void policy_names_warn(struct ledger *ledger, const struct policy *policy, const char *file)
{
    struct view *view = NULL;
    struct organisation_info *info = malloc(sizeof *info); /* large */
    if (info != NULL && view_open(ledger, &view) == ERR_OK) {
        for (size_t i = 0; i < policy->claims.count; i++)
            check_rule(view, info, &policy->claims.at[i], file);
    }
    view_close(view);
    free(info);
}
