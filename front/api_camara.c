#include "front/api_camara.h"

#include "proto/cbor.h"
#include "json/answer.h"
#include "json/body.h"
#include "json/times.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Of the header x-correlator, "^[a-zA-Z0-9-_:;.\/<>{}]{0,256}$". */
enum { CORRELATOR_MAX = 256 };

struct camara {
    char correlator[CORRELATOR_MAX + 1];
};

/* ---- what a block is called ---- */

/* In the order of the document's "Status Determination Logic": of several the first counts. A lost
 * device and a stolen one have one reason code. */
static const struct {
    enum reason reason;
    const char *status;
} statuses[] = {
    {REASON_NONE, "blocked"},           {REASON_THIRD_PARTY, "blocked"}, {REASON_FAULTY, "blocked"},
    {REASON_DUPLICATED, "blacklisted"}, {REASON_COURT, "regulatory"},    {REASON_FRAUD, "fraud"},
    {REASON_STOLEN, "stolen"},
};

enum { STATUS_COUNT = sizeof statuses / sizeof statuses[0] };

static size_t rank_of(enum reason reason)
{
    size_t rank = 0;
    while (rank < STATUS_COUNT - 1 && statuses[rank].reason != reason)
        rank++;
    return rank;
}

/* Whether the operator's policy makes the device black by this claim: so says the way of the
 * decision. */
static bool is_honoured(const struct grounds *grounds, const struct claim *claim)
{
    enum rule rule = item_is_range(&claim->item) ? RULE_RANGE : RULE_DEVICE;
    for (size_t i = 0; i < grounds->count; i++) {
        const struct ground *step = &grounds->steps[i];
        if (step->rule == rule && (step->outcome == STEP_DECIDES || step->outcome == STEP_COUNTS) &&
            step->verdict == VERDICT_BLACK && step->kind == claim->kind &&
            step->reason == claim->reason &&
            strcmp(step->organisation.text, claim->organisation.text) == 0)
            return true;
    }
    return false;
}

/* The claim that names the status; NULL when none does: the operator's policy says black by itself.
 */
static const struct claim *worst_block(const struct check_answer *device)
{
    const struct claim *worst = NULL;
    for (size_t i = 0; i < device->claim_count; i++) {
        const struct claim *claim = &device->claims[i];
        if (is_honoured(&device->grounds, claim) &&
            (worst == NULL || rank_of(claim->reason) < rank_of(worst->reason)))
            worst = claim;
    }
    return worst;
}

static json_t *time_value(uint64_t time_ms)
{
    char text[TIME_TEXT_SIZE];
    time_format(time_ms, text);
    return json_string(text);
}

static void add_block(json_t *value, const struct check_answer *device)
{
    const struct claim *block = worst_block(device);
    if (block == NULL) {
        json_object_set_new(value, "operationalStatus", json_string("blocked"));
        return;
    }
    json_object_set_new(value, "operationalStatus",
                        json_string(statuses[rank_of(block->reason)].status));
    json_object_set_new(value, "reportedDate", time_value(block->time_ms));
}

/* When what is told was known to be all there is. */
static void add_checked(json_t *value, const struct response_head *head)
{
    struct timespec now;
    if (head->age_ms == AGE_UNKNOWN || clock_gettime(CLOCK_REALTIME, &now) != 0)
        return;
    uint64_t now_ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    if (head->age_ms < now_ms)
        json_object_set_new(value, "lastChecked", time_value(now_ms - head->age_ms));
}

static json_t *status_value(const struct check_answer *device, const struct response_head *head)
{
    char digits[IMEI_TEXT_SIZE + 1];
    imei_format(device->imei, digits);
    json_t *value = json_object();
    add_checked(value, head);
    json_object_set_new(value, "imei", json_string(digits));
    switch (device->verdict) {
    case VERDICT_WHITE: /* a device that is tracked is not barred */
    case VERDICT_GREY:
        json_object_set_new(value, "operationalStatus", json_string("allowed"));
        break;
    case VERDICT_BLACK: add_block(value, device); break;
    case VERDICT_UNKNOWN:
        json_object_set_new(value, "operationalStatus", json_string("unknown"));
        break;
    }
    return value;
}

/* ---- the request ---- */

static bool is_correlator(struct bytes text)
{
    static const char signs[] = "-_:;./<>{}";
    for (size_t i = 0; i < text.size; i++) {
        char c = (char)text.data[i];
        bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool is_digit = c >= '0' && c <= '9';
        if (!is_letter && !is_digit && (c == '\0' || strchr(signs, c) == NULL))
            return false;
    }
    return text.size <= CORRELATOR_MAX;
}

