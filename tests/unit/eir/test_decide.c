/*
 * The decision against a model that shares no code with it: the model writes its policy down as a
 * file, and folds claims by going through all that could ever be said of them.
 */
#include "eir/decide.h"

#include "tests/unit/suite.h"

#include <stdlib.h>

/* ---- chance ---- */

static uint64_t seed;

static unsigned below(unsigned bound)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)(seed >> 33) % bound;
}

/* ---- a small world ---- */

enum { ORGANISATIONS = 4, CLASSES = ORGANISATIONS * 4 * 3, RULES_MAX = 5, CLAIMS_MAX = 6 };

static const char *const names[ORGANISATIONS] = {"fr-op", "fr-reg", "ke-op", "br-maker"};
static const char *const countries[ORGANISATIONS] = {"FR", "FR", "KE", "BR"};
static const unsigned roles[ORGANISATIONS] = {ROLE_OPERATOR, ROLE_REGULATOR | ROLE_ALLOCATOR,
                                              ROLE_OPERATOR, ROLE_MANUFACTURER};
static const char *const role_words[ORGANISATIONS] = {"operator", "regulator", "allocator",
                                                      "manufacturer"};
static const unsigned role_bits[ORGANISATIONS] = {ROLE_OPERATOR, ROLE_REGULATOR, ROLE_ALLOCATOR,
                                                  ROLE_MANUFACTURER};
static const char *const kind_words[] = {"", "block", "watch", "duplicate", "registered"};
static const enum reason reasons[3] = {REASON_NONE, REASON_STOLEN, REASON_FRAUD};
static const char *const reason_words[3] = {"", "stolen", "0026"};
static const char *const meaning_words[] = {"", "ignore", "grey", "black"};
static const char *const verdict_words[] = {"as-known", "white", "grey", "black", "unknown"};

static struct claim_class classes[CLASSES];

static void make_classes(void)
{
    size_t at = 0;
    for (unsigned who = 0; who < ORGANISATIONS; who++) {
        for (unsigned kind = CLAIM_BLOCK; kind <= CLAIM_REGISTERED; kind++) {
            for (unsigned why = 0; why < 3; why++, at++) {
                classes[at] = (struct claim_class){.kind = (enum claim_kind)kind,
                                                   .reason = reasons[why],
                                                   .organisation = (uint16_t)(who + 1),
                                                   .roles = roles[who]};
                snprintf(classes[at].name.text, sizeof classes[at].name.text, "%s", names[who]);
                snprintf(classes[at].country.code, 3, "%s", countries[who]);
            }
        }
    }
}

/* What the model knows of a class by its number. */
static unsigned who_of(size_t class)
{
    return (unsigned)class / 12;
}
static unsigned kind_of(size_t class)
{
    return (unsigned)class / 3 % 4 + 1;
}
static unsigned why_of(size_t class)
{
    return (unsigned)class % 3;
}

/* ---- the model ---- */

/* -1: fits every claim. `means`: 1 ignore, 2 grey, 3 black. */
struct model_rule {
    int who;
    int country; /* of that organisation */
    int role;
    int kind;
    int why;
    int on; /* 0 device, 1 range */
    int means;
};

struct model {
    size_t rule_count;
    struct model_rule rules[RULES_MAX];
    int means[4]; /* by kind */
    int unallocated;
    int delay;         /* of reporting body 35; others 3 */
    int test;          /* 0: as any */
    int registered_in; /* organisation whose country, or -1 */
    int unregistered;
    unsigned stale_seconds;
    int stale; /* 0: as known */
    bool is_golden;
};

static int maybe(unsigned bound)
{
    return below(2) == 0 ? -1 : (int)below(bound);
}

static struct model random_model(void)
{
    struct model model = {.rule_count = below(RULES_MAX + 1)};
    for (size_t i = 0; i < model.rule_count; i++)
        model.rules[i] = (struct model_rule){maybe(ORGANISATIONS),
                                             maybe(ORGANISATIONS),
                                             maybe(ORGANISATIONS),
                                             maybe(3),
                                             maybe(2),
                                             maybe(2),
                                             1 + (int)below(3)};
    for (unsigned kind = 1; kind < 4; kind++)
        model.means[kind] = 1 + (int)below(3);
    model.unallocated = 1 + (int)below(4);
    model.delay = (int)below(5);
    model.test = (int)below(5);
    model.registered_in = maybe(ORGANISATIONS);
    model.unregistered = 1 + (int)below(4);
    model.stale_seconds = below(3) * 10;
    model.stale = model.stale_seconds > 0 ? (int)below(5) : 0;
    model.is_golden = below(8) == 0;
    return model;
}

