#include "tests/unit/front/api_scene.h"

#define PHONE "356938035643809"
#define PATH  "/device-authenticity/vwip/check-status"

/* What the node knows of the device, and which of its claims the operator does not honour. */
static struct check_answer known;
static unsigned ignored; /* bits */
static unsigned ranges;  /* of those on a range around it */

/* Watches make grey, blocks black, as a node without a policy has it. */
static void add_steps(struct grounds *grounds)
{
    *grounds = (struct grounds){.rule = RULE_DEFAULT};
    for (size_t i = 0; i < known.claim_count; i++) {
        const struct claim *claim = &known.claims[i];
        struct ground *step = &grounds->steps[grounds->count++];
        *step = (struct ground){
            .rule = (ranges & 1u << i) != 0 ? RULE_RANGE : RULE_DEVICE,
            .outcome = STEP_COUNTS,
            .verdict = claim->kind == CLAIM_BLOCK ? VERDICT_BLACK : VERDICT_GREY,
            .kind = claim->kind,
            .reason = claim->reason,
            .organisation = claim->organisation,
            .country = claim->country,
        };
        if ((ignored & 1u << i) != 0) {
            step->outcome = STEP_IGNORED;
            step->verdict = 0;
        }
    }
}

static void answer_known(struct scene *scene, const struct request *request, struct writer *writer)
{
    (void)scene;
    ck_assert_int_eq(request->kind, REQUEST_CHECK);
    ck_assert_uint_eq(request->imei_count, 1);
    ck_assert(request->explain);
    known.has_grounds = true;
    add_steps(&known.grounds);
    known.imei = request->imeis[0];
    known.tac.tac = imei_tac(known.imei);
    for (size_t i = 0; i < known.claim_count; i++) {
        struct item *item = &known.claims[i].item;
        *item = (struct item){.from = known.imei, .to = known.imei};
        item->to.value += (ranges & 1u << i) != 0;
    }
    cbor_put_array(writer, 1);
    check_answer_write(writer, &known);
}

static struct claim claim_of(enum claim_kind kind, enum reason reason, uint64_t time_ms)
{
    return (struct claim){
        .kind = kind,
        .organisation = {.text = "operator.example"},
        .country = {.code = "SE"},
        .reason = reason,
        .time_ms = time_ms,
    };
}

static struct reply check(struct scene *scene)
{
    return scene_post(scene, PATH, "{\"imei\":\"" PHONE "\"}");
}

static void is_status(struct reply reply, const char *status, const char *reported)
{
    ck_assert_msg(reply.status == 200, "%u %s", reply.status, reply.text);
    ck_assert(reply_has(&reply, "\r\ncontent-type: application/json\r\n"));
    ck_assert_str_eq(reply_text(&reply, "imei"), PHONE);
    ck_assert_str_eq(reply_text(&reply, "operationalStatus"), status);
    ck_assert_str_eq(reply_text(&reply, "reportedDate"), reported);
    ck_assert_uint_eq(strlen(reply_text(&reply, "lastChecked")), strlen("2025-01-01T00:00:00Z"));
    ck_assert_uint_eq(json_object_size(reply.body), *reported != '\0' ? 4 : 3);
    reply_free(&reply);
}

START_TEST(each_verdict_and_each_reason_has_its_status)
{
    static const struct {
        enum verdict verdict;
        const char *status;
    } verdicts[] = {
        {VERDICT_WHITE, "allowed"},
        {VERDICT_GREY, "allowed"},
        {VERDICT_UNKNOWN, "unknown"},
        {VERDICT_BLACK, "blocked"}, /* by the operator's policy alone */
    };
    static const struct {
        enum reason reason;
        const char *status;
    } reasons[] = {
        {REASON_NONE, "blocked"},     {REASON_FAULTY, "blocked"},
        {REASON_STOLEN, "stolen"},    {REASON_DUPLICATED, "blacklisted"},
        {REASON_FRAUD, "fraud"},      {REASON_THIRD_PARTY, "blocked"},
        {REASON_COURT, "regulatory"},
    };
    static struct scene scene;
    scene_open(&scene, answer_known);
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        known = (struct check_answer){.verdict = verdicts[i].verdict};
        is_status(check(&scene), verdicts[i].status, "");
    }
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        known = (struct check_answer){.verdict = VERDICT_BLACK, .claim_count = 1};
        known.claims[0] = claim_of(CLAIM_BLOCK, reasons[i].reason, 1735689600000);
        is_status(check(&scene), reasons[i].status, "2025-01-01T00:00:00Z");
    }
    scene_close(&scene);
}
END_TEST

