#include "front/http_problem.h"

#include "proto/invariant.h"
#include "proto/writer.h"

#include <stdio.h>

enum { PROBLEM_SIZE_MAX = 768 };

/* RFC 9110 15, RFC 6585. */
static const struct {
    unsigned status;
    const char *reason;
    const char *cause; /* of what the server answers by itself */
    const char *detail;
} rows[] = {
    {200, "OK", NULL, NULL},
    {201, "Created", NULL, NULL},
    {202, "Accepted", NULL, NULL},
    {204, "No Content", NULL, NULL},
    {304, "Not Modified", NULL, NULL},
    {400, "Bad Request", "INVALID_MSG_FORMAT", "not a well-formed request"},
    {401, "Unauthorized", NULL, NULL},
    {403, "Forbidden", NULL, NULL},
    {404, "Not Found", "RESOURCE_URI_STRUCTURE_NOT_FOUND", "no such resource"},
    {405, "Method Not Allowed", NULL, "the field Allow says which methods there are"},
    {406, "Not Acceptable", NULL, NULL},
    {408, "Request Timeout", NULL, "the request did not come in time"},
    {409, "Conflict", NULL, NULL},
    {413, "Content Too Large", NULL, "the body is larger than this resource takes"},
    {414, "URI Too Long", NULL, "path and query are longer than this server takes"},
    {415, "Unsupported Media Type", NULL, NULL},
    {422, "Unprocessable Content", NULL, NULL},
    {429, "Too Many Requests", "NF_CONGESTION_RISK", "too many requests by this connection"},
    {431, "Request Header Fields Too Large", NULL, "more fields than this server takes"},
    {500, "Internal Server Error", "SYSTEM_FAILURE", NULL},
    {503, "Service Unavailable", "NF_CONGESTION", "too many requests are under way"},
    {504, "Gateway Timeout", NULL, NULL},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0] };

static size_t row_of(unsigned status)
{
    size_t i = 0;
    while (i < ROW_COUNT && rows[i].status != status)
        i++;
    return i;
}

const char *http_reason(unsigned status)
{
    size_t row = row_of(status);
    return row < ROW_COUNT ? rows[row].reason : "";
}

static void put_member(struct writer *writer, const char *name, const char *value)
{
    if (value == NULL)
        return;
    writer_text(writer, ",\"");
    writer_text(writer, name);
    writer_text(writer, "\":\"");
    writer_text(writer, value);
    writer_text(writer, "\"");
}

static void write_problem(struct writer *writer, const struct http_problem *problem)
{
    char status[16];
    snprintf(status, sizeof status, "%u", problem->status);
    writer_text(writer, "{\"title\":\"");
    writer_text(writer, http_reason(problem->status));
    writer_text(writer, "\",\"status\":");
    writer_text(writer, status);
    put_member(writer, "detail", problem->detail);
    put_member(writer, "cause", problem->cause);
    if (problem->param != NULL) {
        writer_text(writer, ",\"invalidParams\":[{\"param\":\"");
        writer_text(writer, problem->param);
        writer_text(writer, "\"");
        put_member(writer, "reason", problem->reason);
        writer_text(writer, "}]");
    }
    writer_text(writer, "}");
}

void http_answer_problem(struct http_request *request, const struct http_problem *problem)
{
    uint8_t text[PROBLEM_SIZE_MAX];
    struct writer writer = writer_over(text, sizeof text);
    write_problem(&writer, problem);
    invariant(writer_ok(&writer)); /* the program's own texts */
    struct http_response response = {
        .status = problem->status,
        .content_type = "application/problem+json",
        .body = writer_view(&writer),
        .fields = {problem->fields[0], problem->fields[1]},
    };
    if (problem->status == 429 || problem->status == 503)
        response.fields[2] = (struct http_field){"retry-after", HTTP_RETRY_SECONDS};
    http_answer(request, &response);
}

void http_answer_status(struct http_request *request, unsigned status)
{
    size_t row = row_of(status);
    invariant(row < ROW_COUNT);
    struct http_problem problem = {
        .status = status, .cause = rows[row].cause, .detail = rows[row].detail};
    http_answer_problem(request, &problem);
}
