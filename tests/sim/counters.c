#include "tests/sim/counters.h"

#include <inttypes.h>

static const char *const counter_words[COUNTER_COUNT] = {
#define X(name, words) [COUNTER_##name] = (words),
    COUNTER_TABLE(X)
#undef X
};

/* Whether it can happen. */
static bool is_counted(size_t counter, bool with_ledgers)
{
    if (counter < COUNTER_BIG_BLOCKS)
        return true;
    return (counter >= COUNTER_BATCHES) == with_ledgers;
}

void counters_add(struct counters *sum, const struct counters *other)
{
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        sum->value[i] += other->value[i];
}

void counters_print(const struct counters *counters, bool with_ledgers, FILE *out)
{
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        if (is_counted(i, with_ledgers))
            fprintf(out, "  %12" PRIu64 "  %s\n", counters->value[i], counter_words[i]);
}

bool counters_all_happened(const struct counters *counters, bool with_ledgers, FILE *out)
{
    bool all = true;
    for (size_t i = 0; i < COUNTER_COUNT; i++) {
        if (counters->value[i] != 0 || !is_counted(i, with_ledgers))
            continue;
        fprintf(out, "never happened: %s\n", counter_words[i]);
        all = false;
    }
    return all;
}
