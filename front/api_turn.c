#include "front/api_turn.h"

#include "front/http_problem.h"
#include "front/media.h"
#include "front/query.h"
#include "proto/number.h"
#include "json/answer.h"

#include <stdio.h>
#include <stdlib.h>

/* Bodies and responses above it are read and written beside the loop: a few hundred microseconds.
 */
enum { INLINE_SIZE_MAX = 16 * 1024 };

/* ---- errors as statuses (RFC 9110 15) ---- */

unsigned turn_status_of(enum err err)
{
    static const struct {
        enum err err;
        unsigned status;
    } rows[] = {
        {ERR_OK, 200},
        {ERR_TOO_LARGE, 413},
        {ERR_NOT_FOUND, 404},
        /* What stands in the ledger is in the way. */
        {ERR_NUMBER_TAKEN, 409},
        {ERR_DUPLICATE, 409},
        {ERR_CLAIM_STANDS, 409},
        {ERR_CLAIM_ABSENT, 409},
        {ERR_TAC_STANDS, 409},
        {ERR_BALLOT_CAST, 409},
        {ERR_KEY_STANDS, 409},
        {ERR_NODE_VOTES, 409},
        {ERR_TIMEOUT, 504},
        {ERR_MEMORY, 503},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].err == err)
            return rows[i].status;
    }
    switch (err_kind(err)) {
    case ERR_KIND_INPUT: return 400;
    case ERR_KIND_REFUSED: return 422;
    case ERR_KIND_LIMIT: return 503;
    case ERR_KIND_BROKEN: break;
    }
    return 500;
}

const char *turn_detail(const struct turn *turn)
{
    const struct turn_refusal *refusal = &turn->refusal;
    return refusal->detail != NULL ? refusal->detail : err_sentence(refusal->err);
}

static const char *refuse_problem(struct turn *turn, unsigned status)
{
    const struct turn_refusal *refusal = &turn->refusal;
    json_t *problem =
        json_pack("{s:s, s:i, s:s, s:s}", "title", http_reason(status), "status", (int)status,
                  "error", err_name(refusal->err), "detail", turn_detail(turn));
    if (refusal->param[0] != '\0')
        json_object_set_new(problem, "param", answer_text(refusal->param));
    if (refusal->check_digit >= 0)
        json_object_set_new(problem, "check_digit", json_integer(refusal->check_digit));
    if (refusal->particulars != NULL)
        json_object_update_missing(problem, refusal->particulars);
    print_value(&turn->text, problem);
    return "application/problem+json";
}

/* ---- the end ---- */

static void turn_free(struct turn *turn)
{
    struct api *api = turn->api;
    api->batches -= turn->plan->is_batch;
    *turn->previous = turn->next;
    if (turn->next != NULL)
        turn->next->previous = turn->previous;
    json_decref(turn->refusal.particulars);
    json_decref(turn->value);
    print_free(&turn->text);
    free(turn->own);
    free(turn);
    if (api->is_closing && api->turns == NULL)
        free(api);
}

static void reply(struct turn *turn, unsigned status, const char *type)
{
    /* What is said of a device changes with every block. */
    bool is_kept = turn->plan->caches != NULL && turn->refusal.err == ERR_OK;
    struct http_response response = {
        .status = status,
        .content_type = status == 304 ? NULL : type,
        .body = print_view(&turn->text),
        .owned = turn->text.data,
        .fields = {{"cache-control", is_kept ? turn->plan->caches : "no-store"}},
    };
    turn->text.data = NULL;
    if (status == 429 || status == 503)
        response.fields[1] = (struct http_field){"retry-after", HTTP_RETRY_SECONDS};
    if (turn->plan->add_fields != NULL)
        turn->plan->add_fields(turn, response.fields + 2);
    http_answer(turn->http, &response);
    turn_free(turn);
}

static void refuse(struct turn *turn, enum err err)
{
    struct turn_refusal *refusal = &turn->refusal;
    refusal->err = err;
    unsigned status = refusal->status != 0 ? refusal->status : turn_status_of(err);
    print_free(&turn->text);
    turn->text = print_up_to(API_ANSWER_MAX);
    const char *type = turn->plan->refuse != NULL ? turn->plan->refuse(turn, status)
                                                  : refuse_problem(turn, status);
    if (turn->text.err == ERR_OK) {
        reply(turn, status, type);
        return;
    }
    http_answer_status(turn->http, 503);
    turn_free(turn);
}

/* ---- the way ---- */

static void ask(struct turn *turn);

/* One step on any thread: reads the request, or writes the node's response. */
static enum err step(struct turn *turn)
{
    turn->asks = false;
    if (turn->errand == NULL)
        return turn->plan->read(turn);
    struct reader reader = reader_over(errand_response(turn->errand));
    response_head_read(&reader, &turn->head);
    if (!reader_ok(&reader))
        return ERR_MEMORY; /* there was none for the response */
    if (turn->head.err != ERR_OK)
        return turn->head.err;
    enum err err = turn->plan->write(turn, &reader);
    return err == ERR_OK && reader_done(&reader) != ERR_OK ? ERR_INTERNAL : err;
}

static void go_on(struct turn *turn, enum err err)
{
    errand_drop(turn->errand);
    turn->errand = NULL;
    if (err == ERR_OK && turn->text.err != ERR_OK)
        err = turn->text.err;
    if (turn->api->is_closing)
        err = ERR_SHUTTING_DOWN;
    if (err != ERR_OK)
        refuse(turn, err);
    else if (turn->asks)
        ask(turn);
    else
        reply(turn, turn->status, turn->plan->gives);
}

