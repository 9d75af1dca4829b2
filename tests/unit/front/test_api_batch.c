#include "tests/unit/front/api_scene.h"
#include "tests/unit/proto/recode.h"

#define TAC UINT64_C(35693803)

/* Some of those asked for, at least one, as a node may; each with as many blocks as the scene's
 * number says. */
static void answer_some(struct scene *scene, const struct request *request, struct writer *writer)
{
    static struct check_answer device;
    static uint64_t seed = 7;
    ck_assert_int_eq(request->kind, REQUEST_CHECK);
    size_t count = request->imei_count;
    if (scene->number == 0)
        count = 1 + dice(&seed) % count;
    else if (count > 60)
        count = 60; /* as many as fit in a response */
    cbor_put_array(writer, count);
    for (size_t i = 0; i < count; i++) {
        device = (struct check_answer){
            .imei = request->imeis[i],
            .verdict = VERDICT_WHITE,
            .tac = {.tac = imei_tac(request->imeis[i])},
            .claim_count = scene->number,
        };
        for (size_t k = 0; k < device.claim_count; k++)
            device.claims[k] = (struct claim){
                .kind = CLAIM_BLOCK,
                .organisation = {.text = "an-operator-of-a-long-name"},
                .country = {.code = "SE"},
                .reason = REASON_STOLEN,
                .item = {.from = device.imei, .to = device.imei},
            };
        check_answer_write(writer, &device);
    }
}

static bool is_valid_at(size_t index)
{
    return index % 7 != 3;
}

static void text_at(size_t index, char text[IMEI_TEXT_SIZE + 1])
{
    imei_format(imei_of((uint32_t)TAC, (uint32_t)index), text);
    if (!is_valid_at(index))
        text[14] = text[14] == '9' ? '0' : (char)(text[14] + 1);
}

/* {"imeis":[…]} of `count` phones from `first` on, some of whose check digits are wrong. */
static char *body_of(size_t first, size_t count)
{
    char *body = malloc(count * 20 + 64);
    size_t size = (size_t)snprintf(body, 32, "{\"imeis\":[");
    for (size_t i = first; i < first + count; i++) {
        char text[IMEI_TEXT_SIZE + 1];
        text_at(i, text);
        size += (size_t)snprintf(body + size, 32, "%s\"%s\"", i > first ? ",\n" : "", text);
    }
    snprintf(body + size, 32, "]}");
    return body;
}

/* All are told, in their order, over as many answers as it takes; how many answers. */
static size_t batch_answers(struct scene *scene, size_t count)
{
    size_t answers = 0;
    for (size_t at = 0; at < count || answers == 0; answers++) {
        char *body = body_of(at, count - at);
        struct reply reply = scene_post(scene, "/v1/devices/check", body);
        ck_assert_msg(reply.status == 200, "%u %.300s", reply.status, reply.text);
        ck_assert_uint_le(reply.size, API_ANSWER_MAX);
        const json_t *devices = json_object_get(reply.body, "devices");
        const json_t *next = json_object_get(reply.body, "next");
        size_t told = json_array_size(devices);
        ck_assert(json_is_null(next) ? told == count - at
                                     : json_integer_value(next) == (json_int_t)told && told > 0);
        for (size_t i = 0; i < told; i++) {
            const json_t *device = json_array_get(devices, i);
            char text[IMEI_TEXT_SIZE + 1];
            text_at(at + i, text);
            ck_assert_str_eq(json_string_value(json_object_get(device, "imei")), text);
            ck_assert_int_eq(json_is_true(json_object_get(device, "valid")), is_valid_at(at + i));
            ck_assert_int_eq(json_array_size(json_object_get(device, "claims")),
                             is_valid_at(at + i) ? scene->number : 0);
        }
        at += told;
        reply_free(&reply);
        free(body);
    }
    return answers;
}

START_TEST(all_devices_are_told_in_their_order_however_the_node_tells_them)
{
    static const size_t counts[] = {0, 1, 4, 999, 1001, 2500};
    static struct scene scene;
    scene_open(&scene, answer_some);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        ck_assert_uint_eq(batch_answers(&scene, counts[i]), 1);
    scene_close(&scene);
}
END_TEST

