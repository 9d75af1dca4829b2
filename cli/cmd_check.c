#include "cli/ask.h"
#include "cli/command.h"
#include "cli/devices.h"
#include "cli/list_file.h"
#include "cli/memory.h"
#include "cli/show.h"
#include "proto/cbor.h"
#include "json/answer.h"
#include "json/text.h"

#include <stdlib.h>

enum { TEXT_SIZE_MAX = 40 };

/* What a person gave: an IMEI, or something else. */
struct query {
    char text[TEXT_SIZE_MAX + 1]; /* as given, fit to be shown */
    enum err err;
    int check_right;
    struct imei imei;
};

/* Devices are asked about and shown in chunks of one question. */
struct run {
    struct tool *tool;
    struct query *queries;
    size_t count;
    size_t shown;
    struct imsi imsi; /* --imsi, or empty */
    bool is_list;     /* several devices: a table, or an array */
    bool says_no;
};

static const struct field record[] = {
    {"IMEI", "imei", SHOW_PLAIN},       {"Status", "status", SHOW_STATUS},
    {"Why", "sentence", SHOW_PLAIN},    {"Right digit", "check_digit", SHOW_PLAIN},
    {"TAC", "tac.code", SHOW_PLAIN},    {"Brand", "tac.brand", SHOW_PLAIN},
    {"Model", "tac.model", SHOW_PLAIN}, {"Allocated by", "tac.organisation", SHOW_PLAIN},
};
static const struct field freshness[] = {
    {"As of height", "height", SHOW_PLAIN},
    {"Age", "age_ms", SHOW_AGE},
    {"Fresh", "fresh", SHOW_PLAIN},
};
static const struct field claims[] = {
    {"CLAIM", "kind", SHOW_PLAIN},      {"REASON", "reason", SHOW_PLAIN},
    {"BY", "organisation", SHOW_PLAIN}, {"COUNTRY", "country", SHOW_PLAIN},
    {"SINCE", "time_ms", SHOW_TIME},    {"STATED", "issued_at_ms", SHOW_TIME},
    {"HEIGHT", "height", SHOW_AMOUNT},  {"ON", "on", SHOW_PLAIN},
};
static const struct field decision[] = {
    {"Rule", "rule", SHOW_PLAIN},
    {"That is", "rule_sentence", SHOW_PLAIN},
};
static const struct field steps[] = {
    {"STEP", "rule", SHOW_PLAIN},       {"OUTCOME", "outcome", SHOW_PLAIN},
    {"SAYS", "verdict", SHOW_STATUS},   {"CLAIM", "kind", SHOW_PLAIN},
    {"REASON", "reason", SHOW_PLAIN},   {"BY", "organisation", SHOW_PLAIN},
    {"COUNTRY", "country", SHOW_PLAIN}, {"POLICY LINE", "line", SHOW_AMOUNT},
    {"DAYS LEFT", "days", SHOW_AMOUNT},
};
static const struct field columns[] = {
    {"IMEI", "imei", SHOW_PLAIN},       {"STATUS", "status", SHOW_STATUS},
    {"TAC", "tac.code", SHOW_PLAIN},    {"BRAND", "tac.brand", SHOW_PLAIN},
    {"MODEL", "tac.model", SHOW_PLAIN}, {"WHY", "why", SHOW_PLAIN},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static struct query query_of(const char *text, size_t size)
{
    struct query query = {.check_right = -1};
    struct imei_parsed parsed;
    query.err = imei_take(text, size, &parsed);
    query.imei = parsed.imei;
    if (query.err == ERR_IMEI_CHECK)
        query.check_right = parsed.check_right;
    text_clean(text, size, query.text, TEXT_SIZE_MAX);
    return query;
}

/* "block stolen by operator.example (SE)", or what is wrong with the digits: for a row of a table.
 */
static json_t *why(const json_t *device)
{
    json_t *summaries = json_array();
    if (json_is_false(json_object_get(device, "valid")))
        json_array_append(summaries, json_object_get(device, "sentence"));
    size_t index;
    const json_t *claim;
    json_array_foreach(json_object_get(device, "claims"), index, claim)
    {
        const char *reason = json_string_value(json_object_get(claim, "reason"));
        json_array_append_new(
            summaries,
            json_sprintf("%s%s%s by %s (%s)", json_string_value(json_object_get(claim, "kind")),
                         reason != NULL ? " " : "", reason != NULL ? reason : "",
                         json_string_value(json_object_get(claim, "organisation")),
                         json_string_value(json_object_get(claim, "country"))));
    }
    return summaries;
}

/* Fills in the answers for the valid ones of the chunk: as many questions as it takes. */
static enum exit_code ask_chunk(struct run *run, json_t *answers)
{
    struct request *request = memory_new(sizeof *request);
    struct check_answer *device = memory_new(sizeof *device);
    request->kind = REQUEST_CHECK;
    request->explain = tool_has(run->tool, OPTION_EXPLAIN);
    request->imsi = run->imsi;
    for (size_t i = 0; i < run->count; i++) {
        if (run->queries[i].err == ERR_OK)
            request->imeis[request->imei_count++] = run->queries[i].imei;
    }
    enum exit_code code = ask_fresh(run->tool, request);
    while (code == EXIT_DONE && request->imei_count > 0) {
        struct answer answer;
        code = ask(run->tool, request, &answer);
        if (code != EXIT_DONE)
            break;
        size_t count = cbor_array(&answer.body);
        if (count == 0 || count > request->imei_count)
            reader_fail(&answer.body, ERR_OUT_OF_RANGE);
        for (size_t i = 0; reader_ok(&answer.body) && i < count; i++) {
            check_answer_read(&answer.body, device);
            if (!reader_ok(&answer.body) || device->imei.value != request->imeis[i].value)
                break;
            json_t *value = answer_device(device);
            answer_add_head(value, &answer.head);
            answer_add_fresh(value, request);
            json_array_append_new(answers, value);
            run->says_no |= device->verdict == VERDICT_BLACK;
        }
        code = ask_done(run->tool, &answer);
        if (code != EXIT_DONE)
            break;
        request->imei_count -= count;
        memmove(request->imeis, request->imeis + count,
                request->imei_count * sizeof request->imeis[0]);
    }
    free(device);
    free(request);
    return code;
}

/* All of the chunk in the order of the questions. */
static json_t *merge(struct run *run, json_t *answers)
{
    json_t *all = json_array();
    size_t next = 0;
    for (size_t i = 0; i < run->count; i++) {
        const struct query *query = &run->queries[i];
        if (query->err == ERR_OK) {
            json_array_append(all, json_array_get(answers, next++));
            continue;
        }
        json_array_append_new(all, answer_invalid(query->text, query->err, query->check_right));
        run->says_no = true;
    }
    return all;
}

static enum exit_code show_steps(struct tool *tool, const json_t *device)
{
    fputc('\n', tool->out);
    show_record(tool, decision, COUNT(decision), device);
    fputc('\n', tool->out);
    enum exit_code code =
        show_table(tool, steps, COUNT(steps), json_object_get(device, "steps"), true);
    if (json_is_true(json_object_get(device, "more_steps")))
        fputs("and more\n", tool->out);
    return code;
}

static enum exit_code show_one(struct run *run, json_t *device)
{
    struct tool *tool = run->tool;
    if (tool_has(tool, OPTION_JSON))
        return show_json(tool, device);
    show_record(tool, record, COUNT(record), device);
    const json_t *list = json_object_get(device, "claims");
    enum exit_code code = EXIT_DONE;
    if (json_is_true(json_object_get(device, "valid")))
        show_record(tool, freshness, COUNT(freshness), device);
    if (json_array_size(list) > 0) {
        fputc('\n', tool->out);
        code = show_table(tool, claims, COUNT(claims), list, true);
    }
    if (json_is_true(json_object_get(device, "more_claims")))
        fputs("and more\n", tool->out);
    if (code == EXIT_DONE && json_object_get(device, "steps") != NULL)
        code = show_steps(tool, device);
    return code;
}

/* An array that is written as it comes; a failure on the way is its last element. */
static enum exit_code show_elements(struct run *run, const json_t *devices)
{
    FILE *out = run->tool->out;
    for (size_t i = 0; i < json_array_size(devices); i++) {
        fputs(run->tool->before_failure != NULL ? run->tool->before_failure : "[\n", out);
        run->tool->before_failure = ",\n";
        if (json_dumpf(json_array_get(devices, i), out, JSON_INDENT(2)) != 0)
            return tool_failed(run->tool, ERR_IO, "writing the answer");
    }
    return EXIT_DONE;
}

static enum exit_code show_many(struct run *run, json_t *devices)
{
    if (tool_has(run->tool, OPTION_JSON))
        return show_elements(run, devices);
    for (size_t i = 0; i < json_array_size(devices); i++) {
        json_t *device = json_array_get(devices, i);
        json_object_set_new(device, "why", why(device));
    }
    return show_table(run->tool, columns, COUNT(columns), devices, run->shown == 0);
}

static enum exit_code run_chunk(struct run *run)
{
    json_t *answers = json_array();
    enum exit_code code = ask_chunk(run, answers);
    if (code == EXIT_DONE) {
        json_t *all = merge(run, answers);
        code = run->is_list ? show_many(run, all) : show_one(run, json_array_get(all, 0));
        json_decref(all);
    }
    json_decref(answers);
    run->shown += run->count;
    run->count = 0;
    return code;
}

static enum exit_code add(struct run *run, const char *text, size_t size)
{
    run->queries[run->count++] = query_of(text, size);
    return run->count == CHECK_IMEIS_MAX ? run_chunk(run) : EXIT_DONE;
}

static enum exit_code add_list(void *context, struct list *list)
{
    struct run *run = context;
    enum exit_code code = EXIT_DONE;
    struct list_row row;
    while (code == EXIT_DONE && list_next(list, &row))
        code = add(run, (const char *)row.imei.data, row.problem == NULL ? row.imei.size : 0);
    return code;
}

static enum exit_code add_file(struct run *run, const char *path)
{
    return list_file_read(run->tool, path, add_list, run);
}

static bool is_input(const char *operand)
{
    return strcmp(operand, "-") == 0;
}

static enum exit_code run_all(struct run *run)
{
    const struct arguments *arguments = &run->tool->arguments;
    enum exit_code code = EXIT_DONE;
    for (size_t i = 0; code == EXIT_DONE && i < arguments->operand_count; i++) {
        const char *text = arguments->operands[i];
        code = is_input(text) ? add_file(run, text) : add(run, text, strlen(text));
    }
    if (code == EXIT_DONE && tool_has(run->tool, OPTION_FILE))
        code = add_file(run, tool_value(run->tool, OPTION_FILE));
    if (code == EXIT_DONE && run->count > 0)
        code = run_chunk(run);
    return code;
}

enum exit_code cmd_check(struct tool *tool)
{
    const struct arguments *arguments = &tool->arguments;
    struct run run = {
        .tool = tool,
        .is_list = arguments->operand_count > 1 || tool_has(tool, OPTION_FILE) ||
                   (arguments->operand_count == 1 && is_input(arguments->operands[0])),
    };
    if (arguments->operand_count == 0 && !run.is_list)
        return tool_misused(tool, "Name devices, or a list with --file.", "check what?");
    const char *imsi = tool_value(tool, OPTION_IMSI);
    if (imsi != NULL && imsi_parse(imsi, strlen(imsi), &run.imsi) != ERR_OK)
        return tool_misused(tool, "Give the 5 to 15 digits of a SIM.", "'%s' is no IMSI", imsi);
    run.queries = memory_new(CHECK_IMEIS_MAX * sizeof run.queries[0]);
    enum exit_code code = run_all(&run);
    free(run.queries);
    if (tool->before_failure != NULL)
        fputs("\n]\n", tool->out);
    else if (code == EXIT_DONE && run.is_list && tool_has(tool, OPTION_JSON))
        fputs("[]\n", tool->out);
    if (code != EXIT_DONE)
        return code;
    return run.says_no ? EXIT_NO : EXIT_DONE;
}
