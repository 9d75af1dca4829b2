#include "tests/sim/counters.h"

#include <inttypes.h>

static const char *const counter_words[COUNTER_COUNT] = {
#define X(name, words) [COUNTER_##name] = (words),
    COUNTER_TABLE(X)
#undef X
};

void counters_add(struct counters *sum, const struct counters *other)
{
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        sum->value[i] += other->value[i];
}

void counters_print(const struct counters *counters, FILE *out)
{
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        fprintf(out, "  %12" PRIu64 "  %s\n", counters->value[i], counter_words[i]);
}

bool counters_all_happened(const struct counters *counters, FILE *out)
{
    bool all = true;
    for (size_t i = 0; i < COUNTER_COUNT; i++) {
        if (counters->value[i] != 0)
            continue;
        fprintf(out, "never happened: %s\n", counter_words[i]);
        all = false;
    }
    return all;
}