START_TEST(a_batch_of_the_full_size_is_taken_and_a_larger_one_refused)
{
    static struct scene scene;
    scene_open(&scene, answer_some);
    ck_assert_uint_eq(batch_answers(&scene, API_BATCH_MAX), 1);
    scene.asked = 0;
    char *body = body_of(0, API_BATCH_MAX + 1);
    is_problem(scene_post(&scene, "/v1/devices/check", body), 413, "TOO_LARGE", "imeis");
    ck_assert_uint_eq(scene.asked, 0);
    free(body);
    scene_close(&scene);
}
END_TEST

START_TEST(an_answer_that_would_be_too_large_says_where_it_goes_on)
{
    static struct scene scene;
    scene_open(&scene, answer_some);
    scene.number = CHECK_CLAIMS_MAX;
    ck_assert_uint_gt(batch_answers(&scene, 1300), 1);
    scene_close(&scene);
}
END_TEST

START_TEST(only_devices_that_are_none_need_no_node)
{
    static struct scene scene;
    scene_open(&scene, answer_some);
    struct reply reply =
        scene_post(&scene, "/v1/devices/check",
                   "{\"imeis\":[\"\",\"x\",\"1234567890123456789012345678901234567890\"]}");
    ck_assert_uint_eq(reply.status, 200);
    const json_t *devices = json_object_get(reply.body, "devices");
    ck_assert_uint_eq(json_array_size(devices), 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_str_eq(json_string_value(json_object_get(json_array_get(devices, i), "status")),
                         "invalid");
    ck_assert_uint_eq(scene.asked, 0);
    reply_free(&reply);
    scene_close(&scene);
}
END_TEST

START_TEST(a_text_that_is_cut_within_a_character_is_an_answer_too)
{
    static struct scene scene;
    scene_open(&scene, answer_some);
    /* 24 bytes of characters of two: the cut is in one of them. */
    struct reply reply =
        scene_post(&scene, "/v1/devices/check", "{\"imeis\":[\"éééééééééééé\",\" 4\"]}");
    ck_assert_msg(reply.status == 200, "%u %.300s", reply.status, reply.text);
    const json_t *devices = json_object_get(reply.body, "devices");
    ck_assert_uint_eq(json_array_size(devices), 2);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(devices, 0), "imei")),
                     "ééééééééééé");
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(devices, 1), "imei")), " 4");
    reply_free(&reply);
    scene_close(&scene);
}
END_TEST

START_TEST(what_is_asked_for_is_passed_on)
{
    static struct scene scene;
    scene_open(&scene, answer_some);
    struct reply reply = scene_post(&scene, "/v1/devices/check",
                                    "{\"fresh_ms\":250,\"imeis\":[\"35693803564380\"]}");
    ck_assert_uint_eq(scene.request.fresh_ms, 250);
    const json_t *device = json_array_get(json_object_get(reply.body, "devices"), 0);
    ck_assert(json_is_true(json_object_get(device, "fresh")));
    ck_assert_int_eq(json_integer_value(json_object_get(device, "height")), 120);
    reply_free(&reply);
    scene_close(&scene);
}
END_TEST

START_TEST(a_body_that_is_none_is_refused_and_named)
{
    static const struct {
        const char *body;
        unsigned status;
        const char *error;
        const char *param;
    } rows[] = {
        {"", 400, "BAD_JSON", ""},
        {"{\"imeis\":[}", 400, "BAD_JSON", ""},
        {"{\"imeis\":[],\"imeis\":[]}", 400, "BAD_JSON", ""},
        {"[]", 400, "WRONG_TYPE", ""},
        {"{}", 400, "MISSING_FIELD", "imeis"},
        {"{\"imeis\":{}}", 400, "WRONG_TYPE", "imeis"},
        {"{\"imeis\":[1]}", 400, "WRONG_TYPE", "imeis"},
        {"{\"imeis\":[\"35693803564380\",null]}", 400, "WRONG_TYPE", "imeis"},
        {"{\"imeis\":[],\"imei\":1}", 400, "UNKNOWN_FIELD", "imei"},
        {"{\"imeis\":[],\"explain\":1}", 400, "WRONG_TYPE", "explain"},
        {"{\"imeis\":[],\"fresh_ms\":\"1\"}", 400, "WRONG_TYPE", "fresh_ms"},
        {"{\"imeis\":[],\"fresh_ms\":1.5}", 400, "WRONG_TYPE", "fresh_ms"},
        {"{\"imeis\":[],\"fresh_ms\":-1}", 400, "OUT_OF_RANGE", "fresh_ms"},
        {"{\"imeis\":[],\"fresh_ms\":30001}", 400, "OUT_OF_RANGE", "fresh_ms"},
    };
    static struct scene scene;
    scene_open(&scene, answer_some);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        is_problem(scene_post(&scene, "/v1/devices/check", rows[i].body), rows[i].status,
                   rows[i].error, rows[i].param);
    is_problem(scene_post(&scene, "/v1/devices/check?x", "{}"), 400, "UNKNOWN_FIELD", "x");
    is_problem(scene_ask(&scene, "POST /v1/devices/check", "content-type: text/plain\r\n", "{}"),
               415, "WRONG_TYPE", "");
    ck_assert_uint_eq(scene.asked, 0);
    scene_close(&scene);
}
END_TEST

