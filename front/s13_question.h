/*
 * s13_question.h: what an ME-Identity-Check request asks (3GPP TS 29.272 clause 6).
 *
 * The values of its AVPs as they came, and the one question that they are, or the AVP that is
 * missing or wrong. A pure function, for the fuzzer too.
 */
#ifndef FRONT_S13_QUESTION_H
#define FRONT_S13_QUESTION_H

#include "eir/question.h"

/* An AVP's value: somebody else's bytes. */
struct s13_value {
    bool is_given;
    struct bytes bytes;
};

struct s13_values {
    bool has_terminal; /* Terminal-Information, 7.3.3 */
    struct s13_value imei;
    struct s13_value software_version;
    struct s13_value user_name; /* the IMSI */
};

/* Where a request is wrong. */
enum s13_part {
    S13_PART_NONE,
    S13_PART_TERMINAL,
    S13_PART_IMEI,
    S13_PART_SOFTWARE_VERSION,
    S13_PART_USER_NAME
};

/* Result-Codes of RFC 6733 clause 7.1.5. */
enum s13_code { S13_INVALID_AVP_VALUE = 5004, S13_MISSING_AVP = 5005 };

struct s13_fault {
    enum s13_part part;
    enum s13_code code;
};

/*
 * IMEI: 14, 15 or 16 digits, of which the fifteenth of fifteen says nothing. Software-Version: two
 * digits; it goes before those of an IMEISV, and the reserved 99 is none. User-Name: 5 to 15
 * digits. False with `fault` when something is missing or another thing than that.
 */
bool s13_question(const struct s13_values *values, struct question *out,
                  struct s13_fault *fault) must_check;

#endif
