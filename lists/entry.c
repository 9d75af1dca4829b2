#include "lists/entry.h"

#include "proto/invariant.h"

#include <stdio.h>
#include <time.h>

#define DAY_MS (UINT64_C(24) * 3600 * 1000)

static uint32_t reason_bit(enum reason reason)
{
    size_t count;
    const struct reason_row *rows = reason_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].reason == reason)
            return UINT32_C(1) << i;
    }
    return 0;
}

struct entry entry_of(enum list_name list, uint64_t time_ms, enum reason reason)
{
    if (list == LIST_NONE)
        return ENTRY_NONE;
    return (struct entry){list, (uint32_t)(time_ms / DAY_MS), reason_bit(reason)};
}

struct entry entry_merge(struct entry a, struct entry b)
{
    if (a.list != b.list)
        return a.list > b.list ? a : b;
    a.day = a.day < b.day ? a.day : b.day;
    a.reasons |= b.reasons;
    return a;
}

bool entry_equal(const struct entry *a, const struct entry *b)
{
    return a->list == b->list && a->day == b->day && a->reasons == b->reasons;
}

void entry_date(const struct entry *entry, char text[ENTRY_DATE_SIZE])
{
    time_t seconds = (time_t)entry->day * (time_t)(DAY_MS / 1000);
    struct tm day;
    bool is_date = gmtime_r(&seconds, &day) != NULL;
    invariant(is_date && strftime(text, ENTRY_DATE_SIZE, "%Y%m%d", &day) == ENTRY_DATE_SIZE - 1);
}

void entry_reasons(const struct entry *entry, char text[ENTRY_REASONS_SIZE])
{
    size_t count;
    const struct reason_row *rows = reason_rows(&count);
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if ((entry->reasons & UINT32_C(1) << i) == 0)
            continue;
        int size = snprintf(text + used, ENTRY_REASONS_SIZE - used, "%s%s", used > 0 ? "|" : "",
                            rows[i].word);
        invariant(size > 0 && (size_t)size < ENTRY_REASONS_SIZE - used);
        used += (size_t)size;
    }
}
