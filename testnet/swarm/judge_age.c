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
    struct known last = {0};
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

/* The first that was told of a height above this one; NULL: nobody was. */
static const struct known *first_above(const struct known *list, size_t count, uint64_t height)
{
    size_t low = 0;
    size_t high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (list[middle].height <= height)
            low = middle + 1;
        else
            high = middle;
    }
    return low == count ? NULL : &list[low];
}

static void find_stale_fresh(struct judge *judge, const struct record *record,
                             const struct known *above)
{
    if (above->by_us < record->start_us)
        findings_add(judge->findings, CHECK_FRESH,
                     "line %lu: %s answered freshly from height %" PRIu64 "; height %" PRIu64
                     " was known by then, from %s in line %lu",
                     judge_line(judge, record), record->node.text, record->height, above->height,
                     above->record->node.text, judge_line(judge, above->record));
}

/* An answer of that age holds all that was committed so long before the node gave it, and so before
 * it was asked for. The node counts whole milliseconds. */
static void find_older(struct judge *judge, const struct record *record, const struct known *above)
{
    uint64_t before_us = record->start_us - above->by_us;
    if (above->by_us >= record->start_us || record->age_ms >= before_us / 1000)
        return;
    uint64_t late_us = before_us - record->age_ms * 1000;
    struct findings *findings = judge->findings;
    if (late_us / 1000 > findings->age_late_ms)
        findings->age_late_ms = late_us / 1000;
    if (late_us <= (1 + judge->slack_ms) * 1000)
        return;
    findings_add(
        findings, CHECK_AGE,
        "line %lu: %s answered from height %" PRIu64 ", %" PRIu64 " ms old; height %" PRIu64
        " was known %" PRIu64 " ms before the question, from %s in line %lu",
        judge_line(judge, record), record->node.text, record->height, record->age_ms, above->height,
        before_us / 1000, above->record->node.text, judge_line(judge, above->record));
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
        const struct known *above = first_above(list, judge->history->count, record->height);
        if (record->op == RECORD_FRESH && above != NULL)
            find_stale_fresh(judge, record, above);
        if (record->age_ms == AGE_UNKNOWN)
            continue;
        judge->findings->checked[CHECK_AGE]++;
        if (above != NULL)
            find_older(judge, record, above);
    }
    free(list);
    return ERR_OK;
}
