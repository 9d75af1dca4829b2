#include "cli/devices.h"

#include "json/text.h"

#include <stdlib.h>

enum { SHOWN_MAX = 40, DIGITS_MAX = 16, GROUPS_MAX = 4 };

static bool is_separator(char c)
{
    return c == ' ' || c == '-' || c == '/';
}

/* Takes the digits of groups out of the text, and writes how many each has: "2661". Groups that are
 * parted by anything else, or are too many, leave `sizes` empty. */
static size_t take_groups(const char *text, size_t size, char digits[DIGITS_MAX],
                          char sizes[GROUPS_MAX + 1])
{
    char separator = '\0';
    char group = '0';
    size_t groups = 0;
    size_t count = 0;
    memset(sizes, '\0', GROUPS_MAX + 1);
    for (size_t i = 0; i < size; i++) {
        bool is_digit = text[i] >= '0' && text[i] <= '9';
        bool parts = is_separator(text[i]) && (groups == 0 || text[i] == separator);
        if (is_digit && count < DIGITS_MAX) {
            digits[count++] = text[i];
            group++;
        } else if (!is_digit && parts && groups < GROUPS_MAX - 1) {
            separator = text[i];
            sizes[groups++] = group;
            group = '0';
        } else {
            return 0;
        }
    }
    sizes[groups] = group;
    return count;
}

enum err imei_take(const char *text, size_t size, struct imei_parsed *out)
{
    /* TAC-SNR as the GSMA prints it, TAC/FAC/SNR of before 2003, and RFC 7254; each with nothing,
     * a check digit or a software version behind it. */
    static const char *const groupings[] = {"266", "626", "86"};
    char digits[DIGITS_MAX];
    char sizes[GROUPS_MAX + 1];
    size_t count = take_groups(text, size, digits, sizes);
    for (size_t i = 0; count > 0 && i < sizeof groupings / sizeof groupings[0]; i++) {
        const char *rest = sizes + strlen(groupings[i]);
        if (strncmp(sizes, groupings[i], strlen(groupings[i])) == 0 &&
            (*rest == '\0' || strcmp(rest, "1") == 0 || strcmp(rest, "2") == 0))
            return imei_parse(digits, count, IMEI_FROM_PERSON, out);
    }
    enum err err = imei_parse(text, size, IMEI_FROM_PERSON, out);
    bool is_grouped = false;
    for (size_t i = 0; i < size; i++)
        is_grouped |= is_separator(text[i]);
    return err == ERR_IMEI_LENGTH && is_grouped ? ERR_IMEI_DIGIT : err;
}

void imei_complain(struct complaint *complaint, const char *text, enum err err,
                   const struct imei_parsed *parsed)
{
    char shown[SHOWN_MAX + 1];
    text_clean(text, strlen(text), shown, SHOWN_MAX);
    if (err == ERR_IMEI_CHECK)
        (void)complain(complaint, 0, "%s: %s, it would be %d", shown, err_sentence(err),
                       parsed->check_right);
    else
        (void)complain(complaint, 0, "%s: %s", shown, err_sentence(err));
}

static enum err parse_one(const char *text, size_t size, struct imei *out,
                          struct complaint *complaint)
{
    struct imei_parsed parsed;
    enum err err = imei_take(text, size, &parsed);
    *out = parsed.imei;
    if (err == ERR_OK)
        return ERR_OK;
    char digits[SHOWN_MAX + 1];
    text_clean(text, size, digits, SHOWN_MAX);
    imei_complain(complaint, digits, err, &parsed);
    return ERR_CONFIG;
}

static enum err parse_range(const char *text, const char *dash, struct item *out,
                            struct complaint *complaint)
{
    enum err err = parse_one(text, (size_t)(dash - text), &out->from, complaint);
    if (err == ERR_OK)
        err = parse_one(dash + 1, strlen(dash + 1), &out->to, complaint);
    if (err != ERR_OK)
        return err;
    if (imei_tac(out->from) != imei_tac(out->to))
        return complain(complaint, 0, "%s: a range lies within one TAC; give one range a TAC",
                        text);
    if (out->from.value >= out->to.value)
        return complain(complaint, 0, "%s: a range goes from the smaller to the larger", text);
    return ERR_OK;
}

enum err device_parse(const char *text, struct item *out, struct complaint *complaint)
{
    *out = (struct item){0};
    if (strncmp(text, "TAC:", 4) == 0 || strncmp(text, "tac:", 4) == 0) {
        uint32_t tac;
        if (tac_parse(text + 4, strlen(text + 4), &tac) != ERR_OK)
            return complain(complaint, 0, "%s: a TAC has eight digits, as in TAC:35693803", text);
        out->from = imei_of(tac, 0);
        out->to = imei_of(tac, IMEI_SERIALS - 1);
        return ERR_OK;
    }
    /* The dashes of a label do not make it as long as two devices. */
    const char *dash = strchr(text, '-');
    if (dash != NULL && strlen(text) > 2 * IMEI_DIGITS)
        return parse_range(text, dash, out, complaint);
    enum err err = parse_one(text, strlen(text), &out->from, complaint);
    out->to = out->from;
    return err;
}

static int compare(const void *a, const void *b)
{
    const struct item *x = a;
    const struct item *y = b;
    if (x->from.value != y->from.value)
        return x->from.value < y->from.value ? -1 : 1;
    if (x->to.value != y->to.value)
        return x->to.value < y->to.value ? -1 : 1;
    return 0;
}

enum err devices_order(struct item *items, size_t *count, struct complaint *complaint)
{
    qsort(items, *count, sizeof *items, compare);
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        if (kept > 0 && compare(&items[kept - 1], &items[i]) == 0)
            continue;
        if (kept > 0 && items[kept - 1].to.value >= items[i].from.value) {
            char text[IMEI_TEXT_SIZE + 1];
            imei_format(items[i].from, text);
            return complain(complaint, 0,
                            "%s lies in a range that is named too; "
                            "say it in two statements",
                            text);
        }
        items[kept++] = items[i];
    }
    *count = kept;
    return ERR_OK;
}
