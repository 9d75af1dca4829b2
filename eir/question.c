#include "eir/question.h"

const char *face_word(enum face face)
{
    static const char *const words[FACE_COUNT] = {
#define X(name, word) [FACE_##name] = (word),
        FACE_TABLE(X)
#undef X
    };
    return words[face];
}

bool face_is_network(enum face face)
{
    return face == FACE_N5G || face == FACE_S13 || face == FACE_GSUP;
}
