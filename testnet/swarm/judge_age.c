#include "testnet/swarm/judge.h"

#include <inttypes.h>
#include <stdlib.h>

/* The highest height that somebody was told of, by the time of the telling. */
struct known {
    uint64_t by_us;
    uint64_t height;
    const struct record *record; /* that told it */
};

static int compare_ends(const void *left, const void *right, void *context)
{
    const struct judge *judge = context;
    const struct record *a = &judge->history->records[*(const size_t *)left];
    const struct record *b = &judge->history->records[*(const size_t *)right];
    return (a->end_us > b->end_us) - (a->end_us < b->end_us);
}

/* What any answer shows to have been committed when it came. */
static uint64_t height_shown(const struct record *record)
{
    switch (record->outcome) {
    case OUTCOME_COMMITTED:
    case OUTCOME_REFUSED: return record->place;
    case OUTCOME_ANSWERED: return record->height > record->place ? record->height : record->place;
    case OUTCOME_UNKNOWN:
    case OUTCOME_COUNT: return 0;
    }
    return 0;
}

/* In the order of time, each with the highest height so far. The caller frees it. */
static struct known *list_known(struct judge *judge)
{
    size_t *order = judge_sorted(judge, compare_ends);
    struct known *list = calloc(judge->history->count + 1, sizeof *list);
    struct known last = {.height = judge->history->head.height};
    for (size_t i = 0; order != NULL && list != NULL && i < judge->history->count; i++) {
        const struct record *record = &judge->history->records[order[i]];
        if (height_shown(record) > last.height) {
            last.height = height_shown(record);
            last.record = record;
        }
        last.by_us = record->end_us;
        list[i] = last;
    }
    if (order == NULL) {
        free(list);
        list = NULL;
    }
    free(order);
    return list;
}

/* What was known before that time; NULL: nothing. */
static const struct known *known_before(const struct known *list, size_t count, uint64_t time_us)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list[middle].by_us < time_us)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? NULL : &list[low - 1];
}

static void find_older(struct judge *judge, const struct record *record, const struct known *known,
                       enum check check, const char *what)
{
    if (known == NULL || known->height <= record->height || known->record == NULL)
        return;
    findings_add(judge->findings, check,
                 "line %lu: %s answered from height %" PRIu64 "%s; height %" PRIu64
                 " was known by then, from %s in line %lu",
                 judge_line(judge, record), record->node.text, record->height, what, known->height,
                 known->record->node.text, judge_line(judge, known->record));
}

/* An answer of that age holds all that was committed so long before the node gave it, and so before
 * it was asked for. The node counts whole milliseconds. */
static void check_age(struct judge *judge, const struct record *record, const struct known *list)
{
    char what[64];
    uint64_t age_ms = record->age_ms;
    if (age_ms > UINT64_MAX / 2000 - judge->skew_ms)
        return;
    uint64_t age_us = (age_ms + 1 + judge->skew_ms) * 1000;
    judge->findings->checked[CHECK_AGE]++;
    if (age_us >= record->start_us)
        return;
    snprintf(what, sizeof what, ", %" PRIu64 " ms old", age_ms);
    find_older(judge, record, known_before(list, judge->history->count, record->start_us - age_us),
               CHECK_AGE, what);
}

enum err judge_age(struct judge *judge)
{
    struct known *list = list_known(judge);
    if (list == NULL)
        return ERR_MEMORY;
    for (size_t i = 0; i < judge->history->count; i++) {
        const struct record *record = &judge->history->records[i];
        if (record->outcome != OUTCOME_ANSWERED)
            continue;
        if (record->op == RECORD_FRESH)
            find_older(judge, record, known_before(list, judge->history->count, record->start_us),
                       CHECK_FRESH, ", freshly");
        if (record->age_ms != AGE_UNKNOWN)
            check_age(judge, record, list);
    }
    free(list);
    return ERR_OK;
}
