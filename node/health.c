#include "node/health.h"

#include <stdio.h>
#include <string.h>

#define X(name, word, sentence) [UNREADY_##name] = {(word), (sentence)},
static const struct {
    const char *word;
    const char *sentence;
} rows[UNREADY_COUNT] = {UNREADY_TABLE(X)};
#undef X

struct health health_of(const struct facts_row *facts, const struct ledger_position *position,
                        bool is_stale)
{
    struct health health = {.height = position->height,
                            .age_ms = facts_age_ms(facts, position->time_ms)};
    health.is[UNREADY_NO_STATE] = facts->takes_state;
    health.is[UNREADY_STALE] = is_stale;
    return health;
}

bool health_is_ready(const struct health *health)
{
    for (size_t i = 0; i < UNREADY_COUNT; i++) {
        if (health->is[i])
            return false;
    }
    return true;
}

static void put_number(struct writer *writer, const char *before, uint64_t number)
{
    char text[24];
    snprintf(text, sizeof text, "%llu", (unsigned long long)number);
    writer_text(writer, before);
    writer_text(writer, text);
}

void health_write(const struct health *health, struct writer *writer)
{
    const char *between = "";
    writer_text(writer, "{\"status\":\"");
    writer_text(writer, health_is_ready(health) ? "ready" : "not-ready");
    put_number(writer, "\",\"height\":", health->height);
    if (health->age_ms == AGE_UNKNOWN)
        writer_text(writer, ",\"age_ms\":null");
    else
        put_number(writer, ",\"age_ms\":", health->age_ms);
    writer_text(writer, ",\"reasons\":[");
    for (size_t i = 0; i < UNREADY_COUNT; i++) {
        if (!health->is[i])
            continue;
        writer_text(writer, between);
        writer_text(writer, "{\"reason\":\"");
        writer_text(writer, rows[i].word);
        writer_text(writer, "\",\"text\":\"");
        writer_text(writer, rows[i].sentence);
        writer_text(writer, "\"}");
        between = ",";
    }
    writer_text(writer, "]}\n");
}
