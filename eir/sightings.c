#include "eir/sightings.h"

#include "proto/invariant.h"
#include "proto/writer.h"

#include <stdlib.h>

#define DAY_MS    (UINT64_C(24) * 3600 * 1000)
#define IMEI_MASK ((UINT64_C(1) << 47) - 1)

_Static_assert(sizeof(struct sightings_entry) == SIGHTINGS_ENTRY_SIZE, "what the header says");

struct set {
    struct sightings_entry entries[SIGHTINGS_WAYS];
};

struct sightings {
    struct siphash_key key;
    unsigned threshold;
    size_t set_count;
    struct sightings_size size;
    struct set sets[];
};

uint16_t sightings_day(uint64_t wall_ms)
{
    uint64_t day = wall_ms / DAY_MS;
    if (day == 0)
        return 1;
    return day < UINT16_MAX ? (uint16_t)day : UINT16_MAX;
}

/* ---- one entry ---- */

static bool counts(const struct sightings_slot *slot, uint16_t today)
{
    return slot->day != 0 && slot->day + SIGHTINGS_DAYS > today;
}

static unsigned count_of(const struct sightings_entry *entry, uint16_t today)
{
    unsigned count = 0;
    for (size_t i = 0; i < SIGHTINGS_SUBSCRIBERS; i++)
        count += counts(&entry->slots[i], today) ? 1 : 0;
    return count;
}

static uint16_t last_day(const struct sightings_entry *entry)
{
    uint16_t last = 0;
    for (size_t i = 0; i < SIGHTINGS_SUBSCRIBERS; i++)
        last = entry->slots[i].day > last ? entry->slots[i].day : last;
    return last;
}

static struct seen seen_of(const struct sightings_entry *entry, uint16_t today)
{
    return (struct seen){
        .imei = {entry->imei}, .subscribers = count_of(entry, today), .day = last_day(entry)};
}

/* The subscriber's own slot, else the one that was not seen for longest: one that is free has day
 * 0. */
static struct sightings_slot *slot_for(struct sightings_entry *entry, uint16_t subscriber)
{
    struct sightings_slot *oldest = &entry->slots[0];
    for (size_t i = 0; i < SIGHTINGS_SUBSCRIBERS; i++) {
        struct sightings_slot *slot = &entry->slots[i];
        if (slot->day != 0 && slot->subscriber == subscriber)
            return slot;
        if (slot->day < oldest->day)
            oldest = slot;
    }
    return oldest;
}

/* ---- the table ---- */

static struct set *set_of(struct sightings *sightings, struct imei imei)
{
    uint8_t input[8];
    struct writer writer = writer_over(input, sizeof input);
    writer_u64(&writer, imei.value);
    uint64_t hash = siphash(&sightings->key, writer_view(&writer));
    return &sightings->sets[hash % sightings->set_count];
}

/* Whether `a` is sooner to make room than `b`: free, then not suspected, then not seen for longer.
 */
static bool goes_before(const struct sightings_entry *a, const struct sightings_entry *b)
{
    if (a->is_used != b->is_used)
        return a->is_used == 0;
    if (a->is_suspected != b->is_suspected)
        return a->is_suspected == 0;
    return last_day(a) < last_day(b);
}

static void forget(struct sightings *sightings, struct sightings_entry *entry)
{
    sightings->size.devices -= entry->is_used;
    sightings->size.suspected -= entry->is_suspected;
    *entry = (struct sightings_entry){0};
}

/* The device's entry, or an empty one that is its own from now on. */
static struct sightings_entry *entry_for(struct sightings *sightings, struct imei imei)
{
    struct set *set = set_of(sightings, imei);
    struct sightings_entry *first = &set->entries[0];
    for (size_t i = 0; i < SIGHTINGS_WAYS; i++) {
        struct sightings_entry *entry = &set->entries[i];
        if (entry->is_used && entry->imei == imei.value)
            return entry;
        if (goes_before(entry, first))
            first = entry;
    }
    sightings->size.forgotten += first->is_used;
    forget(sightings, first);
    first->is_used = 1;
    first->imei = imei.value & IMEI_MASK;
    sightings->size.devices++;
    return first;
}

bool sightings_see(struct sightings *sightings, const struct sighting *sighting, uint16_t today,
                   struct seen *out)
{
    struct sightings_entry *entry = entry_for(sightings, sighting->imei);
    struct sightings_slot *slot = slot_for(entry, sighting->subscriber);
    *slot = (struct sightings_slot){.subscriber = sighting->subscriber, .day = today};
    *out = seen_of(entry, today);
    if (entry->is_suspected || out->subscribers < sightings->threshold)
        return false;
    entry->is_suspected = 1;
    sightings->size.suspected++;
    return true;
}

