#include "proto/grounds.h"

#include "proto/record.h"

#define X(name, number, word, sentence) [RULE_##name] = {(word), (sentence)},
static const struct {
    const char *word;
    const char *sentence;
} rules[RULE_COUNT] = {RULE_TABLE(X)};
#undef X

const char *rule_word(enum rule rule)
{
    return (unsigned)rule < RULE_COUNT ? rules[rule].word : NULL;
}

const char *rule_sentence(enum rule rule)
{
    return (unsigned)rule < RULE_COUNT ? rules[rule].sentence : NULL;
}

const char *step_word(enum step_outcome outcome)
{
    switch (outcome) {
#define X(name, number, word)                                                                      \
    case STEP_##name: return word;
        STEP_TABLE(X)
#undef X
    }
    return NULL;
}

static enum rule rule_field(struct record *record, enum rule value)
{
    enum rule rule = (enum rule)record_uint(record, value, UINT8_MAX);
    record_require(record, rule_word(rule) != NULL, ERR_OUT_OF_RANGE);
    return rule;
}

/* What a step says belongs to what became of it. */
static bool is_sound(const struct ground *step)
{
    bool says = step->outcome == STEP_COUNTS || step->outcome == STEP_DECIDES ||
                step->outcome == STEP_OVERRIDDEN;
    bool is_claim = step->rule == RULE_DEVICE || step->rule == RULE_RANGE;
    bool has_claim = claim_kind_word(step->kind) != NULL;
    return step_word(step->outcome) != NULL && says == (verdict_word(step->verdict) != NULL) &&
           (has_claim || step->kind == CLAIM_NONE) && has_claim == is_claim &&
           (step->reason == REASON_NONE || reason_row(step->reason) != NULL);
}

static void step_fields(struct record *record, struct ground *step)
{
    record_fields(record, 9);
    step->rule = rule_field(record, step->rule);
    step->outcome = (enum step_outcome)record_uint(record, step->outcome, UINT8_MAX);
    step->verdict = (enum verdict)record_uint(record, step->verdict, UINT8_MAX);
    step->line = (unsigned)record_uint(record, step->line, UINT32_MAX);
    step->days = (uint32_t)record_uint(record, step->days, UINT32_MAX);
    step->kind = (enum claim_kind)record_uint(record, step->kind, UINT8_MAX);
    step->reason = (enum reason)record_uint(record, step->reason, UINT8_MAX);
    record_name_or_none(record, &step->organisation);
    record_country_or_none(record, &step->country);
    record_require(record, is_sound(step), ERR_OUT_OF_RANGE);
}

static void grounds_fields(struct record *record, struct grounds *grounds)
{
    record_fields(record, 3);
    grounds->rule = rule_field(record, grounds->rule);
    grounds->more = record_bool(record, grounds->more);
    grounds->count = record_list(record, grounds->count, GROUNDS_MAX);
    for (size_t i = 0; i < grounds->count; i++)
        step_fields(record, &grounds->steps[i]);
}

void grounds_read(struct reader *reader, struct grounds *out)
{
    *out = (struct grounds){.count = 0};
    struct record record = record_read(reader);
    grounds_fields(&record, out);
}

void grounds_write(struct writer *writer, const struct grounds *grounds)
{
    struct record record = record_write(writer);
    struct grounds copy = *grounds;
    grounds_fields(&record, &copy);
}
