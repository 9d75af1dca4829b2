#include "testnet/proxy/distance.h"

#include "proto/number.h"
#include "testnet/proxy/words.h"

#include <string.h>

bool is_country(const char *text)
{
    return strlen(text) == COUNTRY_SIZE && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' &&
           text[1] <= 'Z';
}

enum err flap_parse(const char *period_ms, const char *percent, struct flap *out)
{
    uint64_t period;
    uint64_t open;
    enum err err = number_parse(period_ms, DISTANCE_FLAP_MIN_MS, DISTANCE_FLAP_MAX_MS, &period);
    if (err == ERR_OK)
        err = number_parse(percent, 0, 100, &open);
    if (err == ERR_OK)
        *out = (struct flap){.period_us = period * 1000, .open_us = period * 10 * open};
    return err;
}

/* ---- rows ---- */

/* The columns from `words` on; NULL, or what is wrong. */
static const char *read_columns(char (*words)[WORD_SIZE], size_t count, struct distance *out)
{
    uint64_t kbit = 0;
    uint64_t loss;
    *out = (struct distance){.rate = 0};
    if (count != 4 && !(count == 7 && strcmp(words[4], "flap") == 0))
        return "wants delay_ms jitter_ms mbit_s loss_%, and may have 'flap PERIOD_MS PERCENT'";
    if (thousandths_parse(words[0], DISTANCE_DELAY_MAX, &out->delay_us) != ERR_OK ||
        thousandths_parse(words[1], DISTANCE_DELAY_MAX, &out->jitter_us) != ERR_OK)
        return "delay and jitter are milliseconds, 0 to 10000";
    if (strcmp(words[2], "-") != 0 &&
        (thousandths_parse(words[2], UINT64_C(1000) * DISTANCE_MBIT_MAX, &kbit) != ERR_OK ||
         kbit == 0))
        return "the rate is Mbit/s, 0.001 to 100000, or - for no bound";
    if (thousandths_parse(words[3], DISTANCE_LOSS_WHOLE, &loss) != ERR_OK)
        return "the loss is percent, 0 to 100";
    if (count == 7 && flap_parse(words[5], words[6], &out->flap) != ERR_OK)
        return "flap wants a period of 10 to 3600000 ms and the percentage of it that is open";
    out->rate = kbit * 125;
    out->loss = (uint32_t)loss;
    return NULL;
}

static const struct distance_row *find(const struct distances *distances, const char *from,
                                       const char *to)
{
    for (size_t i = 0; i < distances->count; i++) {
        const struct distance_row *row = &distances->rows[i];
        if (strcmp(row->from, from) == 0 && strcmp(row->to, to) == 0)
            return row;
    }
    return NULL;
}

static const char *add(struct distances *distances, const char *from, const char *to,
                       const struct distance *distance)
{
    if (find(distances, from, to) != NULL)
        return "this direction has a row already";
    if (distances->count == DISTANCE_ROWS_MAX)
        return "too many rows";
    struct distance_row *row = &distances->rows[distances->count++];
    memcpy(row->from, from, sizeof row->from);
    memcpy(row->to, to, sizeof row->to);
    row->distance = *distance;
    return NULL;
}

static const char *read_countries(struct words *words, struct distances *out)
{
    bool is_one_way = words->count > 1 && strcmp(words->at[1], ">") == 0;
    size_t columns = is_one_way ? 3 : 2;
    if (words->count < columns)
        return "a row begins with 'inside', 'else', 'FROM TO' or 'FROM > TO'";
    const char *from = words->at[0];
    const char *to = words->at[columns - 1];
    struct distance distance;
    if (!is_country(from) || !is_country(to) || strcmp(from, to) == 0)
        return "a row begins with 'inside', 'else', or two different countries of two capitals";
    const char *wrong = read_columns(words->at + columns, words->count - columns, &distance);
    if (wrong == NULL)
        wrong = add(out, from, to, &distance);
    if (wrong == NULL && !is_one_way)
        wrong = add(out, to, from, &distance);
    return wrong;
}

struct progress {
    bool has_inside;
    bool has_other;
};

static const char *read_row(struct words *words, struct distances *out, struct progress *progress)
{
    bool is_inside = strcmp(words->at[0], "inside") == 0;
    if (!is_inside && strcmp(words->at[0], "else") != 0)
        return read_countries(words, out);
    bool *has = is_inside ? &progress->has_inside : &progress->has_other;
    if (*has)
        return "this row is there already";
    *has = true;
    return read_columns(words->at + 1, words->count - 1, is_inside ? &out->inside : &out->other);
}

enum err distances_parse(struct bytes text, struct distances *out, struct complaint *complaint)
{
    struct lines lines = {.rest = text};
    struct progress progress = {.has_inside = false};
    struct bytes line;
    struct words words;
    out->count = 0;
    if (text.size > DISTANCE_TEXT_MAX)
        return complain(complaint, 0, "larger than %d bytes", DISTANCE_TEXT_MAX);
    while (lines_next(&lines, &line)) {
        enum err err = words_parse(line, &words);
        if (err != ERR_OK)
            return complain(complaint, lines.number, "%s", err_sentence(err));
        const char *wrong = words.count == 0 ? NULL : read_row(&words, out, &progress);
        if (wrong != NULL)
            return complain(complaint, lines.number, "%s", wrong);
    }
    if (!progress.has_inside || !progress.has_other)
        return complain(complaint, 0, "the rows 'inside' and 'else' must be there");
    return ERR_OK;
}

struct distance distances_between(const struct distances *distances, const char *from,
                                  const char *to)
{
    if (strcmp(from, to) == 0)
        return distances->inside;
    const struct distance_row *row = find(distances, from, to);
    return row == NULL ? distances->other : row->distance;
}
