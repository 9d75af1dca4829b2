#include "front/n5g.h"

#include "front/http_problem.h"
#include "front/query.h"

#define IGNORED_MAX 65536 /* bytes of a body to a resource that there is not */

/* ---- questions ---- */

static bool begins_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static bool are_digits(const char *text, size_t min, size_t max)
{
    size_t size = strspn(text, "0123456789");
    return text[size] == '\0' && size >= min && size <= max;
}

/* TS 29.571 Pei: after "imei-" and "imeisv-" only digits have a meaning; all else is a kind of
 * equipment that has no IMEI. */
static enum n5g_fault read_pei(const char *text, struct question *out, bool *is_device)
{
    bool is_imeisv = begins_with(text, "imeisv-");
    *is_device = is_imeisv || begins_with(text, "imei-");
    if (!*is_device)
        return text[0] != '\0' ? N5G_SOUND : N5G_PEI_WRONG;
    const char *digits = strchr(text, '-') + 1;
    size_t size = is_imeisv ? 16 : 15;
    struct imei_parsed parsed;
    if (strlen(digits) != size)
        return N5G_PEI_WRONG;
    enum err err = imei_parse(digits, size, IMEI_FROM_NETWORK, &parsed);
    if (err != ERR_OK && err != ERR_IMEI_SVN) /* its device is known all the same */
        return N5G_PEI_WRONG;
    out->imei = parsed.imei;
    out->svn = parsed.svn;
    return N5G_SOUND;
}

/* TS 29.571 Supi: subscribers without an IMSI are none that a rule could name. */
static enum n5g_fault read_supi(const char *text, struct question *out)
{
    if (!begins_with(text, "imsi-"))
        return text[0] != '\0' ? N5G_SOUND : N5G_SUPI_WRONG;
    const char *digits = text + strlen("imsi-");
    return imsi_parse(digits, strlen(digits), &out->imsi) == ERR_OK ? N5G_SOUND : N5G_SUPI_WRONG;
}

/* TS 29.571 Gpsi: checked, and of no use to the answer. */
static enum n5g_fault read_gpsi(const char *text)
{
    bool is_sound = text[0] != '\0';
    if (begins_with(text, "msisdn-"))
        is_sound = are_digits(text + strlen("msisdn-"), 5, 15);
    if (begins_with(text, "extid-")) {
        const char *at = strchr(text, '@');
        is_sound = at != NULL && at > text + strlen("extid-") && at[1] != '\0' &&
                   strchr(at + 1, '@') == NULL;
    }
    return is_sound ? N5G_SOUND : N5G_GPSI_WRONG;
}

/* TS 29.571 SupportedFeatures; this interface has none to agree on. */
static enum n5g_fault read_features(const char *text)
{
    return text[strspn(text, "0123456789abcdefABCDEF")] == '\0' ? N5G_SOUND : N5G_FEATURES_WRONG;
}

enum param { PARAM_PEI, PARAM_SUPI, PARAM_GPSI, PARAM_FEATURES, PARAM_COUNT };

static const struct {
    const char *name;
    enum n5g_fault fault; /* when it is there twice, or cannot be decoded */
} params[PARAM_COUNT] = {
    [PARAM_PEI] = {"pei", N5G_PEI_WRONG},
    [PARAM_SUPI] = {"supi", N5G_SUPI_WRONG},
    [PARAM_GPSI] = {"gpsi", N5G_GPSI_WRONG},
    [PARAM_FEATURES] = {"supported-features", N5G_FEATURES_WRONG},
};

/* PARAM_COUNT: one that this version does not know, which is passed over (TS 29.501 4.4.1). */
static enum param param_of(const char *name)
{
    int i = 0;
    while (i < PARAM_COUNT && strcmp(name, params[i].name) != 0)
        i++;
    return (enum param)i;
}

static enum n5g_fault read_param(enum param param, const char *text, struct question *out,
                                 bool *is_device)
{
    switch (param) {
    case PARAM_PEI: return read_pei(text, out, is_device);
    case PARAM_SUPI: return read_supi(text, out);
    case PARAM_GPSI: return read_gpsi(text);
    case PARAM_FEATURES: return read_features(text);
    case PARAM_COUNT: break;
    }
    return N5G_SOUND;
}

enum n5g_fault n5g_parse(struct bytes query, struct question *out, bool *is_device)
{
    bool seen[PARAM_COUNT + 1] = {false};
    struct query_param given;
    struct query cursor = query_over(query);
    *out = (struct question){.svn = IMEI_SVN_NONE};
    *is_device = false;
    given.name[0] = '\0';
    while (query_next(&cursor, &given)) {
        enum param param = param_of(given.name);
        enum n5g_fault fault = read_param(param, given.value, out, is_device);
        if (fault == N5G_SOUND && param != PARAM_COUNT && seen[param])
            fault = params[param].fault;
        if (fault != N5G_SOUND)
            return fault;
        seen[param] = true;
    }
    if (cursor.err != ERR_OK) {
        enum param param = param_of(given.name); /* of the value that cannot be decoded */
        return cursor.is_value && param != PARAM_COUNT ? params[param].fault : N5G_QUERY_WRONG;
    }
    return seen[PARAM_PEI] ? N5G_SOUND : N5G_PEI_MISSING;
}