static struct policy *written(const struct model *model)
{
    char text[4096];
    size_t size = 0;
    struct policy *policy;
    struct complaint complaint;
#define PUT(...) size += (size_t)snprintf(text + size, sizeof text - size, __VA_ARGS__)
    PUT("claims:%s\n", model->rule_count == 0 ? " []" : "");
    for (size_t i = 0; i < model->rule_count; i++) {
        const struct model_rule *rule = &model->rules[i];
        PUT("  - {means: %s", meaning_words[rule->means]);
        if (rule->who >= 0)
            PUT(", organisation: %s", names[rule->who]);
        if (rule->country >= 0)
            PUT(", country: [ZZ, %s]", countries[rule->country]);
        if (rule->role >= 0)
            PUT(", role: %s", role_words[rule->role]);
        if (rule->kind >= 0)
            PUT(", kind: [%s]", kind_words[rule->kind + 1]);
        if (rule->why >= 0)
            PUT(", reason: %s", reason_words[rule->why + 1]);
        if (rule->on >= 0)
            PUT(", on: %s", rule->on == 1 ? "range" : "device");
        PUT("}\n");
    }
    for (unsigned kind = 1; kind < 4; kind++)
        PUT("%s: %s\n", kind_words[kind], meaning_words[model->means[kind]]);
    PUT("tac_unallocated: %s\n", verdict_words[model->unallocated]);
    PUT("tac_delay_days: {\"35\": %d, others: 3}\n", model->delay);
    PUT("test_tac: %s\n", verdict_words[model->test]);
    if (model->registered_in >= 0)
        PUT("registered_in: %s\n", countries[model->registered_in]);
    PUT("unregistered: %s\n", verdict_words[model->unregistered]);
    PUT("stale_seconds: %u\nstale: %s\n", model->stale_seconds, verdict_words[model->stale]);
#undef PUT
    ck_assert_msg(policy_parse(bytes_of(text, size), "/", &policy, &complaint) == ERR_OK,
                  "%s\nline %u: %s", text, complaint.line, complaint.text);
    return policy;
}

static bool model_fits(const struct model_rule *rule, size_t class, bool is_range)
{
    unsigned who = who_of(class);
    if (rule->who >= 0 && (unsigned)rule->who != who)
        return false;
    if (rule->country >= 0 && strcmp(countries[rule->country], countries[who]) != 0)
        return false;
    if (rule->role >= 0 && (roles[who] & role_bits[rule->role]) == 0)
        return false;
    if (rule->kind >= 0 && (unsigned)rule->kind + 1 != kind_of(class))
        return false;
    if (rule->why >= 0 && (unsigned)rule->why + 1 != why_of(class))
        return false;
    return rule->on < 0 || (rule->on == 1) == is_range;
}

static int model_means(const struct model *model, size_t class, bool is_range)
{
    if (kind_of(class) == CLAIM_REGISTERED)
        return VERDICT_WHITE;
    for (size_t i = 0; i < model->rule_count; i++) {
        if (model_fits(&model->rules[i], class, is_range))
            return model->rules[i].means;
    }
    return model->means[kind_of(class)];
}

struct model_case {
    size_t count;
    size_t claims[CLAIMS_MAX]; /* class; the same number plus CLASSES: by range */
    uint32_t tac;
    bool is_known;
    uint32_t tac_days;
    bool has_pair;
    uint64_t age_ms;
};