START_TEST(a_range_that_is_not_honoured_does_not_date_the_device_s_own_block)
{
    static struct scene scene;
    scene_open(&scene, answer_known);
    known = (struct check_answer){.verdict = VERDICT_BLACK, .claim_count = 2};
    known.claims[0] = claim_of(CLAIM_BLOCK, REASON_STOLEN, 1735689600000);
    known.claims[1] = claim_of(CLAIM_BLOCK, REASON_STOLEN, 1735689601000);
    ignored = ranges = 1u << 0;
    is_status(check(&scene), "stolen", "2025-01-01T00:00:01Z");
    ignored = ranges = 0;
    scene_close(&scene);
}
END_TEST

START_TEST(of_several_blocks_the_first_of_the_document_counts_and_its_date)
{
    static struct scene scene;
    scene_open(&scene, answer_known);
    known = (struct check_answer){.verdict = VERDICT_BLACK, .claim_count = 4};
    known.claims[0] = claim_of(CLAIM_BLOCK, REASON_STOLEN, 1735689600000);
    known.claims[1] = claim_of(CLAIM_WATCH, REASON_FAULTY, 1735689601000);
    known.claims[2] = claim_of(CLAIM_BLOCK, REASON_COURT, 1735689602000);
    known.claims[3] = claim_of(CLAIM_BLOCK, REASON_FRAUD, 1735689603000);
    is_status(check(&scene), "regulatory", "2025-01-01T00:00:02Z");
    ignored = 1u << 2; /* the operator does not honour that of the court */
    is_status(check(&scene), "fraud", "2025-01-01T00:00:03Z");
    ignored = 1u << 2 | 1u << 3;
    is_status(check(&scene), "stolen", "2025-01-01T00:00:00Z");
    ignored = 1u << 0 | 1u << 2 | 1u << 3; /* black for another reason than a claim */
    is_status(check(&scene), "blocked", "");
    known.verdict = VERDICT_GREY;
    is_status(check(&scene), "allowed", "");
    scene_close(&scene);
}
END_TEST

/* ErrorInfo; freed. */
static void is_error(struct reply reply, unsigned status, const char *code, const char *word)
{
    ck_assert_msg(reply.status == status, "%u %s", reply.status, reply.text);
    ck_assert(reply_has(&reply, "\r\ncontent-type: application/json\r\n"));
    ck_assert_int_eq(json_integer_value(json_object_get(reply.body, "status")), status);
    ck_assert_str_eq(reply_text(&reply, "code"), code);
    ck_assert_msg(strstr(reply_text(&reply, "message"), word) != NULL, "%s", reply.text);
    ck_assert_uint_eq(json_object_size(reply.body), 3);
    reply_free(&reply);
}

