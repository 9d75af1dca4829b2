#include "proto/imei.h"

enum { WITH_CHECK_DIGIT = 15, WITH_SVN = 16 };

/* The number that `count` digits make; false when one of them is no digit. */
static bool read_digits(const char *text, size_t count, uint64_t *value)
{
    *value = 0;
    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        *value = *value * 10 + (uint64_t)(text[i] - '0');
    }
    return true;
}

/* Exactly `count` digits and a terminator. */
static void write_digits(uint64_t value, char *text, size_t count)
{
    text[count] = '\0';
    for (size_t i = count; i > 0; i--) {
        text[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
}

int imei_check_digit(struct imei imei)
{
    /* TS 23.003 annex B.2: from the right, every second digit is doubled, beginning with the last
     * one of the serial number, and the digits of the products are added. */
    static const uint8_t doubled[10] = {0, 2, 4, 6, 8, 1, 3, 5, 7, 9};
    unsigned sum = 0;
    for (uint64_t rest = imei.value; rest > 0; rest /= 100) {
        unsigned pair = (unsigned)(rest % 100);
        sum += doubled[pair % 10] + pair / 10;
    }
    return (int)((10 - sum % 10) % 10);
}

enum err imei_parse(const char *text, size_t size, enum imei_source source, struct imei_parsed *out)
{
    *out = (struct imei_parsed){.svn = IMEI_SVN_NONE, .check_given = -1, .check_right = -1};
    if (size < IMEI_DIGITS || size > WITH_SVN)
        return ERR_IMEI_LENGTH;
    uint64_t identity;
    uint64_t tail;
    if (!read_digits(text, IMEI_DIGITS, &identity) ||
        !read_digits(text + IMEI_DIGITS, size - IMEI_DIGITS, &tail))
        return ERR_IMEI_DIGIT;

    out->imei.value = identity;
    out->check_right = imei_check_digit(out->imei);
    if (size == WITH_CHECK_DIGIT)
        out->check_given = (int)tail;
    if (size == WITH_SVN)
        out->svn = (int)tail;

    if (source == IMEI_FROM_PERSON && out->check_given >= 0 && out->check_given != out->check_right)
        return ERR_IMEI_CHECK;
    return out->svn == IMEI_SVN_RESERVED ? ERR_IMEI_SVN : ERR_OK;
}

enum err tac_parse(const char *text, size_t size, uint32_t *tac)
{
    *tac = 0;
    if (size != TAC_DIGITS)
        return ERR_IMEI_LENGTH;
    uint64_t value;
    if (!read_digits(text, TAC_DIGITS, &value))
        return ERR_IMEI_DIGIT;
    *tac = (uint32_t)value;
    return ERR_OK;
}

void imei_format(struct imei imei, char text[IMEI_TEXT_SIZE + 1])
{
    write_digits(imei.value * 10 + (uint64_t)imei_check_digit(imei), text, IMEI_TEXT_SIZE);
}

void imei_format14(struct imei imei, char text[IMEI_DIGITS + 1])
{
    write_digits(imei.value, text, IMEI_DIGITS);
}

void tac_format(uint32_t tac, char text[TAC_DIGITS + 1])
{
    write_digits(tac, text, TAC_DIGITS);
}