static struct model_case random_case(void)
{
    static const uint32_t tacs[] = {35123456, 123456, 86000001, 1234567};
    static const uint64_t ages[] = {0, 9999, 10000, 19999, 20000, AGE_UNKNOWN};
    struct model_case of = {.count = below(CLAIMS_MAX + 1),
                            .tac = tacs[below(4)],
                            .is_known = below(3) > 0,
                            .tac_days = below(6),
                            .has_pair = below(4) == 0,
                            .age_ms = ages[below(6)]};
    for (size_t i = 0; i < of.count; i++)
        of.claims[i] = below(2 * CLASSES);
    return of;
}

/* Whether anything says `verdict`, and what says it first: tries each in turn, in the order of the
 * operator's guide. */
static enum rule says(const struct model *model, const struct model_case *of, int verdict)
{
    bool is_test = of->tac < 1000000 && model->test != 0;
    bool is_registered = model->registered_in < 0;
    int delay = of->tac / 1000000 == 35 ? model->delay : 3;
    for (int is_range = 0; is_range < 2; is_range++) {
        for (size_t i = 0; i < of->count; i++) {
            size_t class = of->claims[i] % CLASSES;
            bool matches = (of->claims[i] >= CLASSES) == (is_range == 1);
            if (matches && model_means(model, class, is_range == 1) == verdict)
                return is_range == 1 ? RULE_RANGE : RULE_DEVICE;
        }
    }
    for (size_t i = 0; model->registered_in >= 0 && i < of->count; i++) {
        size_t class = of->claims[i] % CLASSES;
        const char *country = countries[model->registered_in];
        is_registered |=
            kind_of(class) == CLAIM_REGISTERED && strcmp(countries[who_of(class)], country) == 0;
    }
    if (is_test && model->test == verdict)
        return RULE_TEST_TAC;
    if (!is_test && !of->is_known && (int)of->tac_days >= delay && model->unallocated == verdict)
        return RULE_TAC_UNKNOWN;
    if (!is_registered && model->unregistered == verdict)
        return RULE_UNREGISTERED;
    return RULE_COUNT;
}

static struct decision model_decide(const struct model *model, const struct model_case *of)
{
    static const enum verdict worst_first[] = {VERDICT_BLACK, VERDICT_GREY, VERDICT_UNKNOWN};
    struct decision decision = {VERDICT_WHITE, RULE_DEFAULT};
    if (model->is_golden)
        return (struct decision){VERDICT_WHITE, RULE_GOLDEN};
    for (size_t i = 0; i < 3 && decision.rule == RULE_DEFAULT; i++) {
        enum rule rule = says(model, of, worst_first[i]);
        if (rule != RULE_COUNT)
            decision = (struct decision){worst_first[i], rule};
    }
    if (model->stale != 0 && of->age_ms / 1000 >= model->stale_seconds)
        decision = (struct decision){(enum verdict)model->stale, RULE_STALE};
    if (of->has_pair && decision.verdict != VERDICT_WHITE)
        decision = (struct decision){VERDICT_WHITE, RULE_PAIR};
    return decision;
}

/* ---- cases ---- */

static struct found found;
static struct grounds grounds;

static struct circumstances found_of(const struct model_case *of)
{
    found.is_tac_known = of->is_known;
    found.count = of->count;
    found.is_cut = false;
    for (size_t i = 0; i < of->count; i++)
        found.claims[i] =
            (struct found_claim){&classes[of->claims[i] % CLASSES], of->claims[i] >= CLASSES};
    return (struct circumstances){&found, of->has_pair, of->tac_days, of->age_ms};
}

static void add_golden(struct policy *policy, uint32_t tac)
{
    char text[32];
    struct complaint complaint;
    int size = snprintf(text, sizeof text, "%08u\n", tac);
    ck_assert_int_eq(golden_parse(bytes_of(text, (size_t)size), &policy->golden, &complaint),
                     ERR_OK);
}