static void on_work(uv_work_t *work)
{
    struct turn *turn = work->data;
    turn->worked = step(turn);
}

static void after_work(uv_work_t *work, int status)
{
    struct turn *turn = work->data;
    (void)status; /* nobody cancels it */
    turn->is_working = false;
    go_on(turn, turn->worked);
}

static void take_step(struct turn *turn, size_t size)
{
    turn->work.data = turn;
    if (size > INLINE_SIZE_MAX &&
        uv_queue_work(turn->api->loop, &turn->work, on_work, after_work) == 0)
        turn->is_working = true;
    else
        go_on(turn, step(turn));
}

static void on_answered(void *context)
{
    struct turn *turn = context;
    take_step(turn, errand_response(turn->errand).size);
}

static void ask(struct turn *turn)
{
    enum err err = asker_ask(turn->api->asker, &turn->request, on_answered, turn, &turn->errand);
    if (err != ERR_OK)
        refuse(turn, err);
}

/* ---- the beginning ---- */

static bool takes_body(const struct turn *turn)
{
    struct bytes type = turn->http->fields[HTTP_FIELD_CONTENT_TYPE];
    const char *const *takes = turn->plan->takes;
    if (takes == NULL)
        return true;
    while (*takes != NULL && !media_is(type, *takes))
        takes++;
    return *takes != NULL;
}

/* RFC 9110 15.5.7, 15.5.16. */
static enum err check_media(struct turn *turn)
{
    struct turn_refusal *refusal = &turn->refusal;
    if (!media_accepts(turn->http->fields[HTTP_FIELD_ACCEPT], turn->plan->gives)) {
        refusal->status = 406;
        refusal->detail = "this resource has no representation that Accept lets";
        return ERR_WRONG_TYPE;
    }
    if (!takes_body(turn)) {
        refusal->status = 415;
        refusal->detail = "this resource does not take a body of that Content-Type";
        return ERR_WRONG_TYPE;
    }
    return ERR_OK;
}

void turn_begin(struct api *api, const struct turn_plan *plan, struct http_request *http)
{
    struct turn *turn = calloc(1, sizeof *turn);
    if (turn == NULL) {
        http_answer_status(http, 503);
        return;
    }
    turn->api = api;
    turn->plan = plan;
    turn->http = http;
    turn->status = 200;
    turn->text = print_up_to(API_ANSWER_MAX);
    turn->refusal.check_digit = -1;
    turn->next = api->turns;
    turn->previous = &api->turns;
    if (turn->next != NULL)
        turn->next->previous = &turn->next;
    api->turns = turn;
    api->batches += plan->is_batch;
    enum err err = check_media(turn);
    if (err == ERR_OK && api->batches > API_BATCHES_MAX)
        err = ERR_BUSY;
    if (err == ERR_OK)
        take_step(turn, http->body.size);
    else
        refuse(turn, err);
}

void turns_end(struct api *api)
{
    struct turn *next;
    for (struct turn *turn = api->turns; turn != NULL; turn = next) {
        next = turn->next;
        if (!turn->is_working)
            go_on(turn, ERR_SHUTTING_DOWN);
    }
}

/* ---- parameters ---- */

enum err turn_wrong(struct turn *turn, enum err err, const char *param)
{
    snprintf(turn->refusal.param, sizeof turn->refusal.param, "%s", param);
    return err;
}

static bool take_word(const char *text, const char *const *words, uint64_t *out)
{
    for (*out = 0; words[*out] != NULL; (*out)++) {
        if (strcmp(words[*out], text) == 0)
            return true;
    }
    return false;
}

static bool take_bool(const char *text, bool *out)
{
    *out = strcmp(text, "false") != 0;
    return !*out || *text == '\0' || strcmp(text, "true") == 0;
}

static bool take_value(const struct param *param, const struct query_param *given)
{
    switch (param->form) {
    case PARAM_NUMBER: return number_parse(given->value, 0, param->max, param->out) == ERR_OK;
    case PARAM_WORD: return take_word(given->value, param->words, param->out);
    case PARAM_IMSI: return imsi_parse(given->value, given->value_size, param->out) == ERR_OK;
    case PARAM_BOOL: return take_bool(given->value, param->out);
    }
    return false;
}

static enum err take_param(struct turn *turn, const struct param *params, size_t count,
                           const struct query_param *given, unsigned *seen)
{
    size_t i = 0;
    while (i < count && strcmp(params[i].name, given->name) != 0)
        i++;
    if (i == count)
        return turn_wrong(turn, ERR_UNKNOWN_FIELD, given->name);
    if ((*seen & 1u << i) != 0 || !take_value(&params[i], given))
        return turn_wrong(turn, ERR_OUT_OF_RANGE, given->name);
    *seen |= 1u << i;
    if (params[i].is_given != NULL)
        *params[i].is_given = true;
    return ERR_OK;
}

enum err turn_params(struct turn *turn, const struct param *params, size_t count)
{
    struct query query = query_over(turn->http->query);
    struct query_param given;
    unsigned seen = 0;
    while (query_next(&query, &given)) {
        enum err err = take_param(turn, params, count, &given, &seen);
        if (err != ERR_OK)
            return err;
    }
    return query.err == ERR_TOO_LARGE ? ERR_OUT_OF_RANGE : query.err;
}

enum err turn_segment(struct turn *turn, size_t index, char *out, size_t size_max, size_t *size)
{
    enum err err = percent_decode(turn->http->params[index], out, size_max, size);
    return err == ERR_TOO_LARGE ? ERR_OUT_OF_RANGE : err;
}
