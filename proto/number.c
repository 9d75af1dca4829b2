#include "proto/number.h"

enum err number_parse(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t number = 0;
    if (*text == '\0')
        return ERR_OUT_OF_RANGE;
    for (; *text != '\0'; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (*text < '0' || *text > '9' || number > max / 10 || digit > max - number * 10)
            return ERR_OUT_OF_RANGE;
        number = number * 10 + digit;
    }
    if (number < min)
        return ERR_OUT_OF_RANGE;
    *out = number;
    return ERR_OK;
}
