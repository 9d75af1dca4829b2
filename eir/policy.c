#include "eir/policy.h"

#include <stddef.h>
#include <stdlib.h>

#define AT(field) offsetof(struct policy, field)

/* Words of a verdict; those of claims have no "unknown", because a claim is of a known device. */
static const char *const meanings[] = {"ignore", "grey", "black", NULL};
static const char *const verdicts[] = {"white", "grey", "black", "unknown", NULL};
static const char *const verdicts_or_none[] = {"as-known", "white",   "grey",
                                               "black",    "unknown", NULL};
_Static_assert(VERDICT_WHITE == 1 && VERDICT_GREY == 2 && VERDICT_BLACK == 3 &&
                   VERDICT_UNKNOWN == 4,
               "the order of the words above");

/* ---- rules for claims ---- */

/* A reader of one part of a rule. */
struct part {
    const struct setting_place *place;
    struct policy_rule *rule;
};

static bool add_kind(const struct part *part, const char *text)
{
    for (enum claim_kind kind = CLAIM_BLOCK; kind <= CLAIM_DUPLICATE; kind++) {
        if (strcmp(text, claim_kind_word(kind)) == 0) {
            part->rule->kinds |= 1u << kind;
            return true;
        }
    }
    return false;
}

static bool add_role(const struct part *part, const char *text)
{
    unsigned role = role_parse(text, strlen(text));
    part->rule->roles |= role;
    return role != 0;
}

static bool add_reason(const struct part *part, const char *text)
{
    enum reason reason;
    if (reason_parse(text, &reason) != ERR_OK || !reason_row(reason)->for_raising)
        return false;
    part->rule->reasons |= UINT64_C(1) << reason;
    return true;
}

static bool add_place(const struct part *part, const char *text)
{
    bool is_range = strcmp(text, "range") == 0;
    if (!is_range && strcmp(text, "device") != 0)
        return false;
    part->rule->places |= is_range ? POLICY_ON_RANGE : POLICY_ON_DEVICE;
    return true;
}

static bool add_organisation(const struct part *part, const char *text)
{
    struct policy_rule *rule = part->rule;
    return rule->organisation_count < POLICY_NAMES_MAX &&
           name_parse(text, strlen(text), &rule->organisations[rule->organisation_count++]) ==
               ERR_OK;
}

static bool add_country(const struct part *part, const char *text)
{
    struct policy_rule *rule = part->rule;
    return rule->country_count < POLICY_NAMES_MAX &&
           country_parse(text, strlen(text), &rule->countries[rule->country_count++]) == ERR_OK;
}

static bool set_meaning(const struct part *part, const char *text)
{
    for (int i = 0; meanings[i] != NULL; i++) {
        if (strcmp(text, meanings[i]) == 0) {
            part->rule->means = (enum verdict)(VERDICT_WHITE + i);
            return true;
        }
    }
    return false;
}

static const struct part_row {
    const char *key;
    bool (*add)(const struct part *part, const char *text);
    const char *wanted;
} parts[] = {
    {"kind", add_kind, "block, watch or duplicate"},
    {"organisation", add_organisation, "names of organisations, at most 64"},
    {"role", add_role, "regulator, operator, allocator, manufacturer, auditor or participant"},
    {"country", add_country, "countries of two capital letters, at most 64"},
    {"reason", add_reason, "faulty, stolen, duplicated, third-party, fraud or court, or a code"},
    {"on", add_place, "device or range"},
    {"means", set_meaning, "black, grey or ignore"},
};

static const struct part_row *part_row_of(const char *key)
{
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (strcmp(parts[i].key, key) == 0)
            return &parts[i];
    }
    return NULL;
}

/* A single text is a list of one. `means` is no list. */
static enum err read_part(const struct part *part, const struct part_row *row, struct value value)
{
    bool is_list = value_kind(value) == VALUE_LIST && row->add != set_meaning;
    size_t count = is_list ? value_count(value) : 1;
    if (count == 0)
        return complain(part->place->complaint, value_line(value),
                        "'%s' is an empty list: leave it out to fit every claim", row->key);
    for (size_t i = 0; i < count; i++) {
        struct value item = is_list ? value_at(value, i) : value;
        const char *text = value_text(item);
        if (text == NULL || !row->add(part, text))
            return complain(part->place->complaint, value_line(item), "'%s' is %s", row->key,
                            row->wanted);
    }
    return ERR_OK;
}

static enum err read_rule(const struct setting_place *place, struct value map,
                          struct policy_rule *rule)
{
    struct part part = {place, rule};
    rule->line = value_line(map);
    if (value_kind(map) != VALUE_MAP)
        return complain(place->complaint, value_line(map), "a rule is {means: …, …}");
    for (size_t i = 0; i < value_count(map); i++) {
        const struct part_row *row = part_row_of(value_key(map, i));
        if (row == NULL)
            return complain(place->complaint, value_key_line(map, i),
                            "'%s' is no part of a rule: kind, organisation, role, country, "
                            "reason, on, means",
                            value_key(map, i));
        enum err err = read_part(&part, row, value_at(map, i));
        if (err != ERR_OK)
            return err;
    }
    if (rule->means == 0)
        return complain(place->complaint, rule->line, "this rule says not what a claim 'means'");
    return ERR_OK;
}

