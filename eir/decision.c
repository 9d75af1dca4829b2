#include "eir/decision.h"

#define X(name, word, sentence) [RULE_##name] = {(word), (sentence)},
static const struct {
    const char *word;
    const char *sentence;
} rows[RULE_COUNT] = {RULE_TABLE(X)};
#undef X

const char *rule_word(enum rule rule)
{
    return rows[rule].word;
}

const char *rule_sentence(enum rule rule)
{
    return rows[rule].sentence;
}
