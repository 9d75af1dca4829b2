/*
 * ecr.h: an ME-Identity-Check-Request on freeDiameter, and its answer (3GPP TS 29.272 clause 7.2.19
 * and 7.2.20; the application S13, which S13' shares).
 *
 * Each request that `take` is handed is answered once, by one of the functions that do; then it is
 * gone. Threads: any, one at a time for each request. They may wait while freeDiameter's queue of
 * messages that go out is full.
 */
#ifndef FRONT_ECR_H
#define FRONT_ECR_H

#include "eir/decision.h"
#include "front/s13_question.h"

struct ecr;

/* Makes the application and the command known to freeDiameter. Once a process, after its
 * dictionaries were loaded and before it starts. `take` runs on freeDiameter's threads and does not
 * wait. ERR_INTERNAL when freeDiameter refuses. */
enum err ecr_register(void (*take)(struct ecr *ecr)) must_check;

/* Views into the request, valid until it is answered. */
void ecr_values(struct ecr *ecr, struct s13_values *out);

/* Result-Code 2001 with the Equipment-Status, or the Experimental-Result 5422 for VERDICT_UNKNOWN.
 */
void ecr_answer(struct ecr *ecr, enum verdict verdict);

/* With Failed-AVP. */
void ecr_refuse(struct ecr *ecr, const struct s13_fault *fault);

/* Result-Codes without an AVP, RFC 6733 clauses 7.1.3 and 7.1.5. */
enum ecr_trouble { ECR_TOO_BUSY = 3004, ECR_UNABLE_TO_COMPLY = 5012 };
void ecr_fail(struct ecr *ecr, enum ecr_trouble trouble);

#endif
