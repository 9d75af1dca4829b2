#include "cli/list_plan.h"

#include "cli/memory.h"

#include <stdlib.h>

static const struct {
    const char *word;
    const char *sentence;
} flaw_rows[FLAW_COUNT] = {
#define X(name, word, sentence) {word, sentence},
    FLAW_TABLE(X)
#undef X
};

const char *flaw_word(enum flaw flaw)
{
    return flaw_rows[flaw].word;
}

const char *flaw_sentence(enum flaw flaw)
{
    return flaw_rows[flaw].sentence;
}

/* ---- lines ---- */

void list_lines_add(struct list_lines *lines, const struct stolen_row *row)
{
    if (lines->count == lines->capacity) {
        lines->capacity = lines->capacity < 1024 ? 1024 : lines->capacity + lines->capacity / 2;
        lines->data = memory_grow(lines->data, lines->capacity * sizeof lines->data[0]);
    }
    lines->data[lines->count++] =
        (struct list_line){row->imei, row->line < UINT32_MAX ? (uint32_t)row->line : UINT32_MAX,
                           (uint8_t)row->change, row->is_on};
}

void list_lines_close(struct list_lines *lines)
{
    free(lines->data);
    *lines = (struct list_lines){0};
}

static int line_order(const void *a, const void *b)
{
    const struct list_line *x = a;
    const struct list_line *y = b;
    if (x->imei.value != y->imei.value)
        return x->imei.value < y->imei.value ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

/* ---- the plan ---- */

struct making {
    struct list_plan *plan;
    bool is_delta;
    unsigned allowed;
    flaw_tell *tell;
    void *context;
};

static void note(struct making *making, const struct list_line *line, enum flaw flaw)
{
    if ((making->allowed & 1u << (unsigned)flaw) != 0)
        return;
    making->plan->flaws++;
    making->tell(making->context, line, flaw);
}

/* Whether the device is to stand after this line. */
static bool is_to_stand(const struct list_line *line)
{
    return line->change != STOLEN_REMOVE && line->is_on;
}

/* The lines about one device: what is wrong with them, and what is to be of it. */
static void plan_device(struct making *making, const struct list_line *lines, size_t count,
                        bool stands)
{
    const struct list_line *last = &lines[count - 1];
    bool adds = false;
    bool removes = false;
    for (size_t i = 0; i < count; i++) {
        adds |= lines[i].change == STOLEN_ADD;
        removes |= lines[i].change == STOLEN_REMOVE;
    }
    making->plan->twice += count - 1;
    if (adds && removes)
        note(making, last, FLAW_BOTH);
    else if (adds && stands)
        note(making, last, FLAW_PRESENT);
    else if (removes && !stands)
        note(making, last, FLAW_ABSENT);
    bool to_stand = is_to_stand(last);
    making->plan->kept += stands && to_stand;
    if (to_stand && !stands)
        rows_add(&making->plan->block, last->imei.value);
    if (!to_stand && stands)
        rows_add(&making->plan->lift, last->imei.value);
}

/* A device that stands, and that no line is about. */
static void plan_unnamed(struct making *making, uint64_t imei)
{
    if (making->is_delta)
        making->plan->kept++;
    else
        rows_add(&making->plan->lift, imei);
}

void list_plan_make(struct list_lines *lines, bool is_delta, const struct rows *standing,
                    unsigned allowed, flaw_tell *tell, void *context, struct list_plan *out)
{
    struct making making = {out, is_delta, allowed, tell, context};
    *out = (struct list_plan){0};
    if (lines->count > 1)
        qsort(lines->data, lines->count, sizeof lines->data[0], line_order);
    size_t next = 0; /* of `standing` */
    for (size_t i = 0; i < lines->count;) {
        uint64_t imei = lines->data[i].imei.value;
        size_t count = 1;
        while (i + count < lines->count && lines->data[i + count].imei.value == imei)
            count++;
        for (; next < standing->count && standing->data[next] < imei; next++)
            plan_unnamed(&making, standing->data[next]);
        bool stands = next < standing->count && standing->data[next] == imei;
        next += stands;
        plan_device(&making, &lines->data[i], count, stands);
        i += count;
    }
    for (; next < standing->count; next++)
        plan_unnamed(&making, standing->data[next]);
}

void list_plan_close(struct list_plan *plan)
{
    rows_close(&plan->block);
    rows_close(&plan->lift);
}