/* ---- answers ---- */

/* TS 29.511 6.1.7.3 and TS 29.500 table 5.2.7.2-1. */
static const struct {
    const char *cause;
    const char *param;
    const char *reason;
} faults[] = {
    [N5G_PEI_MISSING] = {"MANDATORY_QUERY_PARAM_MISSING", "pei", "it is missing"},
    [N5G_PEI_WRONG] = {"MANDATORY_QUERY_PARAM_INCORRECT", "pei",
                       "once: imei- and 15 digits, imeisv- and 16, or another kind of PEI"},
    [N5G_SUPI_WRONG] = {"OPTIONAL_QUERY_PARAM_INCORRECT", "supi",
                        "once: imsi- and 5 to 15 digits, or another kind of SUPI"},
    [N5G_GPSI_WRONG] = {"OPTIONAL_QUERY_PARAM_INCORRECT", "gpsi",
                        "once: msisdn- and 5 to 15 digits, extid- and one @, or another kind"},
    [N5G_FEATURES_WRONG] = {"OPTIONAL_QUERY_PARAM_INCORRECT", "supported-features",
                            "once: hexadecimal digits"},
    [N5G_QUERY_WRONG] = {"INVALID_QUERY_PARAM", NULL, NULL},
};

static void refuse(struct n5g *n5g, struct http_request *request, const struct http_problem *why)
{
    metrics_refused(eir_desk_metrics(n5g->desk), REFUSAL_MALFORMED);
    http_answer_problem(request, why);
}

static void answer_verdict(struct http_request *request, enum verdict verdict)
{
    static const struct http_problem unknown = {
        .status = 404, .cause = "ERROR_EQUIPMENT_UNKNOWN", .detail = "no such equipment is known"};
    const char *body = NULL;
    switch (verdict) {
    case VERDICT_WHITE: body = "{\"status\":\"WHITELISTED\"}"; break;
    case VERDICT_GREY: body = "{\"status\":\"GREYLISTED\"}"; break;
    case VERDICT_BLACK: body = "{\"status\":\"BLACKLISTED\"}"; break;
    case VERDICT_UNKNOWN: http_answer_problem(request, &unknown); return;
    }
    struct http_response response = {
        .status = 200, .content_type = "application/json", .body = bytes_of(body, strlen(body))};
    http_answer(request, &response);
}

static bool may_ask(struct n5g *n5g, struct http_request *request)
{
    if (n5g->guard == NULL || guard_admits(n5g->guard, request, N5G_SCOPE))
        return true;
    metrics_refused(eir_desk_metrics(n5g->desk), REFUSAL_DENIED);
    return false;
}

static void check(void *context, struct http_request *request)
{
    struct n5g *n5g = context;
    struct question question;
    struct decision decision = {.verdict = VERDICT_UNKNOWN};
    bool is_device;
    if (!may_ask(n5g, request))
        return;
    enum n5g_fault fault = n5g_parse(request->query, &question, &is_device);
    if (fault != N5G_SOUND) {
        struct http_problem why = {.status = 400,
                                   .cause = faults[fault].cause,
                                   .param = faults[fault].param,
                                   .reason = faults[fault].reason};
        refuse(n5g, request, &why);
        return;
    }
    if (is_device && !eir_ask(n5g->desk, &question, &decision)) {
        http_answer_status(request, 500);
        return;
    }
    answer_verdict(request, decision.verdict);
}

static void other_version(void *context, struct http_request *request)
{
    static const struct http_problem why = {
        .status = 400, .cause = "INVALID_API", .detail = "v1 is the version that there is"};
    struct n5g *n5g = context;
    if (may_ask(n5g, request))
        refuse(n5g, request, &why);
}

static void no_resource(void *context, struct http_request *request)
{
    struct n5g *n5g = context;
    if (may_ask(n5g, request)) {
        metrics_refused(eir_desk_metrics(n5g->desk), REFUSAL_MALFORMED);
        http_answer_status(request, 404);
    }
}

void n5g_routes(struct n5g *n5g, struct http_route *out)
{
    out[0] = (struct http_route){"/n5g-eir-eic/v1/equipment-status", METHOD_GET, 0, check, n5g};
    out[1] = (struct http_route){"/n5g-eir-eic/v1/*", 0, IGNORED_MAX, no_resource, n5g};
    out[2] = (struct http_route){"/n5g-eir-eic/*", 0, IGNORED_MAX, other_version, n5g};
}
