/*
 * reason.h: the reason codes of the GSMA device registry (domain notes, section 3).
 */
#ifndef PROTO_REASON_H
#define PROTO_REASON_H

#include "proto/bytes.h"
#include "proto/err.h"

/* X(name, code, word, for_raising, for_lifting, sentence) */
#define REASON_TABLE(X)                                                                            \
    X(FAULTY, 10, "faulty", true, false, "faulty or non-compliant device")                         \
    X(STOLEN, 11, "stolen", true, false, "stolen or lost")                                         \
    X(FOUND, 14, "found", false, true, "found or returned")                                        \
    X(DUPLICATED, 16, "duplicated", true, false, "duplicated IMEI")                                \
    X(REPAIRED, 18, "repaired", false, true, "repaired")                                           \
    X(AGED, 22, "aged", false, true, "aged out")                                                   \
    X(THIRD_PARTY, 23, "third-party", true, true, "at a third party's request")                    \
    X(FRAUD, 26, "fraud", true, false, "obtained by fraud")                                        \
    X(COURT, 28, "court", true, true, "by order of a court")

enum reason {
    REASON_NONE = 0,
#define X(name, code, word, for_raising, for_lifting, sentence) REASON_##name = (code),
    REASON_TABLE(X)
#undef X
};

struct reason_row {
    enum reason reason;
    bool for_raising; /* fits a statement that raises a claim */
    bool for_lifting; /* fits a statement that lifts one */
    const char *word; /* what a person types and reads */
    const char *sentence;
};

/* The row of a code; NULL when unknown. */
const struct reason_row *reason_row(unsigned long code);

/* A word of the table, or the code in digits with or without leading zeroes ("stolen", "11",
 * "0011"). ERR_OUT_OF_RANGE. */
enum err reason_parse(const char *text, enum reason *out) must_check;

/* All rows in order of their codes, for help and completion. */
const struct reason_row *reason_rows(size_t *count);

#endif
