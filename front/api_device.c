#include "front/api_device.h"

#include "proto/cbor.h"
#include "json/answer.h"

#include <stdlib.h>

/* More than any IMEI has: longer ones are told that they have the wrong length. */
enum { IMEI_GIVEN_MAX = 64 };

/* ---- check ---- */

static enum err read_check(struct turn *turn)
{
    char text[IMEI_GIVEN_MAX + 1];
    size_t size;
    struct imei_parsed parsed;
    uint64_t fresh_ms = 0;
    bool explain = false;
    struct imsi imsi = {{0}};
    const struct param params[] = {
        {.name = "fresh_ms", .form = PARAM_NUMBER, .out = &fresh_ms, .max = API_WAIT_MAX_MS},
        {.name = "explain", .form = PARAM_BOOL, .out = &explain},
        {.name = "imsi", .form = PARAM_IMSI, .out = &imsi},
    };
    enum err err = turn_params(turn, params, sizeof params / sizeof params[0]);
    if (err == ERR_OK)
        err = turn_segment(turn, 0, text, IMEI_GIVEN_MAX, &size);
    if (err != ERR_OK)
        return err;
    enum err wrong = imei_parse(text, size, IMEI_FROM_PERSON, &parsed);
    if (wrong != ERR_OK) {
        /* That it is no IMEI is an answer, as good as any. */
        int right = wrong == ERR_IMEI_CHECK ? parsed.check_right : -1;
        print_value(&turn->text, answer_invalid(text, wrong, right));
        return ERR_OK;
    }
    turn->request = (struct request){
        .kind = REQUEST_CHECK,
        .imei_count = 1,
        .imeis = {parsed.imei},
        .explain = explain,
        .imsi = imsi,
        .fresh_ms = (uint32_t)fresh_ms,
    };
    turn->asks = true;
    return ERR_OK;
}

static enum err write_check(struct turn *turn, struct reader *body)
{
    struct check_answer *device = malloc(sizeof *device);
    if (device == NULL)
        return ERR_MEMORY;
    if (cbor_array(body) != 1)
        reader_fail(body, ERR_OUT_OF_RANGE);
    check_answer_read(body, device);
    if (reader_ok(body)) {
        json_t *value = answer_device(device);
        answer_add_head(value, &turn->head);
        answer_add_fresh(value, &turn->request);
        print_value(&turn->text, value);
    }
    free(device);
    return ERR_OK;
}

const struct turn_plan api_check_plan = {
    .scope = API_SCOPE,
    .gives = "application/json",
    .read = read_check,
    .write = write_check,
};

/* ---- history ---- */

static enum err read_history(struct turn *turn)
{
    char text[IMEI_GIVEN_MAX + 1];
    size_t size;
    struct imei_parsed parsed;
    uint64_t fresh_ms = 0;
    uint64_t after = 0;
    bool has_after = false;
    const struct param params[] = {
        {.name = "fresh_ms", .form = PARAM_NUMBER, .out = &fresh_ms, .max = API_WAIT_MAX_MS},
        {.name = "after",
         .form = PARAM_NUMBER,
         .out = &after,
         .max = INT64_MAX,
         .is_given = &has_after},
    };
    enum err err = turn_params(turn, params, sizeof params / sizeof params[0]);
    if (err == ERR_OK)
        err = turn_segment(turn, 0, text, IMEI_GIVEN_MAX, &size);
    if (err != ERR_OK)
        return err;
    err = imei_parse(text, size, IMEI_FROM_PERSON, &parsed);
    if (err == ERR_IMEI_CHECK)
        turn->refusal.check_digit = parsed.check_right;
    if (err != ERR_OK)
        return turn_wrong(turn, err, "imei");
    turn->request = (struct request){
        .kind = REQUEST_HISTORY,
        .imei_count = 1,
        .imeis = {parsed.imei},
        .from_start = !has_after,
        .after = after,
        .fresh_ms = (uint32_t)fresh_ms,
    };
    turn->asks = true;
    return ERR_OK;
}

static void print_history(struct turn *turn, const struct history_answer *page)
{
    char digits[IMEI_TEXT_SIZE + 1];
    imei_format(turn->request.imeis[0], digits);
    json_t *events = json_array();
    for (size_t i = 0; i < page->count; i++)
        json_array_append_new(events, answer_history_row(&page->rows[i]));
    json_t *next = page->more && page->count > 0
                       ? json_integer((json_int_t)page->rows[page->count - 1].index)
                       : json_null();
    json_t *value = json_pack("{s:s, s:o, s:o}", "imei", digits, "events", events, "next", next);
    answer_add_head(value, &turn->head);
    answer_add_fresh(value, &turn->request);
    print_value(&turn->text, value);
}

static enum err write_history(struct turn *turn, struct reader *body)
{
    struct history_answer *page = malloc(sizeof *page);
    if (page == NULL)
        return ERR_MEMORY;
    history_answer_read(body, page);
    if (reader_ok(body))
        print_history(turn, page);
    free(page);
    return ERR_OK;
}

const struct turn_plan api_history_plan = {
    .scope = API_SCOPE,
    .gives = "application/json",
    .read = read_history,
    .write = write_history,
};
