/*
 * verdict.h: what an EIR answers about a device.
 */
#ifndef PROTO_VERDICT_H
#define PROTO_VERDICT_H

/* X(name, number, word) */
#define VERDICT_TABLE(X)                                                                           \
    X(WHITE, 1, "white")                                                                           \
    X(GREY, 2, "grey")                                                                             \
    X(BLACK, 3, "black")                                                                           \
    X(UNKNOWN, 4, "unknown")

enum verdict {
#define X(name, number, word) VERDICT_##name = (number),
    VERDICT_TABLE(X)
#undef X
};

/* NULL when it is none. */
const char *verdict_word(enum verdict verdict);

/* The order in which one outweighs another: white, unknown, grey, black. */
int verdict_weight(enum verdict verdict);

#endif