static void grounds_are_sound(const struct decision *decision)
{
    size_t deciding = 0;
    ck_assert_int_eq(grounds.rule, decision->rule);
    ck_assert_uint_le(grounds.count, GROUNDS_MAX);
    for (size_t i = 0; i < grounds.count; i++) {
        const struct ground *step = &grounds.steps[i];
        if (step->outcome != STEP_DECIDES)
            continue;
        deciding++;
        ck_assert_int_eq(step->rule, decision->rule);
        ck_assert_int_eq(step->verdict, decision->verdict);
    }
    ck_assert_uint_eq(deciding, decision->rule == RULE_DEFAULT ? 0 : 1);
    static uint8_t bytes[65536];
    static struct grounds again;
    struct writer writer = writer_over(bytes, sizeof bytes);
    grounds_write(&writer, &grounds);
    ck_assert(writer_ok(&writer));
    struct reader reader = reader_over(writer_view(&writer));
    grounds_read(&reader, &again);
    ck_assert_int_eq(reader_done(&reader), ERR_OK);
    ck_assert_uint_eq(again.count, grounds.count);
    ck_assert_mem_eq(again.steps, grounds.steps, grounds.count * sizeof grounds.steps[0]);
}

static void agrees(const struct model *model, const struct policy *policy,
                   const struct model_case *of)
{
    struct question question = {.imei = imei_of(of->tac, below(1000)), .svn = IMEI_SVN_NONE};
    struct circumstances circumstances = found_of(of);
    struct decision expected = model_decide(model, of);
    struct decision decision;
    decide(policy, &question, &circumstances, &decision, NULL);
    ck_assert_msg(decision.verdict == expected.verdict && decision.rule == expected.rule,
                  "%s by %s, expected %s by %s", verdict_word(decision.verdict),
                  rule_word(decision.rule), verdict_word(expected.verdict),
                  rule_word(expected.rule));
    memset(&grounds, 0xee, sizeof grounds);
    decide(policy, &question, &circumstances, &decision, &grounds);
    ck_assert(decision.verdict == expected.verdict && decision.rule == expected.rule);
    grounds_are_sound(&decision);
}

START_TEST(every_decision_is_the_models)
{
    size_t rules[RULE_COUNT] = {0};
    size_t verdicts[5] = {0};
    make_classes();
    seed = 4;
    for (size_t round = 0; round < 800; round++) {
        struct model model = random_model();
        struct policy *policy = written(&model);
        uint32_t golden = 0;
        for (size_t i = 0; i < 30; i++) {
            struct model_case of = random_case();
            if (model.is_golden && golden == 0) {
                golden = of.tac;
                add_golden(policy, golden);
            }
            struct model asked = model;
            asked.is_golden = model.is_golden && of.tac == golden;
            agrees(&asked, policy, &of);
            struct decision decision = model_decide(&asked, &of);
            rules[decision.rule]++;
            verdicts[decision.verdict]++;
        }
        policy_free(policy);
    }
    for (enum rule rule = RULE_GOLDEN; rule < RULE_COUNT; rule++)
        ck_assert_msg(rules[rule] > 50, "%s: %zu", rule_word(rule), rules[rule]);
    for (size_t i = VERDICT_WHITE; i <= VERDICT_UNKNOWN; i++)
        ck_assert_uint_gt(verdicts[i], 100);
}
END_TEST

/* Bit k - 1 of `kinds` is a claim of kind k. */
START_TEST(without_a_policy_the_worst_kind_decides)
{
    struct policy *policy;
    struct question question = {.imei = imei_of(35123456, 1)};
    make_classes();
    ck_assert_int_eq(policy_default(&policy), ERR_OK);
    for (unsigned kinds = 0; kinds < 16; kinds++) {
        for (unsigned turn = 0; turn < 4; turn++) {
            found = (struct found){.is_tac_known = turn % 2 == 0};
            for (unsigned i = 0; i < 4; i++) {
                if ((kinds & 1u << i) != 0)
                    found.claims[found.count++] =
                        (struct found_claim){&classes[i * 3 + 1], turn >= 2};
            }
            struct circumstances circumstances = {&found, false, 0, AGE_UNKNOWN};
            struct decision decision;
            decide(policy, &question, &circumstances, &decision, NULL);
            enum verdict expected = (kinds & 1) != 0   ? VERDICT_BLACK
                                    : (kinds & 6) != 0 ? VERDICT_GREY
                                    : turn % 2 == 0    ? VERDICT_WHITE
                                                       : VERDICT_UNKNOWN;
            ck_assert_int_eq(decision.verdict, expected);
            ck_assert_int_eq(decide_claims(policy, &found), (kinds & 1) != 0   ? VERDICT_BLACK
                                                            : (kinds & 6) != 0 ? VERDICT_GREY
                                                                               : VERDICT_WHITE);
        }
    }
    policy_free(policy);
}
END_TEST