static void roll_entry(struct sightings *sightings, struct sightings_entry *entry, uint16_t today)
{
    for (size_t i = 0; i < SIGHTINGS_SUBSCRIBERS; i++) {
        struct sightings_slot *slot = &entry->slots[i];
        if (slot->day > today)
            slot->day = today;
        if (!counts(slot, today))
            *slot = (struct sightings_slot){0};
    }
    unsigned count = count_of(entry, today);
    if (count == 0) {
        forget(sightings, entry);
    } else if (entry->is_suspected && count < sightings->threshold) {
        entry->is_suspected = 0;
        sightings->size.suspected--;
    }
}

void sightings_roll(struct sightings *sightings, uint16_t today)
{
    for (size_t i = 0; i < sightings->set_count * SIGHTINGS_WAYS; i++)
        roll_entry(sightings, &sightings->sets[i / SIGHTINGS_WAYS].entries[i % SIGHTINGS_WAYS],
                   today);
}

struct sightings_size sightings_size(const struct sightings *sightings)
{
    return sightings->size;
}

/* ---- all of it ---- */

static const struct sightings_entry *entry_at(const struct sightings *sightings, size_t index)
{
    return &sightings->sets[index / SIGHTINGS_WAYS].entries[index % SIGHTINGS_WAYS];
}

/* Puts `seen` where it belongs among the `count` smallest, `capacity` at most. */
static size_t insert(struct seen *out, size_t count, size_t capacity, const struct seen *seen)
{
    size_t at = count;
    if (count == capacity) {
        if (count == 0 || out[count - 1].imei.value < seen->imei.value)
            return count;
        at = count - 1;
    }
    for (; at > 0 && out[at - 1].imei.value > seen->imei.value; at--)
        out[at] = out[at - 1];
    out[at] = *seen;
    return count < capacity ? count + 1 : count;
}

size_t sightings_suspected(const struct sightings *sightings, struct imei from, uint16_t today,
                           struct seen *out, size_t capacity)
{
    size_t count = 0;
    for (size_t i = 0; i < sightings->set_count * SIGHTINGS_WAYS; i++) {
        const struct sightings_entry *entry = entry_at(sightings, i);
        if (!entry->is_suspected || entry->imei < from.value)
            continue;
        struct seen seen = seen_of(entry, today);
        if (seen.subscribers < sightings->threshold)
            continue;
        count = insert(out, count, capacity, &seen);
    }
    return count;
}

static int compare(const void *a, const void *b)
{
    const struct sightings_entry *const *left = a;
    const struct sightings_entry *const *right = b;
    return ((*left)->imei > (*right)->imei) - ((*left)->imei < (*right)->imei);
}

enum err sightings_walk(const struct sightings *sightings, sightings_visit *visit, void *context)
{
    size_t count = 0;
    const struct sightings_entry **order =
        malloc((sightings->size.devices + 1) * sizeof(struct sightings_entry *));
    if (order == NULL)
        return ERR_MEMORY;
    for (size_t i = 0; i < sightings->set_count * SIGHTINGS_WAYS; i++) {
        if (entry_at(sightings, i)->is_used)
            order[count++] = entry_at(sightings, i);
    }
    invariant(count == sightings->size.devices);
    qsort(order, count, sizeof *order, compare);
    for (size_t i = 0; i < count; i++)
        visit(context, order[i]);
    free(order);
    return ERR_OK;
}

void sightings_restore(struct sightings *sightings, const struct sightings_entry *entry)
{
    struct sightings_entry *own = entry_for(sightings, (struct imei){entry->imei});
    *own = *entry;
    sightings->size.suspected += entry->is_suspected;
}

/* ---- life ---- */

enum err sightings_open(const struct sightings_options *options, struct sightings **out)
{
    size_t set_count = options->bytes_max / sizeof(struct set);
    invariant(set_count > 0);
    struct sightings *sightings = calloc(1, sizeof *sightings + set_count * sizeof(struct set));
    *out = sightings;
    if (sightings == NULL)
        return ERR_MEMORY;
    sightings->key = options->key;
    sightings->threshold = options->threshold;
    sightings->set_count = set_count;
    sightings->size.capacity = set_count * SIGHTINGS_WAYS;
    return ERR_OK;
}

void sightings_close(struct sightings *sightings)
{
    free(sightings);
}
