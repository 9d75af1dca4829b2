/*
 * grounds.h: the way of a decision: which rule decided, and each step that was considered.
 *
 * Made by eir/decide.h, carried by the client protocol (CHECK with `explain`), printed by
 * `imei check --explain`.
 */
#ifndef PROTO_GROUNDS_H
#define PROTO_GROUNDS_H

#include "proto/statement.h"
#include "proto/verdict.h"

/* X(name, number, word, sentence): what decides, in the order in which it is looked at; also for
 * metrics and people. */
#define RULE_TABLE(X)                                                                              \
    X(FAILED, 0, "failed", "the state could not be read")                                          \
    X(GOLDEN, 1, "golden", "it stands on the operator's golden list")                              \
    X(PAIR, 2, "pair", "this subscriber may use it: a pair of this node")                          \
    X(STALE, 3, "stale", "this node has not heard of the others for too long")                     \
    X(DEVICE, 4, "device", "a claim on the device")                                                \
    X(RANGE, 5, "range", "a claim on a range around the device, or on its TAC")                    \
    X(TEST_TAC, 6, "test-tac", "its TAC is one for test equipment")                                \
    X(TAC_UNKNOWN, 7, "tac-unknown", "nobody allocated its TAC")                                   \
    X(UNREGISTERED, 8, "unregistered", "nobody whose registrations count has registered it")       \
    X(DEFAULT, 9, "default", "nothing is known against it")

enum rule {
#define X(name, number, word, sentence) RULE_##name = (number),
    RULE_TABLE(X)
#undef X
        RULE_COUNT
};

/* NULL when it is none. */
const char *rule_word(enum rule rule);
const char *rule_sentence(enum rule rule);

/* X(name, number, word): what became of a step. */
#define STEP_TABLE(X)                                                                              \
    X(PASSED, 1, "passed")         /* it does not apply */                                         \
    X(IGNORED, 2, "ignored")       /* a claim that the policy does not honour */                   \
    X(WAITS, 3, "waits")           /* a TAC that is asked for since too short a time */            \
    X(COUNTS, 4, "counts")         /* it says a verdict */                                         \
    X(DECIDES, 5, "decides")       /* its verdict is the answer */                                 \
    X(OVERRIDDEN, 6, "overridden") /* it would have decided, but for a step above */

enum step_outcome {
#define X(name, number, word) STEP_##name = (number),
    STEP_TABLE(X)
#undef X
};

/* NULL when it is none. */
const char *step_word(enum step_outcome outcome);

struct ground {
    enum rule rule;
    enum step_outcome outcome;
    enum verdict verdict; /* COUNTS, DECIDES, OVERRIDDEN; else 0 */
    unsigned line;        /* of the policy's file; 0: a default, or the policy has no say */
    uint32_t days;        /* WAITS: until it counts */
    /* DEVICE and RANGE: the claim. Else CLAIM_NONE, and empty. */
    enum claim_kind kind;
    enum reason reason;
    struct name organisation;
    struct country country; /* the organisation's */
};

/* Claims that are told, and the other rules. */
#define GROUNDS_MAX (CHECK_CLAIMS_MAX + 10)

struct grounds {
    enum rule rule; /* that decided */
    bool more;      /* there were more claims than steps */
    size_t count;
    struct ground steps[GROUNDS_MAX];
};

/* A record (proto/record.h). Errors stick. */
void grounds_read(struct reader *reader, struct grounds *out);
void grounds_write(struct writer *writer, const struct grounds *grounds);

#endif
