#include "proto/reason.h"

static const struct reason_row rows[] = {
#define X(name, code, word, for_raising, for_lifting, sentence)                                    \
    {REASON_##name, for_raising, for_lifting, word, sentence},
    REASON_TABLE(X)
#undef X
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

/* Codes have four digits in the registry. */
enum { CODE_MAX = 9999 };

const struct reason_row *reason_rows(size_t *count)
{
    *count = ROW_COUNT;
    return rows;
}

const struct reason_row *reason_row(unsigned long code)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if ((unsigned long)rows[i].reason == code)
            return &rows[i];
    }
    return NULL;
}

/* The number that the whole text makes in digits; 0, which is no code, when it is none. */
static unsigned long read_code(const char *text)
{
    unsigned long code = 0;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return 0;
        code = code * 10 + (unsigned long)(*text - '0');
        if (code > CODE_MAX)
            return 0;
    }
    return code;
}

enum err reason_parse(const char *text, enum reason *out)
{
    *out = REASON_NONE;
    const struct reason_row *row = reason_row(read_code(text));
    for (size_t i = 0; i < ROW_COUNT && !row; i++) {
        if (strcmp(rows[i].word, text) == 0)
            row = &rows[i];
    }
    if (!row)
        return ERR_OUT_OF_RANGE;
    *out = row->reason;
    return ERR_OK;
}
