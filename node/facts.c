#include "node/facts.h"

#include "eir/freshness.h"
#include "node/clock.h"

const char *submission_word(enum submission submission)
{
    static const char *const words[SUBMISSION_COUNT] = {
#define X(name, word) [SUBMISSION_##name] = (word),
        SUBMISSION_TABLE(X)
#undef X
    };
    return words[submission];
}

void facts_init(struct facts *facts)
{
    *facts = (struct facts){.row = {.fresh_at_ms = 0}};
    pthread_mutex_init(&facts->mutex, NULL);
}

void facts_destroy(struct facts *facts)
{
    pthread_mutex_destroy(&facts->mutex);
}

void facts_set(struct facts *facts, const struct facts_row *row)
{
    pthread_mutex_lock(&facts->mutex);
    facts->row = *row;
    pthread_mutex_unlock(&facts->mutex);
}

struct facts_row facts_get(struct facts *facts)
{
    pthread_mutex_lock(&facts->mutex);
    struct facts_row row = facts->row;
    pthread_mutex_unlock(&facts->mutex);
    return row;
}

uint64_t facts_age_ms(const struct facts_row *row, uint64_t block_time_ms)
{
    struct freshness freshness = {.time_ms = block_time_ms, .fresh_at_ms = row->fresh_at_ms};
    return freshness_age_ms(&freshness, clock_monotonic_ms(), clock_wall_ms());
}
