/*
 * An operator's policy. What is taken says a verdict of each kind; what is refused says why.
 */
#include "eir/policy.h"
#include "proto/invariant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_meaning(enum verdict verdict)
{
    return verdict == VERDICT_WHITE || verdict == VERDICT_GREY || verdict == VERDICT_BLACK;
}

static void check(const struct policy *policy)
{
    struct claim_class class = {.kind = CLAIM_BLOCK, .country = {"FR"}, .name = {"fr-op"}};
    unsigned line;
    invariant(policy->claims.count <= POLICY_RULES_MAX);
    for (size_t i = 0; i < policy->claims.count; i++) {
        const struct policy_rule *rule = &policy->claims.at[i];
        invariant(is_meaning(rule->means) && rule->line > 0);
        invariant(rule->organisation_count <= POLICY_NAMES_MAX);
        invariant(rule->country_count <= POLICY_NAMES_MAX);
    }
    for (size_t i = 0; i < POLICY_BODIES_MAX; i++)
        invariant(policy->tac_delay_days[i] <= POLICY_DAYS_MAX);
    invariant(verdict_word(policy->tac_unallocated) != NULL);
    invariant(verdict_word(policy->unregistered) != NULL);
    invariant(policy->stale == 0 || policy->stale_seconds > 0);
    for (class.kind = CLAIM_BLOCK; class.kind <= CLAIM_REGISTERED; class.kind++)
        invariant(is_meaning(policy_meaning(policy, &class, class.kind % 2 == 0, &line)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy *policy;
    struct complaint complaint;
    enum err err = policy_parse(bytes_of(data, size), "/etc", &policy, &complaint);
    if (err == ERR_OK)
        check(policy);
    else
        invariant(err == ERR_CONFIG && complaint.text[0] != '\0' && policy == NULL);
    policy_free(policy);
    return 0;
}
