#include "eir/pairs_text.h"

/* The part up to the next comma. */
static struct bytes next_field(struct bytes *line)
{
    const uint8_t *comma = line->size > 0 ? memchr(line->data, ',', line->size) : NULL;
    size_t size = comma != NULL ? (size_t)(comma - line->data) : line->size;
    struct bytes field = bytes_of(line->data, size);
    size_t taken = comma != NULL ? size + 1 : size;
    *line = bytes_of(line->data + taken, line->size - taken);
    return field;
}

static bool is_text(struct bytes field, const char *text)
{
    return field.size == strlen(text) && memcmp(field.data, text, field.size) == 0;
}

static bool are_digits(struct bytes field, size_t min, size_t max)
{
    for (size_t i = 0; i < field.size; i++) {
        if (field.data[i] < '0' || field.data[i] > '9')
            return false;
    }
    return field.size >= min && field.size <= max;
}

/* The next line, without its end. */
static bool next_line(struct pairs_text *text, struct bytes *out)
{
    if (text->left.size == 0)
        return false;
    const uint8_t *at = text->left.data;
    const uint8_t *end = memchr(at, '\n', text->left.size);
    size_t size = end != NULL ? (size_t)(end - at) : text->left.size;
    size_t taken = end != NULL ? size + 1 : size;
    *out = bytes_of(at, size > 0 && at[size - 1] == '\r' ? size - 1 : size);
    text->left = bytes_of(at + taken, text->left.size - taken);
    text->line++;
    return true;
}

struct pairs_text pairs_text_open(struct bytes text, struct complaint *complaint)
{
    struct pairs_text rows = {.left = text, .complaint = complaint};
    struct bytes head = {0};
    (void)next_line(&rows, &head);
    rows.has_msisdn = is_text(head, "imei,imsi,msisdn");
    if (!rows.has_msisdn && !is_text(head, "imei,imsi"))
        rows.err = complain(complaint, 1, "the head line is imei,imsi or imei,imsi,msisdn");
    return rows;
}

static enum err read_row(struct pairs_text *text, struct bytes line, struct pairs_row *out)
{
    struct complaint *complaint = text->complaint;
    struct imei_parsed imei = {.check_right = -1};
    struct bytes field = next_field(&line);
    enum err err = imei_parse((const char *)field.data, field.size, IMEI_FROM_PERSON, &imei);
    if (err == ERR_IMEI_CHECK)
        return complain(complaint, text->line, "the check digit of this IMEI would be %d",
                        imei.check_right);
    if (err != ERR_OK)
        return complain(complaint, text->line, "%s", err_sentence(err));
    field = next_field(&line);
    if (imsi_parse((const char *)field.data, field.size, &out->imsi) != ERR_OK)
        return complain(complaint, text->line, "an IMSI has %d to %d digits", IMSI_DIGITS_MIN,
                        IMSI_DIGITS_MAX);
    field = next_field(&line);
    if (!are_digits(field, 0, text->has_msisdn ? MSISDN_DIGITS_MAX : 0) || line.size > 0)
        return complain(complaint, text->line,
                        text->has_msisdn ? "an MSISDN has at most 15 digits"
                                         : "a line is IMEI,IMSI");
    out->imei = imei.imei;
    memset(out->msisdn, 0, sizeof out->msisdn);
    if (field.size > 0)
        memcpy(out->msisdn, field.data, field.size);
    return ERR_OK;
}

bool pairs_text_next(struct pairs_text *text, struct pairs_row *out)
{
    struct bytes line;
    while (text->err == ERR_OK && next_line(text, &line)) {
        if (line.size == 0)
            continue;
        text->err = read_row(text, line, out);
        return text->err == ERR_OK;
    }
    return false;
}
