#include "json/times.h"

#include "proto/limits.h"
#include "proto/number.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SECOND_MS = 1000, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

void time_format(uint64_t time_ms, char text[TIME_TEXT_SIZE])
{
    time_t seconds = (time_t)(time_ms / SECOND_MS);
    struct tm parts;
    if (time_ms > TIME_MAX_MS || gmtime_r(&seconds, &parts) == NULL ||
        strftime(text, TIME_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        snprintf(text, TIME_TEXT_SIZE, "%" PRIu64 " ms", time_ms);
}

void age_format(uint64_t age_ms, char text[AGE_TEXT_SIZE])
{
    uint64_t seconds = age_ms / SECOND_MS;
    if (seconds < 10)
        snprintf(text, AGE_TEXT_SIZE, "%" PRIu64 ".%" PRIu64 " s", seconds, age_ms / 100 % 10);
    else if (seconds < 2 * MINUTE_S)
        snprintf(text, AGE_TEXT_SIZE, "%" PRIu64 " s", seconds);
    else if (seconds < 2 * HOUR_S)
        snprintf(text, AGE_TEXT_SIZE, "%" PRIu64 " min", seconds / MINUTE_S);
    else if (seconds < 2 * DAY_S)
        snprintf(text, AGE_TEXT_SIZE, "%" PRIu64 " h", seconds / HOUR_S);
    else
        snprintf(text, AGE_TEXT_SIZE, "%" PRIu64 " d", seconds / DAY_S);
}

/* Exactly `count` digits, then `after` (0: whatever); moves `at` behind both. */
static bool take_digits(const char **at, int count, char after, int *out)
{
    *out = 0;
    for (int i = 0; i < count; i++) {
        char digit = (*at)[i];
        if (digit < '0' || digit > '9')
            return false;
        *out = *out * 10 + (digit - '0');
    }
    if (after != 0 && (*at)[count] != after)
        return false;
    *at += count + (after != 0);
    return true;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar. Years begin in March here, so that the
 * leap day is their last; 153 days are five months from March or from August. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month > 2 ? year : year - 1;
    int64_t m = month > 2 ? month - 3 : month + 9;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

static bool is_day(int year, int month, int day)
{
    static const int days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (month < 1 || month > 12 || day < 1 || day > days[month - 1])
        return false;
    bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month != 2 || day < 29 || is_leap;
}

/* ".25" as 250; nothing as 0. */
static bool take_fraction(const char **at, int *ms)
{
    *ms = 0;
    if (**at != '.')
        return true;
    (*at)++;
    int unit = 100;
    size_t digits = strspn(*at, "0123456789");
    for (size_t i = 0; i < digits; i++) {
        *ms += unit * ((*at)[i] - '0');
        unit /= 10;
    }
    *at += digits;
    return digits > 0;
}

/* "Z", "+02:00": minutes east of UTC. */
static bool take_offset(const char **at, int *minutes)
{
    *minutes = 0;
    char sign = **at;
    (*at)++;
    if (sign == 'Z' || sign == 'z')
        return true;
    int hour;
    int minute;
    if ((sign != '+' && sign != '-') || !take_digits(at, 2, ':', &hour) ||
        !take_digits(at, 2, 0, &minute) || hour > 23 || minute > 59)
        return false;
    *minutes = (sign == '-' ? -1 : 1) * (hour * 60 + minute);
    return true;
}

/* RFC 3339 section 5.6. A leap second (60) is the next minute's first. */
static bool parse_rfc3339(const char *text, uint64_t *time_ms)
{
    int year, month, day, hour, minute, second, ms, offset;
    if (!take_digits(&text, 4, '-', &year) || !take_digits(&text, 2, '-', &month) ||
        !take_digits(&text, 2, 0, &day) || !is_day(year, month, day))
        return false;
    if (*text != 'T' && *text != 't' && *text != ' ')
        return false;
    text++;
    if (!take_digits(&text, 2, ':', &hour) || !take_digits(&text, 2, ':', &minute) ||
        !take_digits(&text, 2, 0, &second) || hour > 23 || minute > 59 || second > 60)
        return false;
    if (!take_fraction(&text, &ms) || *text == '\0' || !take_offset(&text, &offset) ||
        *text != '\0')
        return false;
    int64_t seconds = days_of(year, month, day) * DAY_S + hour * HOUR_S +
                      (int64_t)(minute - offset) * MINUTE_S + second;
    if (seconds < 0)
        return false;
    *time_ms = (uint64_t)seconds * SECOND_MS + (uint64_t)ms;
    return *time_ms <= TIME_MAX_MS;
}

enum err time_parse(const char *text, uint64_t *time_ms)
{
    *time_ms = 0;
    if (number_parse(text, 0, TIME_MAX_MS, time_ms) == ERR_OK || parse_rfc3339(text, time_ms))
        return ERR_OK;
    return ERR_OUT_OF_RANGE;
}
