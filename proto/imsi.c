#include "proto/imsi.h"

#include <string.h>

enum err imsi_parse(const char *text, size_t size, struct imsi *out)
{
    *out = (struct imsi){""};
    if (size < IMSI_DIGITS_MIN || size > IMSI_DIGITS_MAX)
        return ERR_OUT_OF_RANGE;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return ERR_BAD_TEXT;
    }
    memcpy(out->digits, text, size);
    return ERR_OK;
}