/* Other devices than those asked for. */
static void answer_others(struct scene *scene, const struct request *request, struct writer *writer)
{
    struct request other = *request;
    for (size_t i = 0; i < other.imei_count; i++)
        other.imeis[i].value ^= 1;
    answer_some(scene, &other, writer);
}

START_TEST(answers_to_another_question_are_not_passed_on)
{
    static struct scene scene;
    scene_open(&scene, answer_others);
    char *body = body_of(0, 100);
    is_problem(scene_post(&scene, "/v1/devices/check", body), 500, "INTERNAL", "");
    free(body);
    scene_close(&scene);
}
END_TEST

START_TEST(more_batches_at_once_than_the_bound_are_busy)
{
    static struct scene scene;
    int sockets[API_BATCHES_MAX];
    scene_open(&scene, answer_some);
    scene.holds = true;
    char *body = body_of(0, 1100);
    for (size_t i = 0; i < API_BATCHES_MAX; i++) {
        sockets[i] = scene_send(&scene, "POST /v1/devices/check", JSON_FIELD, body, strlen(body));
        while (scene.held_count <= i)
            uv_run(&scene.loop, UV_RUN_NOWAIT);
    }
    struct reply reply = scene_post(&scene, "/v1/devices/check", body);
    ck_assert(reply_has(&reply, "\r\nretry-after: "));
    is_problem(reply, 503, "BUSY", "");
    scene_release(&scene);
    for (size_t i = 0; i < API_BATCHES_MAX; i++) {
        reply = scene_await(&scene, sockets[i]);
        ck_assert_uint_eq(reply.status, 200);
        reply_free(&reply);
    }
    reply = scene_post(&scene, "/v1/devices/check", body);
    ck_assert_uint_eq(reply.status, 200);
    reply_free(&reply);
    free(body);
    scene_close(&scene);
}
END_TEST

START_TEST(a_batch_that_another_thread_works_at_is_told_of_the_end)
{
    static struct scene scene;
    scene_open(&scene, answer_some);
    scene.holds = true;
    scene.number = 8; /* what is large goes to the pool */
    char *body = body_of(0, 5000);
    int fd = scene_send(&scene, "POST /v1/devices/check", JSON_FIELD, body, strlen(body));
    while (scene.held_count == 0)
        uv_run(&scene.loop, UV_RUN_NOWAIT);
    scene.holds = false;
    struct errand *errand = scene.held[--scene.held_count];
    scene_tell(&scene, errand);
    scene.holds = true;
    uv_run(&scene.loop, UV_RUN_NOWAIT);
    api_close(scene.api);
    scene.api = NULL;
    is_problem(scene_await(&scene, fd), 503, "SHUTTING_DOWN", "");
    free(body);
    scene_close(&scene);
}
END_TEST

int main(void)
{
    static const TTest *const *const cases[] = {
        &all_devices_are_told_in_their_order_however_the_node_tells_them,
        &a_batch_of_the_full_size_is_taken_and_a_larger_one_refused,
        &an_answer_that_would_be_too_large_says_where_it_goes_on,
        &only_devices_that_are_none_need_no_node,
        &a_text_that_is_cut_within_a_character_is_an_answer_too,
        &what_is_asked_for_is_passed_on,
        &a_body_that_is_none_is_refused_and_named,
        &answers_to_another_question_are_not_passed_on,
        &more_batches_at_once_than_the_bound_are_busy,
        &a_batch_that_another_thread_works_at_is_told_of_the_end,
    };
    return suite_run("api_batch", cases, sizeof cases / sizeof cases[0]);
}
