/*
 * imsi.h: what an IMSI is (3GPP TS 23.003 clause 2.2).
 *
 * MCC (3), MNC (2 or 3) and MSIN: digits, at most 15. It names a subscriber: it is never written to
 * the ledger, to a log or to another node.
 */
#ifndef PROTO_IMSI_H
#define PROTO_IMSI_H

#include "proto/bytes.h"
#include "proto/err.h"

#define IMSI_DIGITS_MIN 5 /* as the Supi of TS 29.571 has them */
#define IMSI_DIGITS_MAX 15

/* Terminated digits; none: the empty text. */
struct imsi {
    char digits[IMSI_DIGITS_MAX + 1];
};

/* Digits and nothing else. ERR_OUT_OF_RANGE for their number, ERR_BAD_TEXT for another byte; `out`
 * is empty then. */
enum err imsi_parse(const char *text, size_t size, struct imsi *out) must_check;

static inline bool imsi_is_given(const struct imsi *imsi)
{
    return imsi->digits[0] != '\0';
}

#endif
