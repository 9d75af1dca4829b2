#include "lists/changes.h"

enum { SERIAL_END = IMEI_SERIALS };

/* What the lists say at one of the two places, device after device. */
struct side {
    struct change_question *question;
    bool is_nothing;
    uint32_t tac;
    struct segments segments;
    size_t at; /* the first segment that does not end before the device asked about */
    struct standing_walk *walk;
    bool has_claim; /* the next one */
    struct standing claim;
};

static void side_next(struct side *side)
{
    side->has_claim = !side->is_nothing && standing_next(side->walk, &side->claim);
    side->question->claims += side->has_claim;
}

static enum err side_begin(struct side *side, uint32_t tac, const struct stretch *stretch,
                           uint64_t place)
{
    side->has_claim = false;
    if (side->is_nothing)
        return ERR_OK;
    enum err err = standing_devices(side->question->view, imei_of(tac, stretch->from),
                                    imei_of(tac, stretch->to), place, &side->walk);
    if (err == ERR_OK)
        side_next(side);
    return err;
}

static enum err side_end(struct side *side)
{
    enum err err = standing_end(side->walk);
    side->walk = NULL;
    return err;
}

/* The segment that holds the serial, or the next one behind it; NULL when there is none. */
static const struct segment *side_segment(struct side *side, uint32_t serial)
{
    while (side->at < side->segments.count && side->segments.list[side->at].to < serial)
        side->at++;
    return side->at < side->segments.count ? &side->segments.list[side->at] : NULL;
}

static bool side_has(const struct side *side, uint32_t serial)
{
    return side->has_claim && imei_serial(side->claim.item.from) == serial;
}

/* The device's own claims, and with them those of the ranges around it. */
static enum err side_entry(struct side *side, uint32_t serial, struct entry *out)
{
    const struct segment *segment = side_segment(side, serial);
    bool is_around = segment != NULL && segment->from <= serial;
    bool is_told = side->question->expand;
    *out = ENTRY_NONE;
    while (side_has(side, serial)) {
        struct entry entry;
        enum err err = judge_claim(side->question->judge, &side->claim, &entry);
        if (err != ERR_OK)
            return err;
        *out = entry_merge(*out, entry);
        is_told = true;
        side_next(side);
    }
    if (is_told && is_around)
        *out = entry_merge(*out, segment->entry);
    if (golden_has(judge_golden(side->question->judge), imei_of(side->tac, serial)))
        *out = ENTRY_NONE;
    return ERR_OK;
}

/* The first serial from `from` on of which this side has something to say. */
static uint32_t side_first(struct side *side, uint32_t from)
{
    uint32_t first = SERIAL_END;
    if (side->has_claim)
        first = imei_serial(side->claim.item.from);
    if (!side->question->expand)
        return first;
    const struct segment *segment = side_segment(side, from);
    if (segment == NULL)
        return first;
    uint32_t start = segment->from > from ? segment->from : from;
    return start < first ? start : first;
}

/* ---- both sides ---- */

struct sides {
    struct side before;
    struct side after;
};

static enum err tell_device(struct sides *sides, uint32_t tac, uint32_t serial)
{
    struct change_question *question = sides->after.question;
    struct list_change change = {.item = {imei_of(tac, serial), imei_of(tac, serial)}};
    if (!side_has(&sides->before, serial) && !side_has(&sides->after, serial) &&
        question->expand_left-- == 0)
        return ERR_TOO_MANY;
    enum err err = side_entry(&sides->before, serial, &change.before);
    if (err == ERR_OK)
        err = side_entry(&sides->after, serial, &change.after);
    if (err != ERR_OK || entry_equal(&change.before, &change.after))
        return err;
    return question->tell(question->context, &change);
}

static enum err tell_stretch(struct sides *sides, uint32_t tac, const struct stretch *stretch)
{
    struct change_question *question = sides->after.question;
    enum err err = side_begin(&sides->before, tac, stretch, question->before);
    if (err == ERR_OK)
        err = side_begin(&sides->after, tac, stretch, question->after);
    for (uint32_t next = stretch->from; err == ERR_OK;) {
        uint32_t before = side_first(&sides->before, next);
        uint32_t after = side_first(&sides->after, next);
        uint32_t serial = before < after ? before : after;
        if (serial > stretch->to)
            break;
        err = tell_device(sides, tac, serial);
        next = serial + 1;
    }
    enum err of_before = side_end(&sides->before);
    enum err of_after = side_end(&sides->after);
    return err != ERR_OK ? err : of_before != ERR_OK ? of_before : of_after;
}

/* Which of two segments is told first; the same one when they have the same serials. */
static int segment_order(const struct segment *a, const struct segment *b)
{
    if (a == NULL || b == NULL)
        return (a == NULL) - (b == NULL);
    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return (a->to > b->to) - (a->to < b->to);
}

static enum err tell_ranges(struct change_question *question, uint32_t tac,
                            const struct segments *before, const struct segments *after)
{
    size_t b = 0;
    size_t a = 0;
    for (;;) {
        const struct segment *was = b < before->count ? &before->list[b] : NULL;
        const struct segment *is = a < after->count ? &after->list[a] : NULL;
        int order = segment_order(was, is);
        const struct segment *first = order <= 0 ? was : is;
        if (first == NULL)
            return ERR_OK;
        struct list_change change = {
            .is_range = true,
            .item = {imei_of(tac, first->from), imei_of(tac, first->to)},
            .before = order <= 0 ? was->entry : ENTRY_NONE,
            .after = order >= 0 ? is->entry : ENTRY_NONE,
        };
        b += order <= 0;
        a += order >= 0;
        if (entry_equal(&change.before, &change.after))
            continue;
        enum err err = question->tell(question->context, &change);
        if (err != ERR_OK)
            return err;
    }
}

static enum err side_open(struct side *side, uint32_t tac, uint64_t place)
{
    struct change_question *question = side->question;
    side->is_nothing = place == PLACE_NOTHING;
    side->tac = tac;
    if (side->is_nothing)
        return ERR_OK;
    return segments_make(question->judge, question->view, tac, place, &side->segments);
}

enum err changes_of_tac(struct change_question *question, uint32_t tac,
                        const struct stretch *stretches, size_t count)
{
    struct sides sides = {{.question = question}, {.question = question}};
    enum err err = side_open(&sides.before, tac, question->before);
    if (err == ERR_OK)
        err = side_open(&sides.after, tac, question->after);
    for (size_t i = 0; i < count && err == ERR_OK; i++)
        err = tell_stretch(&sides, tac, &stretches[i]);
    if (err == ERR_OK && question->has_ranges && !question->expand)
        err = tell_ranges(question, tac, &sides.before.segments, &sides.after.segments);
    segments_close(&sides.before.segments);
    segments_close(&sides.after.segments);
    return err;
}
