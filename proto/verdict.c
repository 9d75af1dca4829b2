#include "proto/verdict.h"

#include <stddef.h>

const char *verdict_word(enum verdict verdict)
{
    switch (verdict) {
#define X(name, number, word)                                                                      \
    case VERDICT_##name: return word;
        VERDICT_TABLE(X)
#undef X
    }
    return NULL;
}

int verdict_weight(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_WHITE: return 1;
    case VERDICT_UNKNOWN: return 2;
    case VERDICT_GREY: return 3;
    case VERDICT_BLACK: return 4;
    }
    return 0;
}