START_TEST(more_claims_than_grounds_are_weighed_all_the_same)
{
    struct policy *policy;
    struct question question = {.imei = imei_of(35123456, 1)};
    make_classes();
    ck_assert_int_eq(policy_default(&policy), ERR_OK);
    found = (struct found){.is_tac_known = true, .count = 3000};
    for (size_t i = 0; i < found.count; i++)
        found.claims[i] = (struct found_claim){&classes[3], i % 2 == 0};
    found.claims[found.count - 1].class = &classes[0];
    struct circumstances circumstances = {&found, false, 0, 0};
    struct decision decision;
    decide(policy, &question, &circumstances, &decision, &grounds);
    ck_assert_int_eq(decision.verdict, VERDICT_BLACK);
    ck_assert_uint_eq(grounds.count, GROUNDS_MAX);
    ck_assert(grounds.more);
    const struct ground *last = &grounds.steps[GROUNDS_MAX - 1]; /* there is no room before it */
    ck_assert_int_eq(last->outcome, STEP_DECIDES);
    ck_assert_int_eq(last->verdict, VERDICT_BLACK);
    circumstances.has_pair = true;
    decide(policy, &question, &circumstances, &decision, &grounds);
    ck_assert_int_eq(decision.rule, RULE_PAIR);
    ck_assert_int_eq(grounds.steps[1].outcome, STEP_DECIDES);
    policy_free(policy);
}
END_TEST

static const struct ground *step_of(enum rule rule)
{
    for (size_t i = 0; i < grounds.count; i++) {
        if (grounds.steps[i].rule == rule)
            return &grounds.steps[i];
    }
    return NULL;
}

START_TEST(the_grounds_name_rule_and_line)
{
    static const char text[] = "claims:\n- {organisation: ke-op, means: ignore}\n"
                               "- {country: FR, kind: block, means: grey}\n"
                               "tac_delay_days: {\"35\": 20}\n";
    struct policy *policy;
    struct complaint complaint;
    struct question question = {.imei = imei_of(35123456, 1)};
    make_classes();
    ck_assert_int_eq(policy_parse(bytes_of(text, sizeof text - 1), "/", &policy, &complaint),
                     ERR_OK);
    found = (struct found){.count = 2};
    found.claims[0] = (struct found_claim){&classes[24], true}; /* ke-op, block */
    found.claims[1] = (struct found_claim){&classes[1], false}; /* fr-op, block, stolen */
    struct circumstances circumstances = {&found, false, 5, 0};
    struct decision decision;
    decide(policy, &question, &circumstances, &decision, &grounds);
    ck_assert_int_eq(decision.verdict, VERDICT_GREY);
    const struct ground *device = step_of(RULE_DEVICE);
    ck_assert_int_eq(device->outcome, STEP_DECIDES);
    ck_assert_uint_eq(device->line, 3);
    ck_assert_str_eq(device->organisation.text, "fr-op");
    ck_assert_int_eq(device->reason, REASON_STOLEN);
    ck_assert_int_eq(step_of(RULE_RANGE)->outcome, STEP_IGNORED);
    ck_assert_uint_eq(step_of(RULE_RANGE)->line, 2);
    ck_assert_int_eq(step_of(RULE_TAC_UNKNOWN)->outcome, STEP_WAITS);
    ck_assert_uint_eq(step_of(RULE_TAC_UNKNOWN)->days, 15);
    circumstances.has_pair = true;
    decide(policy, &question, &circumstances, &decision, &grounds);
    ck_assert_int_eq(step_of(RULE_DEVICE)->outcome, STEP_OVERRIDDEN);
    ck_assert_int_eq(step_of(RULE_PAIR)->outcome, STEP_DECIDES);
    policy_free(policy);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &every_decision_is_the_models,
        &without_a_policy_the_worst_kind_decides,
        &more_claims_than_grounds_are_weighed_all_the_same,
        &the_grounds_name_rule_and_line,
    };
    return suite_run("eir/decide", cases, sizeof cases / sizeof cases[0]);
}
