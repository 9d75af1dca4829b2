#include "proto/operation.h"

static const struct operation_row operations[] = {
#define X(name, number, word, form, claim, roles, needs_reason)                                    \
    {OP_##name, word, FORM_##form, CLAIM_##claim, roles, needs_reason},
    OPERATION_TABLE(X)
#undef X
};

static const struct {
    unsigned role;
    const char *word;
} roles[] = {
#define X(name, bit, word) {ROLE_##name, word},
    ROLE_TABLE(X)
#undef X
};

enum {
    OPERATION_COUNT = sizeof operations / sizeof operations[0],
    ROLE_COUNT = sizeof roles / sizeof roles[0],
};

_Static_assert(ROLES_ALL == (1u << ROLE_COUNT) - 1, "ROLES_ALL is every role of the table");

const struct operation_row *operation_row(unsigned long number)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if ((unsigned long)operations[i].operation == number)
            return &operations[i];
    }
    return NULL;
}

unsigned role_parse(const char *word, size_t size)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (bytes_equal(bytes_of(roles[i].word, strlen(roles[i].word)), bytes_of(word, size)))
            return roles[i].role;
    }
    return 0;
}

const char *role_word(unsigned role)
{
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (roles[i].role == role)
            return roles[i].word;
    }
    return NULL;
}

const char *claim_kind_word(unsigned long number)
{
    switch (number) {
#define X(name, number, word)                                                                      \
    case CLAIM_##name: return word;
        CLAIM_KIND_TABLE(X)
#undef X
    default: return NULL;
    }
}
