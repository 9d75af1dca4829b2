#include "eir/decide.h"

/* The reporting body of test equipment (TS 23.003 annex B; GSMA TS.06). */
enum { TEST_BODY = 0 };

/* The worst so far. */
struct weighing {
    enum verdict verdict;
    enum rule rule;
    size_t step; /* of the grounds, that said it */
    struct grounds *grounds;
};

static bool is_worse(enum verdict a, enum verdict b)
{
    return verdict_weight(a) > verdict_weight(b);
}

/* Writes a step down. False when there is no grounds, or no room. */
static bool tell(const struct weighing *weighing, const struct ground *step)
{
    struct grounds *grounds = weighing->grounds;
    if (grounds == NULL)
        return false;
    if (grounds->count == GROUNDS_MAX) {
        grounds->more = true;
        return false;
    }
    grounds->steps[grounds->count++] = *step;
    return true;
}

/* The step says a verdict: the first of the worst is to decide. It is told in any case, if need be
 * in the place of the last one. */
static void weigh(struct weighing *weighing, struct ground *step, enum verdict verdict)
{
    struct grounds *grounds = weighing->grounds;
    step->outcome = STEP_COUNTS;
    step->verdict = verdict;
    bool is_told = tell(weighing, step);
    if (!is_worse(verdict, weighing->verdict))
        return;
    if (!is_told && grounds != NULL)
        grounds->steps[GROUNDS_MAX - 1] = *step;
    weighing->verdict = verdict;
    weighing->rule = step->rule;
    weighing->step = grounds != NULL ? grounds->count - 1 : SIZE_MAX;
}

static void pass(const struct weighing *weighing, enum rule rule)
{
    tell(weighing, &(struct ground){.rule = rule, .outcome = STEP_PASSED});
}

/* Decides, whatever was weighed before. */
static void override(struct weighing *weighing, enum rule rule, enum verdict verdict)
{
    struct grounds *grounds = weighing->grounds;
    if (grounds != NULL && weighing->step != SIZE_MAX && weighing->rule != RULE_DEFAULT)
        grounds->steps[weighing->step].outcome = STEP_OVERRIDDEN;
    weighing->rule = rule;
    weighing->verdict = verdict;
    weighing->step = SIZE_MAX;
    for (size_t i = 0; grounds != NULL && i < grounds->count; i++) {
        if (grounds->steps[i].rule != rule)
            continue;
        grounds->steps[i].outcome = STEP_COUNTS;
        grounds->steps[i].verdict = verdict;
        weighing->step = i;
    }
}

/* ---- claims ---- */

static void weigh_claim(struct weighing *weighing, const struct policy *policy,
                        const struct found_claim *claim)
{
    const struct claim_class *class = claim->class;
    struct ground step = {
        .rule = claim->is_range ? RULE_RANGE : RULE_DEVICE,
        .outcome = STEP_IGNORED,
        .kind = class->kind,
        .reason = class->reason,
        .organisation = class->name,
        .country = class->country,
    };
    enum verdict verdict = policy_meaning(policy, class, claim->is_range, &step.line);
    if (verdict == VERDICT_WHITE)
        tell(weighing, &step);
    else
        weigh(weighing, &step, verdict);
}

static void weigh_claims(struct weighing *weighing, const struct policy *policy,
                         const struct found *found, bool is_range)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct found_claim *claim = &found->claims[i];
        if (claim->is_range == is_range && claim->class->kind != CLAIM_REGISTERED)
            weigh_claim(weighing, policy, claim);
    }
}

enum verdict decide_claims(const struct policy *policy, const struct found *found)
{
    struct weighing weighing = {VERDICT_WHITE, RULE_DEFAULT, SIZE_MAX, NULL};
    weigh_claims(&weighing, policy, found, false);
    weigh_claims(&weighing, policy, found, true);
    return weighing.verdict;
}

/* ---- TAC ---- */

static void weigh_tac(struct weighing *weighing, const struct policy *policy, uint32_t tac,
                      const struct circumstances *circumstances)
{
    struct ground step = {.rule = RULE_TAC_UNKNOWN};
    uint32_t body = tac_reporting_body(tac);
    bool is_test = body == TEST_BODY && policy->test_tac != 0;
    if (is_test)
        weigh(weighing, &(struct ground){.rule = RULE_TEST_TAC}, policy->test_tac);
    else
        pass(weighing, RULE_TEST_TAC);
    if (is_test || circumstances->found->is_tac_known) {
        pass(weighing, RULE_TAC_UNKNOWN);
        return;
    }
    uint32_t delay = policy->tac_delay_days[body];
    if (circumstances->tac_days >= delay) {
        weigh(weighing, &step, policy->tac_unallocated);
        return;
    }
    step.outcome = STEP_WAITS;
    step.days = delay - circumstances->tac_days;
    tell(weighing, &step);
}

/* ---- registration ---- */

static void weigh_registration(struct weighing *weighing, const struct policy *policy,
                               const struct found *found)
{
    bool is_registered = policy->registered_in.count == 0;
    for (size_t i = 0; !is_registered && i < found->count; i++)
        is_registered = policy_is_registered(policy, found->claims[i].class);
    if (is_registered)
        pass(weighing, RULE_UNREGISTERED);
    else
        weigh(weighing, &(struct ground){.rule = RULE_UNREGISTERED}, policy->unregistered);
}

/* ---- all of it ---- */

static bool is_stale(const struct policy *policy, uint64_t age_ms)
{
    return policy->stale_seconds != 0 && policy->stale != 0 &&
           age_ms / 1000 >= policy->stale_seconds;
}

/* What stands above the claims comes first in the grounds, and overrides afterwards. */
static void override_all(struct weighing *weighing, const struct policy *policy,
                         const struct question *question, const struct circumstances *circumstances)
{
    if (is_stale(policy, circumstances->age_ms))
        override(weighing, RULE_STALE, policy->stale);
    if (circumstances->has_pair && is_worse(weighing->verdict, VERDICT_WHITE))
        override(weighing, RULE_PAIR, VERDICT_WHITE);
    if (golden_has(policy->golden, question->imei))
        override(weighing, RULE_GOLDEN, VERDICT_WHITE);
}

void decide(const struct policy *policy, const struct question *question,
            const struct circumstances *circumstances, struct decision *out,
            struct grounds *grounds)
{
    struct weighing weighing = {VERDICT_WHITE, RULE_DEFAULT, SIZE_MAX, grounds};
    if (grounds != NULL) {
        grounds->count = 0;
        grounds->more = circumstances->found->is_cut;
    }
    pass(&weighing, RULE_GOLDEN);
    pass(&weighing, RULE_PAIR);
    pass(&weighing, RULE_STALE);
    weigh_claims(&weighing, policy, circumstances->found, false);
    weigh_claims(&weighing, policy, circumstances->found, true);
    weigh_tac(&weighing, policy, imei_tac(question->imei), circumstances);
    weigh_registration(&weighing, policy, circumstances->found);
    override_all(&weighing, policy, question, circumstances);
    *out = (struct decision){.verdict = weighing.verdict, .rule = weighing.rule};
    if (grounds == NULL)
        return;
    grounds->rule = weighing.rule;
    if (weighing.step != SIZE_MAX)
        grounds->steps[weighing.step].outcome = STEP_DECIDES;
}
