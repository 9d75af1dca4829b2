/*
 * http_problem.h: an answer that says what went wrong: application/problem+json, RFC 9457 as TS
 * 29.571 ProblemDetails has it, with the causes of TS 29.500 clause 5.2.7.2.
 */
#ifndef FRONT_HTTP_PROBLEM_H
#define FRONT_HTTP_PROBLEM_H

#include "front/http.h"

#define HTTP_RETRY_SECONDS "1" /* Retry-After of 429 and 503 */

/* All texts are the program's own: nothing from outside, no quotation marks, no control bytes. */
struct http_problem {
    unsigned status;
    const char *cause;  /* NULL: the status has none */
    const char *detail; /* for a person; NULL: the status says it all */
    const char *param;  /* the parameter that is wrong, with `reason`; NULL: none */
    const char *reason;
    struct http_field fields[2]; /* further ones of the response; those with a name */
};

/* 429 and 503 have Retry-After by themselves. */
void http_answer_problem(struct http_request *request, const struct http_problem *problem);

/* What the server answers by itself: 400, 404, 408, 413, 414, 429, 431, 500, 503. */
void http_answer_status(struct http_request *request, unsigned status);

/* "Not Found"; "" for a status that is not known here. */
const char *http_reason(unsigned status);

#endif