static enum err take_correlator(struct turn *turn)
{
    struct bytes text = turn->http->fields[HTTP_FIELD_CORRELATOR];
    if (!is_correlator(text))
        return turn_wrong(turn, ERR_BAD_TEXT, "x-correlator");
    struct camara *camara = calloc(1, sizeof *camara);
    turn->own = camara;
    if (camara == NULL)
        return ERR_MEMORY;
    if (text.size > 0)
        memcpy(camara->correlator, text.data, text.size);
    return ERR_OK;
}

/* The document's pattern is 15 digits; the last of them must be right, as a person may mistype. */
static enum err take_imei(struct turn *turn, const json_t *body)
{
    struct imei_parsed parsed;
    const json_t *imei = json_object_get(body, "imei");
    if (imei == NULL)
        return turn_wrong(turn, ERR_MISSING_FIELD, "imei");
    if (!json_is_string(imei))
        return turn_wrong(turn, ERR_WRONG_TYPE, "imei");
    if (json_string_length(imei) != IMEI_TEXT_SIZE) {
        turn->refusal.detail = "an IMEI has 15 digits here, with its check digit";
        return turn_wrong(turn, ERR_IMEI_LENGTH, "imei");
    }
    enum err err = imei_parse(json_string_value(imei), IMEI_TEXT_SIZE, IMEI_FROM_PERSON, &parsed);
    if (err != ERR_OK)
        return turn_wrong(turn, err, "imei");
    turn->request = (struct request){
        .kind = REQUEST_CHECK,
        .imei_count = 1,
        .imeis = {parsed.imei},
        .explain = true, /* whose blocks count here */
    };
    turn->asks = true;
    return ERR_OK;
}

static enum err read_camara(struct turn *turn)
{
    static const char *const names[] = {"imei", NULL};
    const char *unknown;
    json_t *body;
    enum err err = take_correlator(turn);
    if (err == ERR_OK)
        err = turn_params(turn, NULL, 0);
    if (err == ERR_OK)
        err = body_parse(turn->http->body, &body);
    if (err != ERR_OK)
        return err;
    err = body_knows(body, names, &unknown) == ERR_OK
              ? take_imei(turn, body)
              : turn_wrong(turn, ERR_UNKNOWN_FIELD, unknown);
    json_decref(body);
    return err;
}

static enum err write_camara(struct turn *turn, struct reader *body)
{
    struct check_answer *device = malloc(sizeof *device);
    if (device == NULL)
        return ERR_MEMORY;
    if (cbor_array(body) != 1)
        reader_fail(body, ERR_OUT_OF_RANGE);
    check_answer_read(body, device);
    if (reader_ok(body) && !device->has_grounds)
        reader_fail(body, ERR_MISSING_FIELD);
    if (reader_ok(body))
        print_value(&turn->text, status_value(device, &turn->head));
    free(device);
    return ERR_OK;
}

/* ---- what is not done ---- */

/* ErrorInfo, with the codes of Commonalities 0.6. */
static const char *code_of(unsigned status)
{
    static const struct {
        unsigned status;
        const char *code;
    } rows[] = {
        {400, "INVALID_ARGUMENT"},       {406, "NOT_ACCEPTABLE"}, {413, "INVALID_ARGUMENT"},
        {415, "UNSUPPORTED_MEDIA_TYPE"}, {503, "UNAVAILABLE"},    {504, "TIMEOUT"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].status == status)
            return rows[i].code;
    }
    return "INTERNAL";
}

static const char *refuse_camara(struct turn *turn, unsigned status)
{
    const struct turn_refusal *refusal = &turn->refusal;
    const char *param = refusal->param;
    json_t *name = param[0] != '\0' ? answer_text(param) : NULL;
    print_value(&turn->text,
                json_pack("{s:i, s:s, s:o}", "status", (int)status, "code", code_of(status),
                          "message",
                          json_sprintf("%s%s%s", name != NULL ? json_string_value(name) : "",
                                       name != NULL ? ": " : "", turn_detail(turn))));
    json_decref(name);
    return "application/json";
}

static void add_correlator(struct turn *turn, struct http_field *fields)
{
    const struct camara *camara = turn->own;
    if (camara != NULL && camara->correlator[0] != '\0')
        fields[0] = (struct http_field){"x-correlator", camara->correlator};
}

static const char *const takes[] = {"application/json", NULL};

const struct turn_plan api_camara_plan = {
    .scope = CAMARA_SCOPE,
    .gives = "application/json",
    .takes = takes,
    .read = read_camara,
    .write = write_camara,
    .refuse = refuse_camara,
    .add_fields = add_correlator,
};
