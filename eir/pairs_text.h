/*
 * pairs_text.h: pairs of device and subscriber as CSV: a head line imei,imsi or imei,imsi,msisdn,
 * then a pair a line. An IMEI has 14, 15 (the check digit is held) or 16 digits, an MSISDN at most
 * 15.
 */
#ifndef EIR_PAIRS_TEXT_H
#define EIR_PAIRS_TEXT_H

#include "conf/document.h"
#include "proto/imei.h"
#include "proto/imsi.h"

#define MSISDN_DIGITS_MAX 15

struct pairs_row {
    struct imei imei;
    struct imsi imsi;
    char msisdn[MSISDN_DIGITS_MAX + 1]; /* empty: none */
};

struct pairs_text {
    struct bytes left;
    unsigned line;
    bool has_msisdn;
    enum err err; /* ERR_CONFIG: with the complaint */
    struct complaint *complaint;
};

/* Reads the head line; `complaint` is the caller's for as long as the rest is read. */
struct pairs_text pairs_text_open(struct bytes text, struct complaint *complaint);
/* The next pair; false at the end and after an error: ask `err`. */
bool pairs_text_next(struct pairs_text *text, struct pairs_row *out);

#endif
