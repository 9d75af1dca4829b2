/*
 * imei.h: what an IMEI is (3GPP TS 23.003 clause 6 and annex B).
 *
 * The identity is the 14 digits TAC (8) + SNR (6). The check digit is computed, never stored; an
 * IMEISV's software version is kept beside the identity and is not part of it.
 */
#ifndef PROTO_IMEI_H
#define PROTO_IMEI_H

#include "proto/bytes.h"
#include "proto/err.h"

#define IMEI_SERIALS      1000000u                  /* serial numbers of a TAC: 0..999999 */
#define IMEI_TACS         100000000u                /* type allocation codes: 0..99999999 */
#define IMEI_VALUES       UINT64_C(100000000000000) /* 10^14, below 2^47 */
#define IMEI_DIGITS       14
#define IMEI_TEXT_SIZE    15 /* 14 digits and the check digit, without the terminator */
#define TAC_DIGITS        8
#define IMEI_SVN_NONE     (-1)
#define IMEI_SVN_RESERVED 99 /* TS 23.003 6.2.2 */

/* TAC * 10^6 + SNR. */
struct imei {
    uint64_t value;
};

/* Where the digits come from decides what a fifteenth digit means. */
enum imei_source {
    IMEI_FROM_PERSON,  /* typed or in a file: the fifteenth digit must be the Luhn check digit */
    IMEI_FROM_NETWORK, /* sent by a device: the fifteenth is a spare 0 or Luhn, and is ignored */
};

struct imei_parsed {
    struct imei imei;
    int svn;         /* 0..99 from a 16-digit IMEISV, else IMEI_SVN_NONE */
    int check_given; /* the fifteenth digit as given, else -1 */
    int check_right; /* the right check digit; -1 when the digits could not be read */
};

/*
 * Parses 14, 15 or 16 digits and nothing else (no blanks, no separators).
 * ERR_IMEI_LENGTH, ERR_IMEI_DIGIT (also for the BCD signs * # a b c), ERR_IMEI_CHECK (a person's
 * fifteenth digit is wrong), ERR_IMEI_SVN (software version 99). With the last two `out` is filled
 * all the same: the identity is known, and whoever may answer for it all the same can.
 */
enum err imei_parse(const char *text, size_t size, enum imei_source source,
                    struct imei_parsed *out) must_check;

/* Exactly eight digits. ERR_IMEI_LENGTH, ERR_IMEI_DIGIT. */
enum err tac_parse(const char *text, size_t size, uint32_t *tac) must_check;

/* The Luhn check digit of the 14 digits, TS 23.003 annex B.2. */
int imei_check_digit(struct imei imei);

/* Writes 15 digits (with the check digit) and a terminator: 16 bytes. */
void imei_format(struct imei imei, char text[IMEI_TEXT_SIZE + 1]);

/* Writes the 14 digits and a terminator: 15 bytes. */
void imei_format14(struct imei imei, char text[IMEI_DIGITS + 1]);

/* Writes eight digits and a terminator: 9 bytes. */
void tac_format(uint32_t tac, char text[TAC_DIGITS + 1]);

static inline uint32_t imei_tac(struct imei imei)
{
    return (uint32_t)(imei.value / IMEI_SERIALS);
}

static inline uint32_t imei_serial(struct imei imei)
{
    return (uint32_t)(imei.value % IMEI_SERIALS);
}

static inline struct imei imei_of(uint32_t tac, uint32_t serial)
{
    return (struct imei){(uint64_t)tac * IMEI_SERIALS + serial};
}

/* The reporting body identifier: the first two digits of the TAC. */
static inline uint32_t tac_reporting_body(uint32_t tac)
{
    return tac / 1000000u;
}

#endif