START_TEST(errors_have_the_form_of_the_document)
{
    static const char *const bodies[] = {
        "",
        "[]",
        "{}",
        "{\"imei\":null}",
        "{\"imei\":356938035643809}",
        "{\"imei\":\"12345\"}",
        "{\"imei\":\"1234567890123456\"}",
        "{\"imei\":\"12345678901234A\"}",
        "{\"imei\":\"123456789 12345\"}",
        "{\"imei\":\"12345-6789012345\"}",
        "{\"imei\":\"35693803564380\"}",
        "{\"imei\":\"356938035643808\"}",
        "{\"imei\":\"" PHONE "\",\"imei\":\"" PHONE "\"}",
        "{\"imei\":\"" PHONE "\",\"phoneNumber\":\"+46\"}",
    };
    static struct scene scene;
    scene_open(&scene, answer_known);
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++)
        is_error(scene_post(&scene, PATH, bodies[i]), 400, "INVALID_ARGUMENT", "");
    is_error(scene_post(&scene, PATH, "{}"), 400, "INVALID_ARGUMENT", "imei: ");
    is_error(scene_post(&scene, PATH, "{\"imei\":\"35100001000001\"}"), 400, "INVALID_ARGUMENT",
             "imei: an IMEI has 15 digits here");
    is_error(scene_post(&scene, PATH "?x=1", "{}"), 400, "INVALID_ARGUMENT", "x: ");
    is_error(scene_ask(&scene, "POST " PATH, "", "{}"), 415, "UNSUPPORTED_MEDIA_TYPE", "");
    is_error(scene_ask(&scene, "POST " PATH, JSON_FIELD "accept: text/plain\r\n", "{}"), 406,
             "NOT_ACCEPTABLE", "");
    ck_assert_uint_eq(scene.asked, 0);
    scene.err = ERR_BUSY;
    is_error(check(&scene), 503, "UNAVAILABLE", "");
    scene.err = ERR_TIMEOUT;
    is_error(check(&scene), 504, "TIMEOUT", "");
    scene.err = ERR_DAMAGED;
    is_error(check(&scene), 500, "INTERNAL", "");
    scene_close(&scene);
}
END_TEST

START_TEST(a_correlator_comes_back_and_a_bad_one_is_refused)
{
    char fields[512];
    char value[300];
    static struct scene scene;
    scene_open(&scene, answer_known);
    known = (struct check_answer){.verdict = VERDICT_WHITE};
    memset(value, 'x', sizeof value);
    for (size_t size = 255; size <= 257; size++) {
        snprintf(fields, sizeof fields, JSON_FIELD "x-correlator: %.*s\r\n", (int)size, value);
        struct reply reply = scene_ask(&scene, "POST " PATH, fields, "{\"imei\":\"" PHONE "\"}");
        ck_assert_int_eq(reply_has(&reply, fields + sizeof JSON_FIELD - 1), size <= 256);
        ck_assert_uint_eq(reply.status, size <= 256 ? 200 : 400);
        reply_free(&reply);
    }
    const char *known_one = JSON_FIELD "x-correlator: b4333c46-49c0_4f62:80;d7./<>{}\r\n";
    struct reply reply = scene_ask(&scene, "POST " PATH, known_one, "{}"); /* an error, too */
    ck_assert(reply_has(&reply, known_one + sizeof JSON_FIELD - 1));
    is_error(reply, 400, "INVALID_ARGUMENT", "");
    is_error(scene_ask(&scene, "POST " PATH, JSON_FIELD "x-correlator: a b\r\n", "{}"), 400,
             "INVALID_ARGUMENT", "x-correlator");
    scene_close(&scene);
}
END_TEST

START_TEST(the_path_of_the_coming_release_is_the_same)
{
    static struct scene scene;
    scene_open(&scene, answer_known);
    known = (struct check_answer){.verdict = VERDICT_UNKNOWN};
    is_status(
        scene_post(&scene, "/device-authenticity/v0.1/check-status", "{\"imei\":\"" PHONE "\"}"),
        "unknown", "");
    scene_close(&scene);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &each_verdict_and_each_reason_has_its_status,
        &a_range_that_is_not_honoured_does_not_date_the_device_s_own_block,
        &of_several_blocks_the_first_of_the_document_counts_and_its_date,
        &errors_have_the_form_of_the_document,
        &a_correlator_comes_back_and_a_bad_one_is_refused,
        &the_path_of_the_coming_release_is_the_same,
    };
    return suite_run("api_camara", cases, sizeof cases / sizeof cases[0]);
}
