#include "lists/segments.h"

#include <stdlib.h>

static enum err add(struct segments *segments, struct segment segment)
{
    if (segments->count == segments->capacity) {
        size_t capacity = segments->capacity == 0 ? 16 : 2 * segments->capacity;
        struct segment *grown = realloc(segments->list, capacity * sizeof *grown);
        if (grown == NULL)
            return ERR_MEMORY;
        segments->list = grown;
        segments->capacity = capacity;
    }
    segments->list[segments->count++] = segment;
    return ERR_OK;
}

void segments_close(struct segments *segments)
{
    free(segments->list);
    *segments = (struct segments){0};
}

/* Every range that is on a list, as it is claimed: they overlap. */
static enum err read_ranges(struct judge *judge, struct view *view, uint32_t tac, uint64_t place,
                            struct segments *out)
{
    struct standing_walk *walk;
    struct standing claim;
    enum err err = standing_ranges(view, tac, place, &walk);
    while (err == ERR_OK && standing_next(walk, &claim)) {
        struct segment range = {.from = imei_serial(claim.item.from),
                                .to = imei_serial(claim.item.to)};
        err = judge_claim(judge, &claim, &range.entry);
        if (err == ERR_OK && range.entry.list != LIST_NONE)
            err = add(out, range);
    }
    enum err end = standing_end(walk);
    return err != ERR_OK ? err : end;
}

static int by_start(const void *a, const void *b)
{
    const struct segment *x = a;
    const struct segment *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* Adds a segment behind the last one, or makes that one longer. */
static enum err add_behind(struct segments *segments, struct segment segment)
{
    if (segments->count > 0) {
        struct segment *last = &segments->list[segments->count - 1];
        if (last->to + 1 == segment.from && entry_equal(&last->entry, &segment.entry)) {
            last->to = segment.to;
            return ERR_OK;
        }
    }
    return add(segments, segment);
}

/* Adds what of a segment is not golden. */
static enum err add_refusable(struct segments *segments, const struct golden *golden, uint32_t tac,
                              struct segment segment)
{
    struct item spared;
    while (golden_next(golden, imei_of(tac, segment.from), &spared) &&
           spared.from.value <= imei_of(tac, segment.to).value) {
        if (spared.from.value > imei_of(tac, segment.from).value) {
            struct segment before = segment;
            before.to = imei_serial(spared.from) - 1;
            enum err err = add_behind(segments, before);
            if (err != ERR_OK)
                return err;
        }
        if (spared.to.value >= imei_of(tac, segment.to).value)
            return ERR_OK;
        segment.from = imei_serial(spared.to) + 1;
    }
    return add_behind(segments, segment);
}

/* One step of the sweep: drops the ranges that end before `at`, and merges what is left. Sets
 * `end`, the last serial up to which the same ranges cover, at most `end` as given. */
static struct entry merge_open(struct segments *open, uint32_t at, uint32_t *end)
{
    struct entry entry = ENTRY_NONE;
    size_t kept = 0;
    for (size_t i = 0; i < open->count; i++) {
        if (open->list[i].to < at)
            continue;
        entry = entry_merge(entry, open->list[i].entry);
        *end = open->list[i].to < *end ? open->list[i].to : *end;
        open->list[kept++] = open->list[i];
    }
    open->count = kept;
    return entry;
}

/* Sweeps over the ranges from the left: between two places where one begins or ends, the same ones
 * cover all serials. */
static enum err sweep(const struct segments *ranges, const struct golden *golden, uint32_t tac,
                      struct segments *open, struct segments *out)
{
    size_t next = 0;
    uint32_t at = 0;
    while (next < ranges->count || open->count > 0) {
        if (open->count == 0)
            at = ranges->list[next].from;
        for (; next < ranges->count && ranges->list[next].from == at; next++) {
            enum err err = add(open, ranges->list[next]);
            if (err != ERR_OK)
                return err;
        }
        uint32_t end = next < ranges->count ? ranges->list[next].from - 1 : IMEI_SERIALS - 1;
        struct entry entry = merge_open(open, at, &end);
        enum err err = add_refusable(out, golden, tac, (struct segment){at, end, entry});
        if (err != ERR_OK)
            return err;
        at = end + 1;
        (void)merge_open(open, at, &(uint32_t){IMEI_SERIALS - 1});
    }
    return ERR_OK;
}

enum err segments_make(struct judge *judge, struct view *view, uint32_t tac, uint64_t place,
                       struct segments *out)
{
    struct segments ranges = {0};
    struct segments open = {0};
    *out = (struct segments){0};
    enum err err = read_ranges(judge, view, tac, place, &ranges);
    if (err == ERR_OK && ranges.count > 1)
        qsort(ranges.list, ranges.count, sizeof ranges.list[0], by_start);
    if (err == ERR_OK)
        err = sweep(&ranges, judge_golden(judge), tac, &open, out);
    segments_close(&ranges);
    segments_close(&open);
    return err;
}
