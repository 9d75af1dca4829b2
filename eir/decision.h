/*
 * decision.h: what the network is answered, and which rule said so.
 */
#ifndef EIR_DECISION_H
#define EIR_DECISION_H

#include "proto/client.h"

/* X(name, word, sentence): what decided, for metrics, `imei check --explain` and people. */
#define RULE_TABLE(X)                                                                              \
    X(FAILED, "failed", "the state could not be read")                                             \
    X(CLAIM, "claim", "a claim on the device, or on a range around it")                            \
    X(TAC_UNKNOWN, "tac-unknown", "nobody allocated its TAC")                                      \
    X(DEFAULT, "default", "nothing is known against it")

enum rule {
#define X(name, word, sentence) RULE_##name,
    RULE_TABLE(X)
#undef X
        RULE_COUNT
};

const char *rule_word(enum rule rule);
const char *rule_sentence(enum rule rule);

struct decision {
    enum verdict verdict;
    enum rule rule;
};

#endif
