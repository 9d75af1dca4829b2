#include "eir/golden.h"

#include <stdlib.h>

struct golden {
    size_t count;
    size_t capacity;
    struct item *items; /* ascending, apart; a range may reach over TACs here */
};

/* ---- reading ---- */

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* Without blanks at its ends, and without a comment. */
static struct bytes trimmed(const char *text, size_t size)
{
    const char *mark = memchr(text, '#', size);
    if (mark != NULL)
        size = (size_t)(mark - text);
    while (size > 0 && is_blank(text[size - 1]))
        size--;
    while (size > 0 && is_blank(text[0])) {
        text++;
        size--;
    }
    return bytes_of(text, size);
}

static enum err read_imei(struct bytes text, unsigned line, struct imei *out,
                          struct complaint *complaint)
{
    struct imei_parsed parsed = {.check_right = -1};
    enum err err = imei_parse((const char *)text.data, text.size, IMEI_FROM_PERSON, &parsed);
    *out = parsed.imei;
    if (err == ERR_OK)
        return ERR_OK;
    if (err == ERR_IMEI_CHECK)
        return complain(complaint, line, "the check digit of this IMEI would be %d",
                        parsed.check_right);
    if (err == ERR_IMEI_SVN)
        return complain(complaint, line, "%s", err_sentence(err));
    return complain(complaint, line,
                    "an IMEI of 14, 15 or 16 digits, a TAC of eight, or a range FROM-TO");
}

static enum err read_entry(struct bytes text, unsigned line, struct item *out,
                           struct complaint *complaint)
{
    const char *at = (const char *)text.data;
    const char *dash = memchr(at, '-', text.size);
    uint32_t tac;
    if (text.size == TAC_DIGITS && tac_parse(at, text.size, &tac) == ERR_OK) {
        *out = (struct item){imei_of(tac, 0), imei_of(tac, IMEI_SERIALS - 1)};
        return ERR_OK;
    }
    size_t size = dash != NULL ? (size_t)(dash - at) : text.size;
    struct bytes from = trimmed(at, size);
    enum err err = read_imei(from, line, &out->from, complaint);
    out->to = out->from;
    if (err == ERR_OK && dash != NULL)
        err = read_imei(trimmed(dash + 1, text.size - size - 1), line, &out->to, complaint);
    if (err == ERR_OK && out->to.value < out->from.value)
        err = complain(complaint, line, "the range ends before it begins");
    return err;
}

/* ---- the set ---- */

static enum err add(struct golden *golden, const struct item *item)
{
    if (golden->count == golden->capacity) {
        size_t capacity = golden->capacity == 0 ? 64 : 2 * golden->capacity;
        struct item *items = realloc(golden->items, capacity * sizeof *items);
        if (items == NULL)
            return ERR_MEMORY;
        golden->items = items;
        golden->capacity = capacity;
    }
    golden->items[golden->count++] = *item;
    return ERR_OK;
}

static int compare(const void *a, const void *b)
{
    const struct item *one = a;
    const struct item *two = b;
    return (one->from.value > two->from.value) - (one->from.value < two->from.value);
}

/* Ascending, and those that overlap or touch made one. */
static void settle(struct golden *golden)
{
    size_t kept = 0;
    if (golden->count == 0)
        return;
    qsort(golden->items, golden->count, sizeof golden->items[0], compare);
    for (size_t i = 1; i < golden->count; i++) {
        struct item *last = &golden->items[kept];
        const struct item *next = &golden->items[i];
        if (next->from.value > last->to.value + 1)
            golden->items[++kept] = *next;
        else if (next->to.value > last->to.value)
            last->to = next->to;
    }
    golden->count = kept + 1;
}

static enum err read_lines(struct golden *golden, struct bytes text, struct complaint *complaint)
{
    const char *at = (const char *)text.data;
    size_t left = text.size;
    enum err err = ERR_OK;
    for (unsigned line = 1; err == ERR_OK && left > 0; line++) {
        const char *end = memchr(at, '\n', left);
        size_t size = end != NULL ? (size_t)(end - at) : left;
        struct bytes entry = trimmed(at, size);
        struct item item;
        if (line > GOLDEN_LINES_MAX)
            return complain(complaint, line, "at most %d lines", GOLDEN_LINES_MAX);
        if (entry.size > 0) {
            err = read_entry(entry, line, &item, complaint);
            if (err == ERR_OK)
                err = add(golden, &item);
        }
        size_t taken = end != NULL ? size + 1 : size;
        at += taken;
        left -= taken;
    }
    return err;
}

enum err golden_parse(struct bytes text, struct golden **out, struct complaint *complaint)
{
    *out = NULL;
    *complaint = (struct complaint){.line = 0};
    if (text.size > GOLDEN_SIZE_MAX)
        return complain(complaint, 0, "larger than %d bytes", GOLDEN_SIZE_MAX);
    struct golden *golden = calloc(1, sizeof *golden);
    if (golden == NULL)
        return ERR_MEMORY;
    enum err err = read_lines(golden, text, complaint);
    if (err != ERR_OK) {
        golden_free(golden);
        return err;
    }
    settle(golden);
    *out = golden;
    return ERR_OK;
}

void golden_free(struct golden *golden)
{
    if (golden == NULL)
        return;
    free(golden->items);
    free(golden);
}

bool golden_next(const struct golden *golden, struct imei from, struct item *out)
{
    size_t low = 0;
    size_t high = golden == NULL ? 0 : golden->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (golden->items[middle].to.value < from.value)
            low = middle + 1;
        else
            high = middle;
    }
    if (golden == NULL || low == golden->count)
        return false;
    *out = golden->items[low];
    return true;
}

bool golden_has(const struct golden *golden, struct imei imei)
{
    struct item next;
    return golden_next(golden, imei, &next) && next.from.value <= imei.value;
}

size_t golden_count(const struct golden *golden)
{
    return golden == NULL ? 0 : golden->count;
}
