/*
 * record.h: one line of a history: what a client asked of a node, when, and what it was told.
 *
 * A line is a JSON object in one encoding: the keys in the order in which record_print() writes
 * them, no blanks. What is read is printed again and must be the same bytes. docs/testnet.md has
 * each key.
 *
 * Times are in microseconds of one monotonic clock, that of the machine on which all clients run.
 */
#ifndef TESTNET_SWARM_RECORD_H
#define TESTNET_SWARM_RECORD_H

#include "proto/client.h"

/* One line: a check with all claims that an answer tells, and the newline. */
#define RECORD_SIZE_MAX 16384

/* X(name, word) */
#define RECORD_OP_TABLE(X)                                                                         \
    X(BLOCK, "block")     /* raises a claim of kind block */                                       \
    X(UNBLOCK, "unblock") /* lifts one, its own or that of the claimant named */                   \
    X(CHECK, "check")     /* what the node knows of a device */                                    \
    X(FRESH, "fresh")     /* the same, linearizable */                                             \
    X(LOOKUP, "lookup")   /* what became of a transaction, as far as the node knows */

enum record_op {
#define X(name, word) RECORD_##name,
    RECORD_OP_TABLE(X)
#undef X
        RECORD_OP_COUNT
};

const char *record_op_word(enum record_op op);

static inline bool record_op_writes(enum record_op op)
{
    return op == RECORD_BLOCK || op == RECORD_UNBLOCK;
}

/* X(name, word) */
#define RECORD_OUTCOME_TABLE(X)                                                                    \
    X(COMMITTED, "committed") /* a write: it counts */                                             \
    X(REFUSED, "refused")     /* a write: it does not, and never will */                           \
    X(ANSWERED, "answered")   /* a question */                                                     \
    X(UNKNOWN, "unknown")     /* no answer, or none that says what became of it */

enum record_outcome {
#define X(name, word) OUTCOME_##name,
    RECORD_OUTCOME_TABLE(X)
#undef X
        OUTCOME_COUNT
};

/* A claim as an answer tells it. */
struct record_claim {
    enum claim_kind kind;
    struct name organisation;
    struct hash transaction; /* that raised it */
    uint64_t height;
};

struct record {
    uint32_t client;
    struct name node; /* that answered, or was asked last */
    uint64_t link;    /* the client's links to that node, counted: 0: not known which one it was */
    enum record_op op;
    struct name organisation; /* writes: that signed */
    struct name claimant;     /* writes: whose claim it is */
    struct imei imei;         /* all but LOOKUP */
    struct hash transaction;  /* writes and LOOKUP */
    uint32_t attempts;        /* writes: how often the same bytes were sent */
    uint64_t start_us;
    uint64_t end_us; /* not before the start */
    enum record_outcome outcome;
    enum err code;       /* REFUSED and UNKNOWN: why */
    uint64_t place;      /* the transaction's height: COMMITTED, LOOKUP: when it has one, REFUSED:
                            when the ledger did; else 0 */
    uint32_t position;   /* in that block */
    enum tx_state state; /* LOOKUP, ANSWERED */
    enum verdict status; /* CHECK and FRESH, ANSWERED, with the members below */
    uint64_t height;     /* ANSWERED: of the answer */
    uint64_t age_ms;     /* ANSWERED; AGE_UNKNOWN */
    size_t claim_count;  /* CHECK_CLAIMS_MAX at most */
    struct record_claim *claims; /* the caller's */
};

/* Reads a line without its newline; `room` takes CHECK_CLAIMS_MAX claims, and must live as long as
 * `out`. ERR_NOT_CANONICAL: not the one encoding; ERR_MISSING_FIELD, ERR_UNKNOWN_FIELD,
 * ERR_OUT_OF_RANGE, ERR_TOO_LARGE, the errors of body_parse(). */
enum err record_parse(struct bytes line, struct record_claim *room, struct record *out) must_check;

/* Writes the line without a newline, RECORD_SIZE_MAX bytes at most, for which there is room. */
void record_print(struct writer *text, const struct record *record);

/* The first line of a history: of which network, and up to which height that was known when it
 * began. */
struct record_head {
    struct hash network;
    uint64_t height;
    uint64_t seed;
};

enum err record_head_parse(struct bytes line, struct record_head *out) must_check;
void record_head_print(struct writer *text, const struct record_head *head);

#endif