static enum err read_rules(const struct setting_place *place, struct value list, void *field)
{
    struct policy_rules *rules = field;
    if (value_kind(list) != VALUE_LIST)
        return complain(place->complaint, value_line(list), "'claims' is a list of rules");
    if (value_count(list) > POLICY_RULES_MAX)
        return complain(place->complaint, value_line(list), "'claims' has at most %d rules",
                        POLICY_RULES_MAX);
    for (size_t i = 0; i < value_count(list); i++) {
        enum err err = read_rule(place, value_at(list, i), &rules->at[i]);
        if (err != ERR_OK)
            return err;
    }
    rules->count = value_count(list);
    return ERR_OK;
}

/* ---- delays ---- */

/* Two digits, or "others". */
static bool body_parse(const char *text, size_t *body)
{
    bool is_number =
        strlen(text) == 2 && text[0] >= '0' && text[0] <= '9' && text[1] >= '0' && text[1] <= '9';
    *body = is_number ? (size_t)(text[0] - '0') * 10 + (size_t)(text[1] - '0') : POLICY_BODIES_MAX;
    return is_number || strcmp(text, "others") == 0;
}

static enum err read_delays(const struct setting_place *place, struct value map, void *field)
{
    uint16_t *days = field;
    bool is_set[POLICY_BODIES_MAX] = {false};
    uint16_t others = 0;
    if (value_kind(map) != VALUE_MAP)
        return complain(place->complaint, value_line(map),
                        "'%s' is a map of reporting bodies to days", place->name);
    for (size_t i = 0; i < value_count(map); i++) {
        size_t body;
        uint64_t number;
        if (!body_parse(value_key(map, i), &body) ||
            value_number(value_at(map, i), POLICY_DAYS_MAX, &number) != ERR_OK)
            return complain(place->complaint, value_key_line(map, i),
                            "'%s' maps the two digits of a reporting body, or others, to days "
                            "up to %d",
                            place->name, POLICY_DAYS_MAX);
        if (body == POLICY_BODIES_MAX) {
            others = (uint16_t)number;
            continue;
        }
        days[body] = (uint16_t)number;
        is_set[body] = true;
    }
    for (size_t i = 0; i < POLICY_BODIES_MAX; i++) {
        if (!is_set[i])
            days[i] = others;
    }
    return ERR_OK;
}

static bool is_country(const char *text)
{
    struct country country;
    return country_parse(text, strlen(text), &country) == ERR_OK;
}

/* ---- the table ---- */

static const struct setting rows[] = {
    {"claims", SETTING_SPECIAL, AT(claims),
     "What claims mean to this operator: rules, of which the first that fits a claim decides.\n"
     "means: black, grey or ignore. What it fits, each one or a list, left out: every claim:\n"
     "kind (block, watch, duplicate), organisation (its name), role (of the organisation),\n"
     "country (of the organisation), reason (faulty, stolen, duplicated, third-party, fraud,\n"
     "court), on (device, or range: a range around the device, or its whole TAC). For example\n"
     "claims:\n"
     "  - {organisation: [fr-arcep, fr-op], means: black}\n"
     "  - {country: XX, means: ignore}\n"
     "  - {kind: block, reason: third-party, on: range, means: grey}",
     .standard = "[]", .read = read_rules},
    {"block", SETTING_WORD, AT(block),
     "What claims mean that no rule fits, by their kind: black, grey or ignore.",
     .standard = "black", .min = VERDICT_WHITE, .words = meanings},
    {"watch", SETTING_WORD, AT(watch), NULL, .standard = "grey", .min = VERDICT_WHITE,
     .words = meanings},
    {"duplicate", SETTING_WORD, AT(duplicate), NULL, .standard = "grey", .min = VERDICT_WHITE,
     .words = meanings},
    {"tac_unallocated", SETTING_WORD, AT(tac_unallocated),
     "What a TAC means that nobody allocated on the ledger: white, grey, black or unknown.",
     .standard = "unknown", .min = VERDICT_WHITE, .words = verdicts},
    {"tac_delay_days", SETTING_SPECIAL, AT(tac_delay_days),
     "New TACs come late: so many days after this node was first asked for the TAC, by its\n"
     "reporting body (the first two digits), does the line above count; before, the TAC says\n"
     "nothing. For example {\"01\": 40, \"35\": 20, \"86\": 19, \"91\": 20, \"99\": 69, others: "
     "30}.",
     .standard = "{}", .read = read_delays},
    {"test_tac", SETTING_WORD, AT(test_tac),
     "What a TAC of test equipment means (reporting body 00): white, grey, black, unknown, or\n"
     "as-known: as any other TAC.",
     .standard = "as-known", .words = verdicts_or_none},
    {"registered_in", SETTING_TEXTS, AT(registered_in),
     "Countries whose organisations' registrations count, where devices have to be registered;\n"
     "a device that none of them has registered is ... Without countries registration is of no\n"
     "matter.",
     .standard = "[]", .max = SETTING_TEXTS_MAX, .fits = is_country,
     .wanted = "is a list of countries of two capital letters"},
    {"unregistered", SETTING_WORD, AT(unregistered), "... white, grey, black or unknown.",
     .standard = "grey", .min = VERDICT_WHITE, .words = verdicts},
    {"stale_seconds", SETTING_NUMBER, AT(stale_seconds),
     "When this node has not known for so long that it misses nothing, it is stale; 0: never. It\n"
     "then answers ...",
     .standard = "0", .max = 31536000},
    {"stale", SETTING_WORD, AT(stale),
     "... as-known: what it knows; or white, grey, black or unknown to every question that the\n"
     "golden list and the pairs do not settle.",
     .standard = "as-known", .words = verdicts_or_none},
    {"golden", SETTING_PATH, AT(golden_path),
     "A file of devices that are never refused: one IMEI, TAC or range FROM-TO a line.",
     .standard = SETTING_NONE},
};

