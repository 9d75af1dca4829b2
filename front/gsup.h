/*
 * gsup.h: the messages of Osmocom's Generic Subscriber Update Protocol that concern an IMEI.
 *
 *   type (1) | IMSI element | elements in any order       element: tag (1) | size (1) | value
 *
 * Of a type the two low bits say what it is: 00 a request, 01 an error, 10 a result. An MSC or an
 * SGSN asks with CHECK-IMEI-REQUEST and knows its answer again by the IMSI. Source: the GSUP
 * chapter of OsmoHLR's manual, and what OsmoHLR 1.5 answers.
 *
 * No I/O. Threads: any. What is read are views into the message.
 */
#ifndef FRONT_GSUP_H
#define FRONT_GSUP_H

#include "proto/imei.h"
#include "proto/imsi.h"
#include "proto/reader.h"
#include "proto/writer.h"

#define GSUP_MESSAGE_SIZE_MAX 512 /* of an answer: larger than each that can be written */

enum gsup_type {
    GSUP_CHECK_IMEI_REQUEST = 0x30,
    GSUP_CHECK_IMEI_ERROR = 0x31,
    GSUP_CHECK_IMEI_RESULT = 0x32,
};

/* Causes of TS 24.008 10.5.5.14, as GSUP has them. */
enum gsup_cause {
    GSUP_CAUSE_NONE = 0,
    GSUP_CAUSE_NETWORK_FAILURE = 17,
    GSUP_CAUSE_BAD_MANDATORY = 96, /* missing, or of a wrong length, or not digits */
    GSUP_CAUSE_UNKNOWN_TYPE = 97,
    GSUP_CAUSE_BAD_ELEMENT = 100,
    GSUP_CAUSE_PROTOCOL_ERROR = 111, /* elements that do not fill the message */
};

/* Elements that come back with the answer, so that it finds its way through Osmocom's proxies: see
 * the table in gsup.c. */
#define GSUP_RETURNED_COUNT 5

struct gsup_message {
    uint8_t type;
    struct imsi imsi;
    struct bytes imsi_bcd; /* as it came */
    struct imei imei;      /* of a CHECK-IMEI-REQUEST */
    struct bytes returned[GSUP_RETURNED_COUNT];
};

/*
 * True: `out` wants an answer, a result when `cause` is GSUP_CAUSE_NONE, else an error with that
 * cause. False: it wants none, for it is no request, or it has no IMSI by which its sender would
 * know the answer again.
 */
bool gsup_read(struct bytes input, struct gsup_message *out, enum gsup_cause *cause) must_check;

void gsup_write_result(struct writer *writer, const struct gsup_message *request, bool is_refused);
void gsup_write_error(struct writer *writer, const struct gsup_message *request,
                      enum gsup_cause cause);

#endif
