/*
 * question.h: what a network asks about a device, whichever interface it came by.
 */
#ifndef EIR_QUESTION_H
#define EIR_QUESTION_H

#include "proto/imei.h"
#include "proto/imsi.h"

/* X(name, word): the interfaces, as metrics and logs name them. */
#define FACE_TABLE(X)                                                                              \
    X(CLIENT, "client")                                                                            \
    X(N5G, "n5g")                                                                                  \
    X(S13, "s13")                                                                                  \
    X(GSUP, "gsup")                                                                                \
    X(API, "api")

enum face {
#define X(name, word) FACE_##name,
    FACE_TABLE(X)
#undef X
        FACE_COUNT
};

/* "n5g" */
const char *face_word(enum face face);

/* Whether a network asks there, about a device that somebody is using; else people and programs. */
bool face_is_network(enum face face);

struct question {
    struct imei imei;
    int svn;          /* 0..99, or IMEI_SVN_NONE */
    struct imsi imsi; /* who uses it, when the interface says; else empty */
};

#endif