static enum err check_stale(const void *target, struct complaint *complaint)
{
    const struct policy *policy = target;
    if (policy->stale != 0 && policy->stale_seconds == 0)
        return complain(complaint, 0, "'stale' has a verdict, but 'stale_seconds' is 0: never");
    return ERR_OK;
}

static const struct settings settings = {
    .rows = rows,
    .count = sizeof rows / sizeof rows[0],
    .check = check_stale,
    .title = "imeid: an operator's policy. Every key stands at its default.\n"
             "Of all that counts the worst is answered: white, unknown, grey, black.",
    .lists = "imeid --print-policy",
};

enum err policy_parse(struct bytes text, const char *directory, struct policy **out,
                      struct complaint *complaint)
{
    *complaint = (struct complaint){.line = 0};
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return ERR_MEMORY;
    enum err err = settings_parse(&settings, text, directory, *out, complaint);
    if (err == ERR_OK)
        return ERR_OK;
    policy_free(*out);
    *out = NULL;
    return err;
}

enum err policy_default(struct policy **out)
{
    struct complaint complaint;
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return ERR_MEMORY;
    enum err err = settings_default(&settings, *out, &complaint);
    if (err == ERR_OK)
        return ERR_OK;
    policy_free(*out);
    *out = NULL;
    return err;
}

void policy_free(struct policy *policy)
{
    if (policy == NULL)
        return;
    golden_free(policy->golden);
    pairs_free(policy->pairs);
    free(policy);
}

void policy_print(FILE *out)
{
    settings_print(&settings, out);
}

/* ---- what a claim means ---- */

static bool has_name(const struct policy_rule *rule, const struct name *name)
{
    for (size_t i = 0; i < rule->organisation_count; i++) {
        if (strcmp(rule->organisations[i].text, name->text) == 0)
            return true;
    }
    return rule->organisation_count == 0;
}

static bool has_country(const struct policy_rule *rule, const struct country *country)
{
    for (size_t i = 0; i < rule->country_count; i++) {
        if (strcmp(rule->countries[i].code, country->code) == 0)
            return true;
    }
    return rule->country_count == 0;
}

static bool fits(const struct policy_rule *rule, const struct claim_class *class, bool is_range)
{
    unsigned place = is_range ? POLICY_ON_RANGE : POLICY_ON_DEVICE;
    return (rule->kinds == 0 || (rule->kinds & 1u << class->kind) != 0) &&
           (rule->places == 0 || (rule->places & place) != 0) &&
           (rule->roles == 0 || (rule->roles & class->roles) != 0) &&
           (rule->reasons == 0 || (rule->reasons & UINT64_C(1) << class->reason) != 0) &&
           has_country(rule, &class->country) && has_name(rule, &class->name);
}

static enum verdict standard_meaning(const struct policy *policy, enum claim_kind kind)
{
    switch (kind) {
    case CLAIM_BLOCK: return policy->block;
    case CLAIM_WATCH: return policy->watch;
    case CLAIM_DUPLICATE: return policy->duplicate;
    case CLAIM_REGISTERED:
    case CLAIM_NONE: break;
    }
    return VERDICT_WHITE;
}

enum verdict policy_meaning(const struct policy *policy, const struct claim_class *class,
                            bool is_range, unsigned *line)
{
    *line = 0;
    if (class->kind == CLAIM_REGISTERED)
        return VERDICT_WHITE;
    for (size_t i = 0; i < policy->claims.count; i++) {
        const struct policy_rule *rule = &policy->claims.at[i];
        if (fits(rule, class, is_range)) {
            *line = rule->line;
            return rule->means;
        }
    }
    return standard_meaning(policy, class->kind);
}

bool policy_is_registered(const struct policy *policy, const struct claim_class *class)
{
    for (size_t i = 0; class->kind == CLAIM_REGISTERED && i < policy->registered_in.count; i++) {
        if (strcmp(policy->registered_in.at[i], class->country.code) == 0)
            return true;
    }
    return false;
}
