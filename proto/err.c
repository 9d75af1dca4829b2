#include "proto/err.h"

#include <stddef.h>

struct err_row {
    enum err err;
    enum err_kind kind;
    const char *name;
    const char *sentence;
};

static const struct err_row rows[] = {
#define X(name, number, kind, sentence) {ERR_##name, ERR_KIND_##kind, #name, sentence},
    ERR_TABLE(X)
#undef X
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static const struct err_row *row_of(enum err err)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (rows[i].err == err)
            return &rows[i];
    }
    return NULL;
}

const char *err_name(enum err err)
{
    const struct err_row *row = row_of(err);
    return row ? row->name : "UNKNOWN";
}

const char *err_sentence(enum err err)
{
    const struct err_row *row = row_of(err);
    return row ? row->sentence : "an error that is not known here";
}

enum err_kind err_kind(enum err err)
{
    const struct err_row *row = row_of(err);
    return row ? row->kind : ERR_KIND_BROKEN;
}

enum err err_from_number(unsigned long number)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if ((unsigned long)rows[i].err == number)
            return rows[i].err;
    }
    return ERR_INTERNAL;
}
